"""Finds addresses that a resolver gives for names which have nothing to do with each other."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from collector.judge.controls import ENOUGH
from collector.judge.seen import Form

if TYPE_CHECKING:
    from collections.abc import Iterable

    from collector.judge.evidence import Evidence

ByChannel: TypeAlias = tuple[frozenset[str], frozenset[str]]
"""Addresses by channel: where nothing is verified, and where it is."""
_NONE: Final[ByChannel] = (frozenset(), frozenset())


class Shared(NamedTuple):
    """Addresses that one resolver gives for unrelated names."""

    shown: ByChannel = _NONE
    possible: ByChannel = _NONE  # that could be shown so if some of the round were left out

    def among(self, addresses: frozenset[str]) -> Shared:
        """Those among *addresses*."""
        (port_53, verified), (perhaps_53, perhaps) = self
        return Shared((port_53 & addresses, verified & addresses), (perhaps_53 & addresses, perhaps & addresses))


NOTHING: Final = Shared()


class Suspect(NamedTuple):
    """An address that a resolver gives for a name and that independent operators do not give, or could do without."""

    verified: bool
    address: str
    shown: bool  # they agree on others
    given: frozenset[str]  # what they give


def suspects(evidence: Evidence, spared: frozenset[str]) -> tuple[Suspect, ...]:
    """The suspects of one name. An address that every name gets, or that is *spared* as no stop page, is no sign."""
    own = evidence.scene.scenery.resolver.operator_slug
    found: dict[Suspect, None] = {}
    for seen in evidence.cells:
        place = seen.place
        if seen.form is not Form.ADDRESS or seen.reading is None or not place.plain:
            continue
        controls = evidence.testimony.controls(place.qtype, own)
        standing = evidence.scene.standing[place.endpoint]
        if not controls.alive and len(controls.answers) < ENOUGH:
            continue
        for address in seen.reading.addresses - controls.sure - spared:
            shown = (
                controls.alive
                and controls.steady
                and not controls.aliases.intersection(seen.reading.cname_chain)
                and address not in controls.given
                and address not in standing.good
                and address not in standing.invented
            )
            if shown or len(controls.answers) >= ENOUGH:
                found[Suspect(seen.verified, address, shown, controls.given)] = None
    return tuple(found)


def shared(by_name: Iterable[tuple[str, tuple[Suspect, ...]]]) -> Shared:
    """The suspects of one resolver, *by_name*, that stand for at least two names which have nothing to do with each other."""
    names: tuple[dict[str, dict[str, frozenset[str]]], ...] = (defaultdict(dict), defaultdict(dict))
    registered: tuple[dict[str, set[str]], ...] = (defaultdict(set), defaultdict(set))
    for name, found in by_name:
        for one in found:
            registered[one.verified][one.address].add(_registered(name))
            if one.shown:
                names[one.verified][one.address][name] = one.given
    shown_53, shown = (frozenset(address for address, given in each.items() if _unrelated(given)) for each in names)
    perhaps_53, perhaps = (
        frozenset(address for address, apart in each.items() if len(apart) > 1) for each in registered
    )
    return Shared((shown_53, shown), (perhaps_53, perhaps)) if perhaps_53 or perhaps else NOTHING


def _unrelated(given: dict[str, frozenset[str]]) -> bool:
    """Whether two of the names are registered apart and hosted apart; *given* is what the controls give for each."""
    names = sorted(given)
    return any(
        _registered(one) != _registered(other) and not given[one] & given[other]
        for index, one in enumerate(names)
        for other in names[index + 1 :]
    )


def _registered(name: str) -> str:
    return ".".join(name.split(".")[-3:])
