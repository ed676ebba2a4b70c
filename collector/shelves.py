"""Where the samples and runs of statuses and of names are stored, and how they are folded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from collector.status import Fold, Hysteresis, NameFold, NameRun, NameSample, Run, Sample

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from collector.store import Store
    from schema.policy import Policy


class StatusShelf:
    """Statuses, of a resolver and a name."""

    def __init__(self, store: Store, policy_of: Callable[[int], Awaitable[Policy]]) -> None:
        """*policy_of* gives the policy of a plan by its number."""
        self._store = store
        self._policy_of = policy_of

    def of(self, sample: Sample) -> tuple[str, str]:
        """Resolver and name."""
        return sample.resolver, sample.name

    async def samples(self, keys: Sequence[tuple[str, str]]) -> Mapping[tuple[str, str], Sequence[Sample]]:
        """In the order of plans."""
        return await self._store.samples_of(keys)

    async def runs(self, keys: Sequence[tuple[str, str]]) -> Mapping[tuple[str, str], Sequence[Run]]:
        """Oldest first."""
        return await self._store.runs_of(keys)

    async def policy(self, plan_number: int) -> Hysteresis:
        """What of the plan's policy bears on runs: whom orders oblige does not, nor whether it is a sweep."""
        policy = await self._policy_of(plan_number)
        return Hysteresis(policy.confirm, policy.window)

    def fold(self, policy: Hysteresis) -> Fold:
        """With hysteresis."""
        return Fold(policy)


class NameShelf:
    """What is known of names; no policy bears on it."""

    def __init__(self, store: Store) -> None:
        """Read *store*."""
        self._store = store

    def of(self, sample: NameSample) -> str:
        """The name."""
        return sample.name

    async def samples(self, keys: Sequence[str]) -> Mapping[str, Sequence[NameSample]]:
        """In the order of plans."""
        return await self._store.name_samples_of(keys)

    async def runs(self, keys: Sequence[str]) -> Mapping[str, Sequence[NameRun]]:
        """Oldest first."""
        return await self._store.name_runs_of(keys)

    async def policy(self, plan_number: int) -> None:
        """None, whatever the plan."""

    def fold(self, policy: None) -> NameFold:  # noqa: ARG002  the shelf's signature
        """The one fold."""
        return NameFold()
