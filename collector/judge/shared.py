"""Finds addresses that a resolver gives for names which have nothing to do with each other."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from collector.judge.fingerprints import not_a_block
from collector.judge.seen import Form

if TYPE_CHECKING:
    from collections.abc import Iterable

    from collector.judge.evidence import Evidence
    from schema.policy import Fingerprint

Shared: TypeAlias = tuple[frozenset[str], frozenset[str]]
"""Shared addresses by channel: where nothing is verified, and where it is."""
NOTHING: Shared = (frozenset(), frozenset())


class Suspect(NamedTuple):
    """An address that a resolver gives for a name and no independent operator does."""

    verified: bool
    address: str
    given: frozenset[str]  # what independent operators give


def suspects(evidence: Evidence, fingerprints: tuple[Fingerprint, ...]) -> tuple[Suspect, ...]:
    """The suspects of one name. An address that every name gets, or that is known to be no stop page, is no sign."""
    own = evidence.scene.scenery.resolver.operator_slug
    found: dict[Suspect, None] = {}
    for seen in evidence.cells:
        place = seen.place
        if seen.form is not Form.ADDRESS or seen.reading is None or not place.plain:
            continue
        controls = evidence.testimony.controls(place.qtype, own)
        standing = evidence.scene.standing[place.endpoint]
        if controls.alive:
            for address in seen.reading.addresses - controls.given - standing.good - standing.invented:
                if not not_a_block(address, fingerprints):
                    found[Suspect(seen.verified, address, controls.given)] = None
    return tuple(found)


def shared(by_name: Iterable[tuple[str, tuple[Suspect, ...]]]) -> Shared:
    """The suspects of one resolver, *by_name*, that stand for at least two names which have nothing to do with each other."""
    names: tuple[dict[str, dict[str, frozenset[str]]], ...] = (defaultdict(dict), defaultdict(dict))
    for name, found in by_name:
        for one in found:
            names[one.verified][one.address][name] = one.given
    unverified, verified = (
        frozenset(address for address, given in by_address.items() if _unrelated(given)) for by_address in names
    )
    return unverified, verified


def _unrelated(given: dict[str, frozenset[str]]) -> bool:
    """Whether two of the names are registered apart and hosted apart; *given* is what the controls give for each."""
    names = sorted(given)
    return any(
        one.split(".")[-3:] != other.split(".")[-3:] and not given[one] & given[other]
        for index, one in enumerate(names)
        for other in names[index + 1 :]
    )
