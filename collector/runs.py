"""Keeps runs in step with their samples, without reading the past for each new one: of statuses, and of names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping, Sequence
    from datetime import datetime
    from typing import Self

_AT_ONCE: Final = 1_000  # whose past is read together
_MOST_KEPT: Final = 50_000  # in memory; beyond them all are read again as they are needed


class _Sample(Protocol):
    @property
    def plan_number(self) -> int: ...


class _Run(Protocol):
    @property
    def started_at(self) -> datetime: ...


K = TypeVar("K", bound="Hashable")  # of whom: a resolver and a name, or a name
S = TypeVar("S", bound=_Sample)
R = TypeVar("R", bound=_Run)
P = TypeVar("P")  # by what it is folded
S_contra = TypeVar("S_contra", contravariant=True)
R_co = TypeVar("R_co", covariant=True)


class Folding(Protocol[S_contra, R_co]):
    """A fold of samples, in the order of plans, into runs."""

    def push(self, sample: S_contra) -> None:
        """Add the sample of a later plan."""

    def copy(self) -> Self:
        """A fold of its own with the same past."""

    @property
    def runs(self) -> Sequence[R_co]:
        """All runs so far, oldest first."""


class History(Generic[S, R, P]):
    """A fold that is settled over all samples but the newest, which later closes of its plan may still change."""

    def __init__(self, settled: Folding[S, R], policy: P, samples: Iterable[S]) -> None:
        """Fold *samples*, which are in the order of plans, by *settled*, which is empty and goes by *policy*."""
        self._policy = policy
        self._settled = settled
        self._newest: S | None = None
        for sample in samples:
            self._advance(sample)

    def knows_newer(self, sample: S) -> bool:
        """Whether a sample of a later plan is folded already, so that *sample* cannot be added at the end."""
        return self._newest is not None and self._newest.plan_number > sample.plan_number

    def is_by(self, policy: P) -> bool:
        """Whether it was folded by *policy*."""
        return self._policy == policy

    def add(self, sample: S) -> None:
        """Fold *sample* after all others, or in place of the one of its own plan."""
        if self._newest is not None and self._newest.plan_number == sample.plan_number:
            self._newest = sample
        else:
            self._advance(sample)

    @property
    def runs(self) -> Sequence[R]:
        """The runs, oldest first."""
        if self._newest is None:
            return ()
        fold = self._settled.copy()
        fold.push(self._newest)
        return tuple(fold.runs)

    def _advance(self, sample: S) -> None:
        if self._newest is not None:
            self._settled.push(self._newest)
        self._newest = sample


class Shelf(Protocol[K, S, R_co, P]):
    """Where samples and runs are stored, and by what they are folded."""

    def of(self, sample: S) -> K:
        """Of whom *sample* is."""

    async def samples(self, keys: Sequence[K]) -> Mapping[K, Sequence[S]]:
        """The samples of each of *keys* in the order of plans."""

    async def runs(self, keys: Sequence[K]) -> Mapping[K, Sequence[R_co]]:
        """The runs of each of *keys*, oldest first."""

    async def policy(self, plan_number: int) -> P:
        """By what a plan is folded."""

    def fold(self, policy: P) -> Folding[S, R_co]:
        """An empty fold by *policy*."""


class Change(Generic[K, R]):
    """The runs of `key` from `since` on, in place of those that were there."""

    def __init__(self, key: K, since: datetime, runs: Sequence[R]) -> None:
        """Keep all three."""
        self.key = key
        self.since = since
        self.runs = runs


class Histories(Generic[K, S, R, P]):
    """The histories of everyone on a shelf, and what of their runs is stored."""

    def __init__(self, shelf: Shelf[K, S, R, P]) -> None:
        """Read from *shelf* what is not remembered."""
        self._shelf = shelf
        self._histories: dict[K, History[S, R, P]] = {}
        self._stored: dict[K, Sequence[R]] = {}

    async def changes(self, samples: Iterable[S]) -> list[Change[K, R]]:
        """What of the stored runs changes because of *samples*, which are stored already.

        All samples of one key are folded by the policy of the newest plan among them: the order in which they came in
        does not matter, and a new policy is a new reading of the whole history.
        """
        changes: list[Change[K, R]] = []
        wanted = list(samples)
        for start in range(0, len(wanted), _AT_ONCE):
            changes += await self._changes(wanted[start : start + _AT_ONCE])
        if len(self._histories) > _MOST_KEPT:
            self.forget()
        return changes

    async def _changes(self, samples: Sequence[S]) -> list[Change[K, R]]:
        keys = [self._shelf.of(sample) for sample in samples]
        self._stored.update(await self._shelf.runs([key for key in keys if key not in self._stored]))
        at_end = [await self._is_at_end(sample) for sample in samples]
        past = await self._shelf.samples([key for key, fits in zip(keys, at_end, strict=True) if not fits])
        changes: list[Change[K, R]] = []
        for key, sample in zip(keys, samples, strict=True):
            if key in past:
                policy = await self._shelf.policy(past[key][-1].plan_number)
                history = self._histories[key] = History(self._shelf.fold(policy), policy, past[key])
            else:
                history = self._histories[key]
                history.add(sample)
            runs = history.runs
            change = difference(self._stored[key], runs)
            self._stored[key] = runs
            if change is not None:
                changes.append(Change(key, *change))
        return changes

    async def _is_at_end(self, sample: S) -> bool:
        """Whether *sample* can be added to what is remembered of its key."""
        history = self._histories.get(self._shelf.of(sample))
        if history is None or history.knows_newer(sample):
            return False
        return history.is_by(await self._shelf.policy(sample.plan_number))

    def forget(self) -> None:
        """Remember nothing, as after a change that was not written."""
        self._histories.clear()
        self._stored.clear()


def difference(stored: Sequence[R], wanted: Sequence[R]) -> tuple[datetime, Sequence[R]] | None:
    """From which start on *stored* is to be replaced, and by what, to become *wanted*; None if they are equal."""
    same = 0
    for old, new in zip(stored, wanted, strict=False):
        if old != new:
            break
        same += 1
    changed = [*stored[same : same + 1], *wanted[same : same + 1]]
    return (min(run.started_at for run in changed), wanted[same:]) if changed else None
