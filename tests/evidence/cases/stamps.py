"""Bundles whose time stamps are wrong (steps 3.1 to 3.4)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from msgspec import structs

from schema.log import Tree, leaf_hash
from tests.evidence.cases.case import Made, bad, case
from tests.evidence.cases.good import made, of_authorities
from tests.evidence.forge.authority import curve_key, due, issue, request, tre, uno
from tests.evidence.forge.house import House
from tests.evidence.forge.stories import FIRST, MINUTE, announce, bundle, finish, founded, lean, play, small
from tests.evidence.forge.tamper import entry_with, relog

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.evidence.forge.authority import Authority
    from tests.evidence.forge.draft import Draft
    from tests.evidence.forge.house import Token
from tests.evidence.cases.logs import LONE


@bad("reply-missing", "3.1", "A token that the log names is not there.")
def _no_reply(house: House, draft: Draft) -> None:
    del draft.files["stamps/0000000005.due.tsr"]


@bad("request-missing", "3.1", "The request of a token is not there.")
def _no_request(house: House, draft: Draft) -> None:
    del draft.files["stamps/0000000005.due.tsq"]


@bad("authority-certificates-missing", "3.1", "An authority's certificates are not there.")
def _no_pem(house: House, draft: Draft) -> None:
    del draft.files["stamps/due.pem"]


@bad(
    "authority-certificates-of-another",
    "3.2",
    "What stock tools are told to take for an authority's certificate is another's.",
)
def _other_pem(house: House, draft: Draft) -> None:
    draft.files["stamps/due.pem"] = draft.files["stamps/tre.pem"]


@bad("authority-certificate-not-first", "3.2", "Another certificate stands before the pinned one.")
def _pem_behind(house: House, draft: Draft) -> None:
    draft.files["stamps/due.pem"] = draft.files["stamps/tre.pem"] + draft.files["stamps/due.pem"]


@case("authority-certificates-and-more", None, "Behind the pinned certificate stands another, which nobody needs.")
def _pem_before() -> Made:
    house = lean(house=House(LONE, [due(), tre()]))
    draft = bundle(house)
    draft.files["stamps/due.pem"] += draft.files["stamps/tre.pem"]
    return Made(draft.pack(), house.trust())


@bad("token-swapped", "3.1", "Under the name of one token stands another good one.")
def _swapped(house: House, draft: Draft) -> None:
    draft.files["stamps/0000000005.due.tsr"] = draft.files["stamps/0000000008.due.tsr"]


def stamped_by(name: str, why: str, change: Callable[[House], None]) -> None:
    """A case of step 3.2 in which the collector takes what an honest one would refuse."""

    @case(name, "3.2", why)
    def _() -> Made:
        house = small()
        change(house)
        lean(house=house)
        return Made(bundle(house).pack(), small().trust())


def _by(place: int, **changes: object) -> Callable[[House], None]:
    def change(house: House) -> None:
        house.authorities[place] = replace(house.authorities[place], **changes)  # type: ignore[arg-type]  # its fields

    return change


stamped_by("other-policy", "Tokens under another policy than the pinned one.", _by(0, policy="1.3.6.1.4.1.99999.2.9"))
stamped_by(
    "certificate-of-another-root", "The authority's name, another certificate, under a root that the tokens bring.",
    _by(0, key=tre().key, certificate=tre().certificate, root=tre().root, with_root=True),
)  # fmt: skip
stamped_by(
    "another-certificate-of-the-same-root", "The pinned root issued another certificate under the same name.",
    _by(0, certificate=issue("Marche Due", due().key, issuer="Radice Due", by=curve_key("root due"), serial=9)),
)  # fmt: skip
stamped_by(
    "signed-by-another-key",
    "Tokens that carry the pinned certificate and are signed by another key.",
    _by(0, key=tre().key),
)


@case("expired-certificate", "3.2", "The pinned certificate had run out when it stamped.")
def _expired() -> Made:
    ended = datetime(2026, 11, 1, tzinfo=UTC)
    certificate = issue("Marche Due", due().key, issuer="Radice Due", by=curve_key("root due"), serial=2, ends=ended)
    return made(lean(house=of_authorities(replace(due(), certificate=certificate), tre())))


@case("no-time-stamping-certificate", "3.2", "The pinned certificate is not for time stamping.")
def _usage() -> Made:
    certificate = issue("Marche Due", due().key, issuer="Radice Due", by=curve_key("root due"), serial=2, stamps=False)
    return made(lean(house=of_authorities(replace(due(), certificate=certificate), tre())))


@bad("request-of-another-token", "3.2", "Request and reply are of two different askings: the nonces differ.")
def _nonce(house: House, draft: Draft) -> None:
    draft.files["stamps/0000000005.due.tsq"] = request(draft.files["checkpoints/0000000005.note"], 4711)


@bad(
    "token-without-an-entry",
    "3.2",
    "A good token of a checkpoint that no entry of the log names, and that is not the head.",
)
def _unnamed(house: House, draft: Draft) -> None:
    message = draft.files["checkpoints/0000000010.note"]
    draft.files["stamps/0000000010.due.tsq"] = request(message, 99)
    draft.files["stamps/0000000010.due.tsr"] = due().stamp(message, at=FIRST, nonce=99, serial=99)


class _Liar(House):
    """Enters tokens otherwise than they are."""

    says: dict[str, object] = {}  # noqa: RUF012 - each subclass has its own

    def enter_token(self, token: Token, authority: Authority) -> None:
        super().enter_token(token, authority)
        if token.size == 5 and token.authority == "due":
            line = entry_with(**self.says)(self.entries.pop())
            self.tree = Tree(leaf_hash(one) for one in self.entries)
            self.enter_line(line)


def _entered(name: str, why: str, **changes: object) -> None:
    @case(name, "3.2", why)
    def _() -> Made:
        liar = type("Liar", (_Liar,), {"says": changes})
        return made(lean(house=liar(LONE, [due(), tre()])))


_entered("entry-of-another-time", "The log says another time than the token.", at=FIRST - timedelta(hours=3))
_entered("entry-of-another-accuracy", "The log says another accuracy than the token.", accuracy_us=0)
_entered("entry-of-another-certificate", "The log says another certificate than the token's.", certificate="ab" * 32)


@bad("tokens-of-another-log", "3.2", "The log was rewritten after it was stamped: its tokens are over other notes.")
def _rewritten(house: House, draft: Draft) -> None:
    relog(
        draft,
        lambda lines: lines.__setitem__(4, entry_with(custodian="Studio Neri")(lines[4])),
        cosigners=house.probes.values(),
    )


@case("time-runs-back", "3.3", "What is stamped later in the log is stamped earlier by the clock.")
def _back() -> Made:
    house = founded(house=small())
    announce(house, FIRST, at=FIRST - 90 * MINUTE)
    for probe in house.probes:
        house.measure(house.plans[1], probe)
        house.deliver(probe)
    house.seal()
    house.stamp(FIRST - 120 * MINUTE)
    finish(house)
    return made(house)


@case(
    "one-authority-runs-ahead",
    "3.3",
    "One authority stamps an hour into the future; the other's next token contradicts it.",
)
def _ahead() -> Made:
    house = founded(house=small())
    house.publish(FIRST)
    house.seal()
    house.stamp(FIRST - 90 * MINUTE, by=["tre"])
    house.stamp(FIRST + 60 * MINUTE, by=["due"])
    house.seal()
    house.look(FIRST - 80 * MINUTE)
    play(house, 1)
    finish(house)
    return made(house)


def _head_tokens(name: str, why: str, change: Callable[[Draft], None]) -> None:
    @bad(name, "3.4", why)
    def _(house: House, draft: Draft) -> None:
        change(draft)


def _drop(draft: Draft, *endings: str) -> None:
    size = draft.names("checkpoints/")[-1][12:22]
    for ending in endings:
        del draft.files[f"stamps/{size}.{ending}"]


_head_tokens(
    "head-not-stamped",
    "Nobody stamped the head.",
    lambda draft: _drop(draft, "due.tsq", "due.tsr", "tre.tsq", "tre.tsr"),
)
_head_tokens(
    "head-stamped-by-one", "One of two authorities stamped the head.", lambda draft: _drop(draft, "due.tsq", "due.tsr")
)


@case("strangers-stamped-the-head", "3.4", "Two authorities stamped everything, of which the reader knows one.")
def _strangers() -> Made:
    house = lean(house=of_authorities(due(), uno()))
    return Made(bundle(house).pack(), structs.replace(house.trust(), authorities=(due().trusted(), tre().trusted())))
