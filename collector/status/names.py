"""Folds what rounds say of a name into its history: alive, dead, in whose hands."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING, Final, TypeVar

from msgspec.structs import replace

from schema.codec import Wire
from schema.errors import EvidenceError
from schema.words import Ground

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from schema.verdict import NameFacts

#: Grounds on which a round decides; the others only say that too few spoke or that they contradict each other.
_DECIDED: Final = frozenset({Ground.ALIVE, Ground.DEAD, Ground.NODATA})
_AGREEING, _OF = 2, 3  # vantages that must agree, of those that decide
T = TypeVar("T")


class NameSample(Wire, frozen=True, omit_defaults=False):
    """One plan's word on a name; `ground` is missing where the vantages that decide do not agree.

    `at` is the plan's start; `vantages` counts those that support the ground. `name_servers` and `soa` are empty where
    they are not known.
    """

    plan_number: int
    at: datetime
    name: str
    ground: Ground
    name_servers: tuple[str, ...]
    soa: str
    parked: bool
    vantages: int


class NameRun(Wire, frozen=True, omit_defaults=False):
    """A stretch of time in which the same was said of a name; times are plans' starts, UTC.

    `changed` names what differs from what was known before: ground, name_servers, soa, parked; empty for the first run
    and where something came to be known. `vantages` are those of the last sample that supports it.
    """

    name: str
    ground: Ground
    name_servers: tuple[str, ...]
    soa: str
    parked: bool
    started_at: datetime
    covered_until: datetime
    vantages: int
    samples: int
    changed: tuple[str, ...]


def fold_name(facts: Sequence[NameFacts], *, plan_number: int, at: datetime, name: str) -> NameSample:
    """Fold what the rounds of one plan say of *name*; the order of *facts* does not matter.

    At least two thirds of the vantages that decide must agree on the ground, and of those that know them on the name
    servers, the SOA and whether a parking service answers.
    """
    decided = [one for one in facts if one.ground in _DECIDED]
    ground = _agreed([one.ground for one in decided]) or Ground.MISSING
    agreeing = [one for one in decided if one.ground is ground]
    return NameSample(
        plan_number,
        at,
        name,
        ground,
        _agreed([one.name_servers for one in agreeing if one.name_servers]) or (),
        _agreed([one.soa for one in agreeing if one.soa]) or "",
        _agreed([one.parked for one in agreeing]) or False,
        len(agreeing),
    )


class NameFold:
    """Runs of one name; pushing samples one by one or all at once is the same.

    A sample without an agreed ground does nothing; one that does not know the name servers or the SOA contradicts none.
    """

    def __init__(self) -> None:
        """Nothing is known yet."""
        self._done: list[NameRun] = []
        self._open: NameRun | None = None
        self._newest = -1
        self._servers: tuple[str, ...] = ()  # the last that were known, whatever came between
        self._soa = ""

    @property
    def runs(self) -> list[NameRun]:
        """All runs so far, oldest first."""
        return [*self._done, *([self._open] if self._open is not None else [])]

    def copy(self) -> NameFold:
        """A fold of its own with the same past."""
        twin = NameFold()
        twin._done, twin._open, twin._newest = list(self._done), self._open, self._newest
        twin._servers, twin._soa = self._servers, self._soa
        return twin

    def push(self, sample: NameSample) -> None:
        """Add the sample of a later plan.

        Raises:
            EvidenceError: it is not later than the one before.
        """
        if sample.plan_number <= self._newest:
            raise EvidenceError(f"plan {sample.plan_number} does not come after plan {self._newest}")
        self._newest = sample.plan_number
        if sample.ground is Ground.MISSING:
            return
        if self._open is not None and _supports(sample, self._open):
            self._open = replace(
                self._open, covered_until=sample.at, vantages=sample.vantages, samples=self._open.samples + 1
            )
            return
        if self._open is not None:
            self._done.append(self._open)
        self._open = NameRun(
            name=sample.name,
            ground=sample.ground,
            name_servers=sample.name_servers,
            soa=sample.soa,
            parked=sample.parked,
            started_at=sample.at,
            covered_until=sample.at,
            vantages=sample.vantages,
            samples=1,
            changed=self._changed(sample),
        )
        self._servers, self._soa = sample.name_servers or self._servers, sample.soa or self._soa

    def _changed(self, sample: NameSample) -> tuple[str, ...]:
        before = self._open
        if before is None:
            return ()
        differs = {
            "ground": sample.ground is not before.ground,
            "name_servers": bool(sample.name_servers and self._servers) and sample.name_servers != self._servers,
            "soa": bool(sample.soa and self._soa) and sample.soa != self._soa,
            "parked": sample.parked != before.parked,
        }
        return tuple(what for what, so in differs.items() if so)


def fold_names(samples: Iterable[NameSample]) -> list[NameRun]:
    """The runs of *samples*, which are of one name and in the order of plans."""
    fold = NameFold()
    for sample in samples:
        fold.push(sample)
    return fold.runs


def _supports(sample: NameSample, run: NameRun) -> bool:
    """Whether *sample* says nothing that *run* does not say."""
    return (
        sample.ground is run.ground
        and sample.parked is run.parked
        and sample.name_servers in {(), run.name_servers}
        and sample.soa in {"", run.soa}
    )


def _agreed(said: Sequence[T]) -> T | None:
    """What at least two thirds of *said* say."""
    if not said:
        return None
    value, times = Counter(said).most_common(1)[0]
    return value if times * _OF >= len(said) * _AGREEING else None
