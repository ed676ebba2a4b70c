"""What independent operators say of a name itself: whether it lives, where it is registered, whether it is parked."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from collector.judge.controls import ENOUGH
from collector.judge.fingerprints import PARKED
from schema.words import Ground

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import TypeAlias

    from collector.judge.controls import Controls
    from collector.judge.seen import Seen

    Fit: TypeAlias = Callable[[str], Mapping[str, list[Seen]]]

T = TypeVar("T", bound="tuple[str, ...] | str")


class Facts(NamedTuple):
    """As `schema.verdict.NameFacts`, without where and when."""

    ground: Ground
    name_servers: tuple[str, ...]
    soa: str
    parked: bool


def facts(controls: Callable[[str], Controls], fit: Fit) -> Facts:
    """Put together what at least two fit operators say; they need not be asked of whom a verdict is.

    By type: *controls* is their common word, *fit* the answers of each operator that is fit to give any.
    """
    ground = _ground(controls("A"))
    if ground is Ground.NODATA and controls("AAAA").alive:
        ground = Ground.ALIVE
    servers = agreed([_one(cell.reading.name_servers for cell in each if cell.reading) for each in fit("NS").values()])
    zone = agreed([_one(cell.reading.zone for cell in each if cell.reading) for each in fit("SOA").values()])
    lodgers = {
        operator
        for qtype in ("A", "AAAA", "NS")
        for operator, cells in fit(qtype).items()
        if any(one.fingerprint.polarity == PARKED for seen in cells for one in seen.matches)
    }
    return Facts(ground, servers or (), zone or "", len(lodgers) >= ENOUGH)


def agreed(said: Iterable[T | None]) -> T | None:
    """What enough say, if nothing else is said as often; what says nothing does not count."""
    counted = Counter(one for one in said if one).most_common(2)
    if not counted or counted[0][1] < ENOUGH or (len(counted) > 1 and counted[1][1] == counted[0][1]):
        return None
    return counted[0][0]


def _one(said: Iterable[T]) -> T | None:
    """What an operator says, if it does not contradict itself."""
    found = {one for one in said if one}
    return found.pop() if len(found) == 1 else None


def _ground(controls: Controls) -> Ground:
    if controls.alive:
        return Ground.ALIVE
    if controls.dead:
        return Ground.DEAD
    if controls.nodata:
        return Ground.NODATA
    return Ground.DISAGREE if controls.disagree else Ground.MISSING
