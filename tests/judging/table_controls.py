"""What can become of a control, and what ADR 0004 lets it say then: written by hand, one line each."""

from __future__ import annotations

from itertools import combinations_with_replacement
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from schema.words import Failure, Gap, Role
from tests.judging.table_parts import (
    ELSEWHERE,
    LIVE,
    MANY,
    PAGE,
    PAGE_NAME,
    SLOTS,
    Said,
    control_endpoint,
    control_id,
    garbage,
    numbered,
    said,
    wrong_id,
)
from tests.unit.judge_build import Cells

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.judging.table_parts import Lines

ALIVE, DENIES, EMPTY, NOTHING = "alive", "denies", "empty", "nothing"


class Control(NamedTuple):
    """What became of a control; *word* is what it may say, *shown* the addresses that came from it if anyone fit gave any.

    *standing*: free; bound by an order on the name; of the operator under test; itself under test; an access provider.
    """

    name: str
    word: str
    says: Said | None  # None: there is no such cell in the round
    shown: frozenset[str] = frozenset()
    standing: str = "free"
    good: Said | None = None  # what it answers to the name that always answers, where it is asked
    also: Said | None = None  # what its second address says
    alias: bool = False  # it shows an alias

    @property
    def unfit(self) -> bool:
        """Whether it denies the name over a verified channel, and something else makes it unfit to say so."""
        return self.name.startswith(("good ", "contradicts", "poisoned"))

    @property
    def addresses(self) -> frozenset[str]:
        """What it counts for in agreement."""
        return self.shown if self.word == ALIVE else frozenset()


def _shows(*addresses: str) -> frozenset[str]:
    return frozenset(addresses)


Panel: TypeAlias = tuple[Control, ...]
"""The controls of a round, each of another operator."""

FAILS = said(Failure.TIMEOUT)
CONTROLS: Final = (
    Control("live", ALIVE, said(LIVE), _shows(LIVE)),
    Control("live, good asked", ALIVE, said(LIVE), _shows(LIVE), good=said("198.18.200.1")),
    Control("two addresses", ALIVE, said(LIVE, ELSEWHERE), _shows(LIVE, ELSEWHERE)),
    Control("elsewhere", ALIVE, said(ELSEWHERE), _shows(ELSEWHERE)),
    Control("by an alias", ALIVE, said(">cdn.example.", LIVE), _shows(LIVE), alias=True),
    Control("denies", DENIES, said("NXDOMAIN")),
    Control("denies without soa", DENIES, said("NXDOMAIN", soa=False)),
    Control("no data", EMPTY, said("NODATA")),
    Control("alias to nothing", EMPTY, said(">gone.example."), alias=True),
    Control("not in the plan", NOTHING, None),
    Control("not asked", NOTHING, said(Gap.CEILING)),
    Control("breaker", NOTHING, said(Gap.BREAKER)),
    Control("timeout", NOTHING, said(Failure.TIMEOUT)),
    Control("reset", NOTHING, said(Failure.RESET)),
    Control("servfail", NOTHING, said("SERVFAIL")),
    Control("refused", NOTHING, said("REFUSED")),
    Control("cut short", NOTHING, said(LIVE, tc=True)),
    Control("garbage", NOTHING, said(LIVE, spoil=garbage)),
    Control("wrong id", NOTHING, said("NXDOMAIN", spoil=wrong_id)),
    Control("two answers", NOTHING, said(LIVE, also=(("NXDOMAIN",),))),
    Control("bad certificate, lives", NOTHING, said(LIVE, verified=False)),
    Control("bad certificate, denies", NOTHING, said("NXDOMAIN", verified=False)),
    Control("handshake failed", NOTHING, said(Failure.TLS_UNTRUSTED, verified=False)),
    Control("poisoned: page", NOTHING, said(PAGE), _shows(PAGE)),
    Control("poisoned: page's name", NOTHING, said(PAGE_NAME, "192.0.2.5"), _shows("192.0.2.5"), alias=True),
    Control("poisoned: loopback", NOTHING, said("127.0.0.1"), _shows("127.0.0.1")),
    Control("poisoned: null", NOTHING, said("0.0.0.0"), _shows("0.0.0.0")),
    Control("poisoned: private", NOTHING, said("10.1.2.3"), _shows("10.1.2.3")),
    Control("poisoned: says so", NOTHING, said("NXDOMAIN", ede=[16])),
    Control("poisoned: policy zone", NOTHING, said("NXDOMAIN", soa_at="additional")),
    Control("good fails, lives", NOTHING, said(LIVE), _shows(LIVE), good=FAILS),
    Control("good fails, denies", NOTHING, said("NXDOMAIN"), good=FAILS),
    Control("good refused, denies", NOTHING, said("NXDOMAIN"), good=said("REFUSED")),
    Control("contradicts itself", NOTHING, said(LIVE), _shows(LIVE), also=said("NXDOMAIN")),
    Control("lives twice", ALIVE, said(LIVE), _shows(LIVE), also=said(LIVE)),
    Control("bound, lives", NOTHING, said(LIVE), standing="bound"),
    Control("bound, denies", NOTHING, said("NXDOMAIN"), standing="bound"),
    Control("the target's own, lives", NOTHING, said(LIVE), standing="own"),
    Control("the target's own, denies", NOTHING, said("NXDOMAIN"), standing="own"),
    Control("under test, lives", ALIVE, said(LIVE), _shows(LIVE), standing="tested"),
    Control("under test, denies", NOTHING, said("NXDOMAIN"), standing="tested"),
    Control("provider, lives", NOTHING, said(LIVE), standing="provider"),
    Control("provider, denies", NOTHING, said("NXDOMAIN"), standing="provider"),
)  # fmt: skip
BY_NAME: Final = {one.name: one for one in CONTROLS}
_THREE: Final = (
    "live", "elsewhere", "denies", "no data", "not in the plan", "servfail", "bad certificate, denies", "poisoned: page",
    "good fails, lives", "the target's own, lives", "under test, lives", "under test, denies",
)  # fmt: skip
_FOUR: Final = ("live", "elsewhere", "denies", "no data", "timeout", "poisoned: page", "bound, denies")


