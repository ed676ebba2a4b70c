"""What a resolver under test can do, and what there is to see in it: written by hand, one line each."""

from __future__ import annotations

from typing import Final, NamedTuple

from schema.words import Failure, Gap
from tests.judging.table_parts import ELSEWHERE, LIVE, PAGE, PAGE_NAME, UNLISTED, Said, garbage, said, wrong_id

ADDRESS, NXDOMAIN, NODATA, ALIAS = "address", "nxdomain", "nodata", "alias"
REFUSED, SERVFAIL, TIMEOUT, BROKEN, UNUSABLE, NOT_ASKED = (
    "refused", "servfail", "timeout", "broken", "unusable", "not_asked",
)  # fmt: skip
SPEAKS: Final = frozenset({ADDRESS, NXDOMAIN, NODATA, ALIAS, REFUSED})  # something is said of the name


class Behaviour(NamedTuple):
    """An answer; *stated* that it says of itself to be a block, *fault* that it names a fault. Both need EDNS to be told."""

    name: str
    form: str
    says: Said
    addresses: frozenset[str] = frozenset()
    stated: bool = False
    fault: bool = False
    listed: str = ""  # what is known of the block: `page`, `page_name`, `soa`, `zone`
    impossible: bool = False  # no site can be at any of the addresses
    mixed: bool = False  # a site can be at one of the addresses and not at another
    alias: bool = False
    soa: bool = True  # where it denies

    @property
    def silent(self) -> bool:
        """Whether nothing comes, or nothing but that there is nothing to say: what a lost packet looks like."""
        return self.form in {TIMEOUT, SERVFAIL}

    @property
    def times(self) -> int:
        """How often each question is put: once may be chance."""
        return 2 if self.silent else 1

    @property
    def untold(self) -> Said:
        """The same answer to a stub, which cannot be told an extended error."""
        return self.says._replace(how={key: value for key, value in self.says.how.items() if key != "ede"})


def _at(*addresses: str) -> frozenset[str]:
    return frozenset(addresses)


BEHAVIOURS: Final = (
    Behaviour("true address", ADDRESS, said(LIVE), _at(LIVE)),
    Behaviour("one of two true", ADDRESS, said(LIVE, UNLISTED), _at(LIVE, UNLISTED)),
    Behaviour("a control's other address", ADDRESS, said(ELSEWHERE), _at(ELSEWHERE)),
    Behaviour("unknown address", ADDRESS, said(UNLISTED), _at(UNLISTED)),
    Behaviour("true address by an alias", ADDRESS, said(">cdn.example.", LIVE), _at(LIVE), alias=True),
    Behaviour("stop page", ADDRESS, said(PAGE), _at(PAGE), listed="page"),
    Behaviour("alias to a stop page", ADDRESS, said(PAGE_NAME, "192.0.2.5"), _at("192.0.2.5"), listed="page_name", alias=True),
    Behaviour("alias elsewhere", ADDRESS, said(">stop.example.", UNLISTED), _at(UNLISTED), alias=True),
    Behaviour("alias to nothing", ALIAS, said(">stop.example."), alias=True),
    Behaviour("null", ADDRESS, said("0.0.0.0"), _at("0.0.0.0"), impossible=True),
    Behaviour("loopback", ADDRESS, said("127.0.0.1"), _at("127.0.0.1"), impossible=True),
    Behaviour("private", ADDRESS, said("10.1.2.3"), _at("10.1.2.3"), impossible=True),
    Behaviour("true and loopback", ADDRESS, said(LIVE, "127.0.0.1"), _at(LIVE, "127.0.0.1"), mixed=True),
    Behaviour("nxdomain", NXDOMAIN, said("NXDOMAIN")),
    Behaviour("nxdomain without soa", NXDOMAIN, said("NXDOMAIN", soa=False), soa=False),
    Behaviour("nxdomain, aa, ra clear", NXDOMAIN, said("NXDOMAIN", soa=False, aa=True, ra=False), soa=False),
    Behaviour("nxdomain, policy zone", NXDOMAIN, said("NXDOMAIN", soa_at="additional"), listed="zone", soa=False),
    Behaviour("nxdomain 15", NXDOMAIN, said("NXDOMAIN", ede=[15]), stated=True),
    Behaviour("nxdomain 16", NXDOMAIN, said("NXDOMAIN", ede=[16]), stated=True),
    Behaviour("nxdomain 17", NXDOMAIN, said("NXDOMAIN", ede=[17]), stated=True),
    Behaviour("nxdomain, stale", NXDOMAIN, said("NXDOMAIN", ede=[19]), fault=True),
    Behaviour("nodata", NODATA, said("NODATA")),
    Behaviour("nodata without soa", NODATA, said("NODATA", soa=False), soa=False),
    Behaviour("nodata 4", NODATA, said("NODATA", ede=[4]), stated=True),
    Behaviour(
        "nodata, invented soa", NODATA, said("NODATA", zone="to.", soa_data="ns.localhost. root.localhost. 1 2 3 4 300"),
        listed="soa",
    ),
    Behaviour("forged address 4", ADDRESS, said(UNLISTED, ede=[4]), _at(UNLISTED), stated=True),
    Behaviour("true address 16", ADDRESS, said(LIVE, ede=[16]), _at(LIVE), stated=True),
    Behaviour("refused", REFUSED, said("REFUSED")),
    Behaviour("refused 16", REFUSED, said("REFUSED", ede=[16]), stated=True),
    Behaviour("refused, fault", REFUSED, said("REFUSED", ede=[20]), fault=True),
    Behaviour("servfail", SERVFAIL, said("SERVFAIL")),
    Behaviour("servfail 22", SERVFAIL, said("SERVFAIL", ede=[22]), fault=True),
    Behaviour("servfail 23", SERVFAIL, said("SERVFAIL", ede=[23]), fault=True),
    Behaviour("servfail 15", SERVFAIL, said("SERVFAIL", ede=[15]), stated=True),
    Behaviour("timeout", TIMEOUT, said(Failure.TIMEOUT)),
    Behaviour("reset", BROKEN, said(Failure.RESET)),
    Behaviour("connection refused", BROKEN, said(Failure.REFUSED_CONNECTION)),
    Behaviour("cut short", UNUSABLE, said(LIVE, tc=True)),
    Behaviour("garbage", UNUSABLE, said(LIVE, spoil=garbage)),
    Behaviour("wrong id", UNUSABLE, said("NXDOMAIN", spoil=wrong_id)),
    Behaviour("another rcode", UNUSABLE, said("NOTIMP")),
    Behaviour("two datagrams", UNUSABLE, said("NXDOMAIN", also=((LIVE,),))),
    Behaviour("not asked", NOT_ASKED, said(Gap.CEILING)),
)  # fmt: skip
