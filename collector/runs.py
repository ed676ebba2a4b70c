"""Keeps the runs of each resolver and name in step with its samples, without reading the past for each new one."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Final

from collector.status import Fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from collector.status import Run, Sample
    from collector.store import Store
    from schema.policy import Policy

_MOST_PAIRS: Final = 20_000  # in memory; a pair beyond them is folded from its stored samples


class History:
    """The fold of one pair: settled over all samples but the newest, which later closes of its plan may still change."""

    def __init__(self, policy: Policy, samples: Iterable[Sample]) -> None:
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
        fold = deepcopy(self._settled)
        fold.push(self._newest)
        return tuple(fold.runs)

    def _advance(self, sample: Sample) -> None:
        if self._newest is not None:
            self._settled.push(self._newest)
        self._newest = sample