def panels() -> Iterator[Panel]:
    """Every pair of what can become of a control; of three and four the kinds; and each beside two that agree."""
    yield from combinations_with_replacement(CONTROLS, 2)
    yield from combinations_with_replacement([BY_NAME[name] for name in _THREE], 3)
    yield from combinations_with_replacement([BY_NAME[name] for name in _FOUR], 4)
    yield from _beside_two()


def kinds() -> Iterator[Panel]:
    """Pairs of the kinds, and each beside two that agree."""
    yield from combinations_with_replacement([BY_NAME[name] for name in _THREE], 2)
    yield from _beside_two()


def _beside_two() -> Iterator[Panel]:
    for agreed in ("live", "denies"):
        yield from ((BY_NAME[agreed], BY_NAME[agreed], one) for one in CONTROLS)


def control_lines(slot: int, control: Control) -> Lines:
    """The records of *control* in *slot*."""
    cells = Cells()
    spoils = []
    identifier, endpoint = control_id(slot, control.standing), control_endpoint(slot)
    for which, says in ((1, control.says), (2, control.also)):
        if says is not None:
            cells.add(Role.CONTROL, identifier, control_endpoint(slot, which), *says.what, **says.how)
            spoils.append(says.spoil)
    if control.good is not None:
        cells.good(identifier, endpoint, *control.good.what)
        spoils.append(None)
    if control.standing == "tested" and control.says is not None:
        cells.target(identifier, endpoint, *control.says.what, **control.says.how)
        spoils.append(control.says.spoil)
    return numbered(cells, slot * MANY, spoils)


def all_control_lines() -> dict[tuple[int, str], Lines]:
    """The records of every control in every slot."""
    return {(slot, one.name): control_lines(slot, one) for slot in range(SLOTS) for one in CONTROLS}
