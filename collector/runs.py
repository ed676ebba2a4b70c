"""Keeps the runs of each resolver and name in step with its samples, without reading the past for each new one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from collector.status import Fold
from collector.store import RunsOf

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Sequence
    from datetime import datetime

    from collector.status import Run, Sample
    from collector.store import Store
    from schema.policy import Policy

_AT_ONCE: Final = 1_000  # pairs whose past is read together
_MOST_PAIRS: Final = 50_000  # in memory; beyond them all are read again as they are needed


class History:
    """The fold of one pair: settled over all samples but the newest, which later closes of its plan may still change."""

    def __init__(self, policy: Policy, samples: Iterable[Sample]) -> None:
        """Fold *samples*, which are in the order of plans, by *policy*."""
        self._policy = policy
        self._settled = Fold(policy)
        self._newest: Sample | None = None
        for sample in samples:
            self._advance(sample)

    def knows_newer(self, sample: Sample) -> bool:
        """Whether a sample of a later plan is folded already, so that *sample* cannot be added at the end."""
        return self._newest is not None and self._newest.plan_number > sample.plan_number

    def is_by(self, policy: Policy) -> bool:
        """Whether it was folded by *policy*."""
        return self._policy == policy

    def add(self, sample: Sample) -> None:
        """Fold *sample* after all others, or in place of the one of its own plan."""
        if self._newest is not None and self._newest.plan_number == sample.plan_number:
            self._newest = sample
        else:
            self._advance(sample)

    @property
    def runs(self) -> Sequence[Run]:
        """The runs, oldest first."""
        if self._newest is None:
            return ()
        fold = self._settled.copy()
        fold.push(self._newest)
        return tuple(fold.runs)

    def _advance(self, sample: Sample) -> None:
        if self._newest is not None:
            self._settled.push(self._newest)
        self._newest = sample


class Histories:
    """The histories of all pairs, and what of their runs is stored."""

    def __init__(self, store: Store, policy_of: Callable[[int], Awaitable[Policy]]) -> None:
        """Read from *store* what is not remembered; *policy_of* gives the policy of a plan by its number."""
        self._store = store
        self._policy_of = policy_of
        self._histories: dict[tuple[str, str], History] = {}
        self._stored: dict[tuple[str, str], Sequence[Run]] = {}

    async def changes(self, samples: Iterable[Sample]) -> list[RunsOf]:
        """What of the stored runs changes because of *samples*, which are stored already.

        All samples of a pair are folded by the policy of the newest plan among them: the order in which they came in
        does not matter, and a new policy is a new reading of the whole history.
        """
        changes: list[RunsOf] = []
        wanted = list(samples)
        for start in range(0, len(wanted), _AT_ONCE):
            changes += await self._changes(wanted[start : start + _AT_ONCE])
        if len(self._histories) > _MOST_PAIRS:
            self.forget()
        return changes

    async def _changes(self, samples: Sequence[Sample]) -> list[RunsOf]:
        pairs = [(sample.resolver, sample.name) for sample in samples]
        self._stored.update(await self._store.runs_of([pair for pair in pairs if pair not in self._stored]))
        at_end = [await self._is_at_end(sample) for sample in samples]
        past = await self._store.samples_of([pair for pair, fits in zip(pairs, at_end, strict=True) if not fits])
        changes: list[RunsOf] = []
        for pair, sample in zip(pairs, samples, strict=True):
            if pair in past:
                policy = await self._policy_of(past[pair][-1].plan_number)
                history = self._histories[pair] = History(policy, past[pair])
            else:
                history = self._histories[pair]
                history.add(sample)
            runs = history.runs
            change = difference(self._stored[pair], runs)
            self._stored[pair] = runs
            if change is not None:
                changes.append(RunsOf(*pair, *change))
        return changes

    async def _is_at_end(self, sample: Sample) -> bool:
        """Whether *sample* can be added to what is remembered of its pair."""
        history = self._histories.get((sample.resolver, sample.name))
        if history is None or history.knows_newer(sample):
            return False
        return history.is_by(await self._policy_of(sample.plan_number))

    def forget(self) -> None:
        """Remember nothing, as after a change that was not written."""
        self._histories.clear()
        self._stored.clear()


def difference(stored: Sequence[Run], wanted: Sequence[Run]) -> tuple[datetime, Sequence[Run]] | None:
    """From which start on *stored* is to be replaced, and by what, to become *wanted*; None if they are equal."""
    same = 0
    for old, new in zip(stored, wanted, strict=False):
        if old != new:
            break
        same += 1
    changed = [*stored[same : same + 1], *wanted[same : same + 1]]
    return (min(run.started_at for run in changed), wanted[same:]) if changed else None
