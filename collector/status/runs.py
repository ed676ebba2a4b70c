"""Folds samples, in the order of plans, into runs of one state; and says what is current."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple, Protocol

from msgspec.structs import replace

from collector.status.sample import Sample
from schema.codec import Wire
from schema.errors import EvidenceError
from schema.words import How, Note, Origin, State

if TYPE_CHECKING:
    from collections.abc import Iterable

    from schema.policy import Policy


class Run(Wire, frozen=True, omit_defaults=False):
    """A stretch of time in one state; times are plans' starts, UTC.

    `how`, `origin`, `label`, `vantages`, `networks` and `notes` are those of the last sample that supports it: another
    way of blocking is no other state. `rule` and `witness_digest` are those of the first that shows this `how`. `samples`
    counts those that support it, `longest_gap_s` is the longest time between two of them. The change to the state lies
    between the previous run's `covered_until` and `started_at`.
    """

    resolver: str
    name: str
    state: State
    how: How | None
    origin: Origin | None
    label: str | None
    started_at: datetime
    ended_at: datetime | None
    covered_until: datetime
    vantages: int
    networks: int
    samples: int
    longest_gap_s: int
    rule: str
    witness_digest: str | None
    notes: tuple[Note, ...]


class _Doubt(NamedTuple):
    """A sample since the last change, and the run as it stood before it."""

    sample: Sample
    before: Run


class Hysteresis(NamedTuple):
    """What of a policy bears on runs: `confirm` of `window` samples change a state."""

    confirm: int
    window: int


class _Bears(Protocol):
    @property
    def confirm(self) -> int: ...

    @property
    def window(self) -> int: ...


class Fold:
    """Runs of one resolver and name; pushing samples one by one or all at once is the same.

    The first sample that decides establishes the first run. After that a state changes when `confirm` of the last
    `window` samples, all later than the last change, say the same other state; the new run starts with the first of
    them, and what the old run had gathered from then on is given back. Insufficient samples start and end nothing, but
    they have their place in the window: were they passed over, a sample left out could bring two others together that
    confirm what all of them would not.
    """

    def __init__(self, policy: _Bears) -> None:
        self._policy = policy
        self._done: list[Run] = []
        self._open: Run | None = None
        self._recent: list[_Doubt] = []
        self._newest = -1

    @property
    def runs(self) -> list[Run]:
        """All runs so far, oldest first; the last is open."""
        return [*self._done, *([self._open] if self._open is not None else [])]

    def copy(self) -> Fold:
        """A fold of its own with the same past, to try a sample that may yet be replaced."""
        twin = Fold(self._policy)
        twin._done, twin._open = list(self._done), self._open
        twin._recent, twin._newest = list(self._recent), self._newest
        return twin

    def push(self, sample: Sample) -> None:
        """Add the sample of a later plan.

        Raises:
            EvidenceError: it is not later than the one before.
        """
        if sample.plan_number <= self._newest:
            raise EvidenceError(f"plan {sample.plan_number} does not come after plan {self._newest}")
        self._newest = sample.plan_number
        decides = sample.state is not State.INSUFFICIENT
        if self._open is None:
            self._open = _begun(sample) if decides else None
            return
        self._recent = [*self._recent, _Doubt(sample, self._open)][-self._policy.window :]
        if not decides:
            return
        if sample.state is self._open.state:
            self._open = _continued(self._open, sample)
            return
        agreeing = [doubt for doubt in self._recent if doubt.sample.state is sample.state]
        if len(agreeing) < self._policy.confirm:
            return
        first = agreeing[0]
        self._done.append(replace(first.before, ended_at=first.sample.at))
        self._open = _begun(first.sample)
        for doubt in agreeing[1:]:
            self._open = _continued(self._open, doubt.sample)
        self._recent = []


def fold_runs(samples: Iterable[Sample], policy: _Bears) -> list[Run]:
    """The runs of *samples*, which are of one resolver and name and in the order of plans."""
    fold = Fold(policy)
    for sample in samples:
        fold.push(sample)
    return fold.runs


def _begun(sample: Sample) -> Run:
    return Run(
        resolver=sample.resolver,
        name=sample.name,
        state=sample.state,
        how=sample.how,
        origin=sample.origin,
        label=sample.label,
        started_at=sample.at,
        ended_at=None,
        covered_until=sample.at,
        vantages=sample.vantages,
        networks=sample.networks,
        samples=1,
        longest_gap_s=0,
        rule=sample.rule,
        witness_digest=sample.witness_digest,
        notes=sample.notes,
    )


def _continued(run: Run, sample: Sample) -> Run:
    gap_s = int((sample.at - run.covered_until).total_seconds())
    return replace(
        run,
        how=sample.how,
        origin=sample.origin,
        label=sample.label,
        covered_until=sample.at,
        vantages=sample.vantages,
        networks=sample.networks,
        samples=run.samples + 1,
        longest_gap_s=max(run.longest_gap_s, gap_s),
        rule=sample.rule if sample.how is not run.how else run.rule,
        witness_digest=sample.witness_digest if sample.how is not run.how else run.witness_digest,
        notes=sample.notes,
    )


class Status(Wire, frozen=True, omit_defaults=False):
    """What is current of a resolver and name; `since` and `covered_until` are null where nothing was ever decided."""

    resolver: str
    name: str
    state: State
    since: datetime | None
    covered_until: datetime | None
    how: How | None
    origin: Origin | None
    label: str | None
    vantages: int
    networks: int
    absent: int
    notes: tuple[Note, ...]
    sampled_at: datetime
    rule: str
    witness_digest: str | None
    indicative: bool


def current(run: Run | None, newest: Sample, policy: Policy, now: datetime | None = None) -> Status:
    """The status at *now*, at least *newest*'s time; its open run is *run*.

    It is insufficient where no sample has supported it for `fresh_s`: also where none has come at all, since silence
    upholds nothing.
    """
    now = max(newest.at, now or newest.at)
    if run is None or (now - run.covered_until).total_seconds() > policy.fresh_s:
        return Status(
            resolver=newest.resolver,
            name=newest.name,
            state=State.INSUFFICIENT,
            since=None,
            covered_until=run.covered_until if run is not None else None,
            how=None,
            origin=None,
            label=None,
            vantages=newest.vantages,
            networks=newest.networks,
            absent=newest.absent,
            notes=newest.notes,
            sampled_at=newest.at,
            rule=newest.rule,
            witness_digest=None,
            indicative=newest.indicative,
        )
    return Status(
        resolver=run.resolver,
        name=run.name,
        state=run.state,
        since=run.started_at,
        covered_until=run.covered_until,
        how=run.how,
        origin=run.origin,
        label=run.label,
        vantages=run.vantages,
        networks=run.networks,
        absent=newest.absent,
        notes=run.notes,
        sampled_at=newest.at,
        rule=run.rule,
        witness_digest=run.witness_digest,
        indicative=newest.indicative,
    )
