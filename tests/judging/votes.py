"""Votes of vantages in a few letters, and every way to leave some of them out."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from itertools import combinations_with_replacement
from typing import TYPE_CHECKING, Final, NamedTuple

from msgspec.structs import replace

from collector.status import Sample, fold_sample
from schema.plan import PlanVantage
from schema.registry import Resolver
from schema.verdict import Counts, Verdict
from schema.words import How, Kind, Note, Origin, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schema.policy import Policy

AT: Final = datetime(2026, 11, 21, tzinfo=UTC)
NAME: Final = "x.example."
TLS, UDP = "tls:1.1.1.1:853#one.one.one.one", "udp:1.1.1.1:53"
PUBLIC: Final = Resolver("cloudflare", "Cloudflare", Kind.PUBLIC, (13335,), endpoints=(UDP, TLS))
PLAIN: Final = Resolver("old", "Old", Kind.PUBLIC, endpoints=(UDP,))
PROVIDER: Final = Resolver("isp", "ISP", Kind.ISP, (3269, 16232), on_net_only=True, endpoints=("udp:192.0.2.3:53",))
ABSENT: Final = "."


def _verdict(outcome: Outcome, how: How | None = None, origin: Origin | None = Origin.RESOLVER) -> Verdict:
    decided = outcome in {Outcome.BLOCKED, Outcome.OPEN}
    return Verdict(
        "ab" * 32, "", "", NAME, outcome, how, origin if decided else None, None, None, f"rule_{outcome}", 1, "cd" * 32,
        Counts(), {TLS: outcome},
    )  # fmt: skip


_BLOCKED: Final = _verdict(Outcome.BLOCKED, How.NXDOMAIN)
_OPEN: Final = _verdict(Outcome.OPEN)
#: What a vantage may say: blocked, open, dead, failing, insufficient; in capitals with nobody vouching; `p` from the path;
#: `x` the resolver's answers disagree; `t` transports differ; `r` blocked by refusal.
SAYS: Final = {
    "b": _BLOCKED,
    "r": replace(_BLOCKED, how=How.REFUSED, rule="refused", notes=(Note.PROFILES_DIFFER,)),
    "o": _OPEN,
    "d": _verdict(Outcome.DEAD),
    "f": _verdict(Outcome.FAILING),
    "i": _verdict(Outcome.INSUFFICIENT),
    "B": replace(_BLOCKED, origin=Origin.UNATTRIBUTED),
    "O": replace(_OPEN, origin=Origin.UNATTRIBUTED),
    "p": replace(_BLOCKED, origin=Origin.PATH, notes=(Note.PATH_INTERFERES,)),
    "x": replace(_verdict(Outcome.INSUFFICIENT), counts=Counts(1, 1, 0), notes=(Note.POOL,)),
    "t": replace(_OPEN, notes=(Note.TRANSPORTS_DIFFER,)),
}


class Panel(NamedTuple):
    """How many vantages are enrolled, one a network or all on the networks *asns*."""

    enrolled: int
    asns: tuple[int, ...] = ()

    @property
    def vantages(self) -> list[PlanVantage]:
        """The enrolled."""
        return [
            PlanVantage(f"v{at:02}", self.asns[at % len(self.asns)] if self.asns else 64500 + at, "IT")
            for at in range(self.enrolled)
        ]


def fold(says: str, panel: Panel, resolver: Resolver, policy: Policy, order: tuple[int, ...] = ()) -> Sample:
    """What vantages that say *says*, a letter each, come to; *order* is that of the votes."""
    vantages = panel.vantages
    votes = [(vantages[at], _vote(said, vantages[at].id)) for at, said in enumerate(says) if said != ABSENT]
    votes = [votes[at] for at in order] if order else votes
    return fold_sample(votes, plan_number=7, at=AT, name=NAME, enrolled=vantages, resolver=resolver, policy=policy)


@cache
def _vote(said: str, probe: str) -> Verdict:
    return replace(SAYS[said], probe=probe)


def heard(letters: str, enrolled: int) -> Iterator[str]:
    """Everything that so many vantages can say when it does not matter who says what, the fullest first."""
    found = ("".join(said) for said in combinations_with_replacement(letters + ABSENT, enrolled))
    yield from sorted(found, key=lambda said: said.count(ABSENT))


def fuller(says: str, letters: str) -> Iterator[str]:
    """*says* with one of the absent heard, in the order of *letters*."""
    order = (letters + ABSENT).index
    if ABSENT in says:
        for letter in letters:
            yield "".join(sorted(says.replace(ABSENT, letter, 1), key=order))
