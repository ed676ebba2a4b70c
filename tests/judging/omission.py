"""Leaves records out of a round in every possible way, and compares what each rest comes to with all it was taken from."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Final, NamedTuple

from msgspec.structs import replace

from collector.judge import Memory, judge_round
from schema.codec import encode
from schema.words import Gap, Origin, Outcome, Role
from tests.unit.judge_build import POLICY, WORLD

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from schema.record import Record

    Line = tuple[bytes, Record]

#: What an outcome that is decided may have been before anything was left out: itself.
DECIDED: Final = (Outcome.OPEN, Outcome.BLOCKED, Outcome.DEAD, Outcome.FAILING)
_BIT: Final = {outcome: 1 << at for at, outcome in enumerate(DECIDED)}
_NOT_THE_RESOLVERS: Final = 1 << len(DECIDED)


class Said(NamedTuple):
    """What a round says of a resolver and name; nothing where it does not ask."""

    outcome: Outcome
    origin: Origin | None
    rule: str
    endpoints: dict[str, Outcome]

    @property
    def told(self) -> str:
        """In words, for a test that fails."""
        return f"{self.outcome} {self.origin or ''} by {self.rule}"


class Turned(NamedTuple):
    """A conclusion that turned into another because records were left out."""

    subject: tuple[str, str]
    kept: frozenset[int]  # of the larger round
    left_out: frozenset[int]
    before: Said
    after: Said


class Omissions:
    """One dense round, judged without any of its records; *gaps*: a record left out is a gap, else it is not there."""

    def __init__(self, records: Sequence[Line], *, gaps: bool, memory: Memory) -> None:
        self._records = list(records)
        self._memory = memory
        self._instead = [gap_of(one) if gaps else None for one in records]
        self.whole = (1 << len(records)) - 1
        self._known: dict[int, dict[tuple[str, str], Said]] = {}

    @property
    def judged(self) -> int:
        """How many rests were judged."""
        return len(self._known)

    def said(self, kept: int) -> dict[tuple[str, str], Said]:
        """What is said by resolver and name when the records of the bit set *kept* are there."""
        found = self._known.get(kept)
        if found is None:
            rest = [
                line
                for at, (one, gap) in enumerate(zip(self._records, self._instead, strict=True))
                if (line := one if kept >> at & 1 else gap) is not None
            ]
            verdicts = judge_round(rest, WORLD, POLICY, memory=self._memory)
            found = {
                (one.resolver, one.name): Said(one.outcome, one.origin, one.rule, one.endpoints) for one in verdicts
            }
            self._known[kept] = found
        return found

    def few(self, at_most: int) -> Iterator[Turned]:
        """What turns when up to *at_most* records are left out of the whole round."""
        before = self.said(self.whole)
        for count in range(1, at_most + 1):
            for lost in combinations(range(len(self._records)), count):
                kept = self.whole & ~sum(1 << at for at in lost)
                yield from self._compared(before, self.whole, kept)

    def between(self, larger: int, smaller: int) -> Iterator[Turned]:
        """What turns from the rest *larger* to the rest *smaller*, which is within it."""
        yield from self._compared(self.said(larger), larger, smaller)

    def every(self) -> Iterator[Turned]:
        """What turns between any two of all possible rests of which one is within the other."""
        above: dict[int, dict[tuple[str, str], int]] = {}
        for kept in range(self.whole, -1, -1):
            seen: dict[tuple[str, str], int] = {}
            for at in range(len(self._records)):
                if not kept >> at & 1:
                    for subject, bits in above[kept | 1 << at].items():
                        seen[subject] = seen.get(subject, 0) | bits
            for subject, after in self.said(kept).items():
                bits = seen.get(subject, 0)
                if after.outcome in _BIT and (
                    bits & ~(_BIT[after.outcome] | _NOT_THE_RESOLVERS)
                    or (after.origin is Origin.RESOLVER and bits & _NOT_THE_RESOLVERS)
                ):
                    yield from self._sources(subject, kept)
                seen[subject] = bits | _bits(after)
            above[kept] = seen

    def _sources(self, subject: tuple[str, str], kept: int) -> Iterator[Turned]:
        """The smallest larger round that says otherwise."""
        lost = [at for at in range(len(self._records)) if not kept >> at & 1]
        for count in range(1, len(lost) + 1):
            for back in combinations(lost, count):
                larger = kept | sum(1 << at for at in back)
                found = [one for one in self._compared(self.said(larger), larger, kept) if one.subject == subject]
                if found:
                    yield from found
                    return

    def _compared(self, before: dict[tuple[str, str], Said], larger: int, smaller: int) -> Iterator[Turned]:
        for subject, after in self.said(smaller).items():
            was = before.get(subject)
            if was is not None and turned(was, after, self._unanswered(subject[0], smaller)):
                yield Turned(subject, _numbers(larger), _numbers(larger & ~smaller), was, after)

    def _unanswered(self, resolver: str, kept: int) -> frozenset[str]:
        """The endpoints of *resolver* at which the name that always answers is seen not to be answered."""
        return frozenset(
            record.endpoint
            for at, (_, record) in enumerate(self._records)
            if kept >> at & 1
            and record.role is Role.KNOWN_GOOD
            and record.resolver == resolver
            and not any(one.wire[3] & 15 == 0 for one in record.answers)
        )

    def told(self, one: Turned) -> str:
        """*one* in words, for a test that fails."""
        records = (
            f"  {'- ' if at in one.left_out else '  '}{at} {describe(self._records[at][1])}" for at in sorted(one.kept)
        )
        return "\n".join([f"{one.subject}: {one.before.told} -> {one.after.told}", *records])


def turned(before: Said, after: Said, unanswered: frozenset[str]) -> bool:  # noqa: PLR0911 - one transition a line
    """Whether *after* is no lawful rest of *before* (law 3), both of them decided.

    Insufficient is always lawful. What names no resolver says nothing of it, and nothing is believed of a resolver with a
    verified channel but what that channel says: so port 53 may be left to speak for the path. A name that exists nowhere
    is dead when what showed that it is blocked all the same is gone. An endpoint fails only where it is shown to fail:
    *unanswered* are those that do not answer the name that always answers.
    """
    if before.outcome not in _BIT or after.outcome not in _BIT:
        return False
    named, was_named = after.origin is Origin.RESOLVER, before.origin is Origin.RESOLVER
    if after.outcome is Outcome.FAILING:
        return any(said is Outcome.FAILING and at not in unanswered for at, said in after.endpoints.items())
    match before.outcome, after.outcome:
        case (Outcome.OPEN, Outcome.OPEN) | (Outcome.BLOCKED, Outcome.BLOCKED):
            return named and not was_named
        case (Outcome.OPEN, Outcome.BLOCKED) | (Outcome.BLOCKED, Outcome.OPEN):
            return named or (before.origin is Origin.UNATTRIBUTED and after.origin is not Origin.PATH)
        case (Outcome.DEAD, Outcome.BLOCKED):
            return named
        case (Outcome.BLOCKED | Outcome.DEAD, Outcome.DEAD):
            return False
        case _:
            return True


def gap_of(line: Line) -> Line:
    """The line of a cell that was not asked, in place of *line*."""
    record = replace(line[1], query=b"", answers=(), failure=None, tls=None, gap=Gap.CEILING)
    return encode(record), record


def describe(record: Record) -> str:
    """A record in a few words."""
    said = record.gap or record.failure or "+".join(one.wire[2:].hex()[:4] for one in record.answers)
    name = "" if record.role is Role.TARGET else f" {record.name}"
    return f"{record.role} {record.resolver} {record.endpoint} {record.qtype} {record.profile}{name}: {said}"


def _bits(said: Said) -> int:
    bits = _BIT.get(said.outcome, 0)
    return bits | _NOT_THE_RESOLVERS if said.origin in {Origin.PATH, Origin.UNATTRIBUTED} else bits


def _numbers(bits: int) -> frozenset[int]:
    return frozenset(at for at in range(bits.bit_length()) if bits >> at & 1)
