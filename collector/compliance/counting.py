"""Which samples of a day count, for either side, and why the others do not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from schema.endpoint import parse_endpoint
from schema.hearing import believed
from schema.words import Kind, Note, Origin, State

if TYPE_CHECKING:
    from collections.abc import Collection

    from collector.compliance.facts import DayFacts, DaySample
    from collector.status.sample import Sample
    from schema.registry import Resolver

#: Networks that agree; inside an access provider's network vantages (DESIGN section 5).
FLOOR: Final = 2

#: Why a sample does not count, by the ids of `reasons`; of two that are as frequent the first is told.
CAUSES: Final = (
    "indicative",
    "vantages_missing",
    "path",
    "transports_differ",
    "addresses_differ_at_times",
    "pool_at_times",
    "networks_disagree",
    "dissent",
    "controls",
    "failing",
    "dead_at_times",
    "parked_at_times",
    "too_few_networks",
    "unattributed",
    "service_narrower",
    "rounds_missing",
)

_PLAIN: Final = {State.DEAD: "dead_at_times", State.FAILING: "failing"}


class Counted(NamedTuple):
    """What one planned sample counts for: `side` is OPEN or BLOCKED, or None and then `cause` says why it counts for none."""

    one: DaySample
    side: State | None
    cause: str | None


class Tally(NamedTuple):
    """The planned samples of a day by what they count for, each row by start and number; `swept`: sweeps were left out."""

    planned: tuple[DaySample, ...]
    opened: tuple[DaySample, ...]
    blocked: tuple[DaySample, ...]
    differing: tuple[DaySample, ...]
    causes: tuple[str, ...]
    swept: bool


def count(facts: DayFacts, samples: Collection[DaySample], meant: Collection[str] | None) -> Tally:
    """Sort *samples*, all those of the day among the *facts*, by what they count for.

    *meant* are the endpoints that the order means, None where it means all of the resolver's.
    """
    ordered = sorted(samples, key=lambda one: (one.at, one.number))
    planned = tuple(one for one in ordered if not _swept(one))
    counted = [_counted(one, facts.resolver, meant) for one in planned]
    return Tally(
        planned,
        tuple(each.one for each in counted if each.side is State.OPEN),
        tuple(each.one for each in counted if each.side is State.BLOCKED),
        tuple(one for one in planned if one.sample and meant is None and _differs(one.sample, facts.resolver)),
        tuple(each.cause for each in counted if each.cause),
        len(planned) < len(ordered),
    )


def countable(one: DaySample, resolver: Resolver, meant: Collection[str] | None = None) -> State | None:
    """The side for which *one* counts, OPEN or BLOCKED; None where it counts for neither."""
    return None if _swept(one) else _counted(one, resolver, meant).side


def _swept(one: DaySample) -> bool:
    return one.sweep or (one.sample is not None and Note.SWEEP in one.sample.notes)


def _counted(one: DaySample, resolver: Resolver, meant: Collection[str] | None) -> Counted:
    if one.sample is None:
        return Counted(one, None, "rounds_missing")
    cause = _cause(one.sample, resolver) or _narrower(one, one.sample, meant)
    return Counted(one, None if cause else one.sample.state, cause)


def _cause(sample: Sample, resolver: Resolver) -> str | None:
    """Why *sample* counts for neither side; the first that holds."""
    if sample.indicative:
        return "indicative"
    if Note.PARKED in sample.notes and sample.state is not State.DEAD:
        return "parked_at_times"
    if sample.state in _PLAIN:
        return _PLAIN[sample.state]
    if sample.state is State.INSUFFICIENT:
        return _undecided(sample)
    return _mixed(sample) if sample.state is State.MIXED else _unsupported(sample, resolver)


def _undecided(sample: Sample) -> str:
    notes = set(sample.notes)
    if 3 * (sample.enrolled - sample.absent) < 2 * sample.enrolled:
        return "vantages_missing"
    if Note.PATH_INTERFERES in notes:
        return "path"
    if Note.TRANSPORTS_DIFFER in notes:
        return "transports_differ"
    return "controls" if notes & {Note.CONTROLS_MISSING, Note.CONTROLS_DISAGREE} else "too_few_networks"


def _mixed(sample: Sample) -> str:
    told = (
        (Note.TRANSPORTS_DIFFER, "transports_differ"),
        (Note.ADDRESSES_DIFFER, "addresses_differ_at_times"),
        (Note.POOL, "pool_at_times"),
    )
    return next((cause for note, cause in told if note in sample.notes), "networks_disagree")


def _unsupported(sample: Sample, resolver: Resolver) -> str | None:
    """Why an open or blocked sample is not enough: whose answer it was, who agreed, who did not."""
    if Note.TRANSPORTS_DIFFER in sample.notes:
        return "transports_differ"
    if not _its_own(sample, resolver):
        return "path" if sample.origin is Origin.PATH else "unattributed"
    if sample.dissenting:
        return "dissent"
    if not _two_thirds(sample):
        return "vantages_missing"
    return None if _floor(sample, resolver) else "too_few_networks"


def _its_own(sample: Sample, resolver: Resolver) -> bool:
    """Whether the answer is the resolver's. That it resolved takes more than that an access provider's withheld it."""
    if sample.state is State.BLOCKED and resolver.kind is Kind.ISP:
        return believed(sample.origin, resolver)
    return sample.origin is Origin.RESOLVER


def _two_thirds(sample: Sample) -> bool:
    return sample.enrolled > 0 and 3 * sample.vantages >= 2 * sample.enrolled


def _floor(sample: Sample, resolver: Resolver) -> bool:
    return (sample.vantages if resolver.kind is Kind.ISP else sample.networks) >= FLOOR


def _narrower(one: DaySample, sample: Sample, meant: Collection[str] | None) -> str | None:
    """Why a sample does not speak of the endpoints that are meant, where these are not all."""
    if meant is None:
        return None
    if one.endpoints is None or one.endpoints.isdisjoint(meant):
        return "service_narrower"
    shown = [parse_endpoint(text) for text in one.endpoints.intersection(meant)]
    if Note.PATH_INTERFERES in sample.notes and not any(endpoint.verifiable for endpoint in shown):
        return "path"
    return None


def _differs(sample: Sample, resolver: Resolver) -> bool:
    """Whether the resolver's addresses, or its repeats, are shown to answer differently."""
    return (
        sample.state is State.MIXED
        and not sample.indicative
        and bool({Note.ADDRESSES_DIFFER, Note.POOL} & set(sample.notes))
        and not {Note.TRANSPORTS_DIFFER, Note.PARKED} & set(sample.notes)
        and _two_thirds(sample)
        and _floor(sample, resolver)
    )
