"""One probe's execution of one plan, judged."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from collector.judge.board import Board
from collector.judge.measures import measures_of
from collector.judge.setting import Memory

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schema.policy import Policy
    from schema.record import Record
    from schema.registry import Vantage, World
    from schema.verdict import Interception, MeasureFacts, NameFacts, Verdict


class Judged(NamedTuple):
    """All that follows from one round."""

    verdicts: list[Verdict]  # one per resolver and name that is a target, sorted by both
    interceptions: list[Interception]  # sorted by resolver and endpoint
    names: list[NameFacts]  # one per name that is a target or asked of controls, sorted
    measures: Sequence[MeasureFacts] = ()  # what sites were asked over HTTPS, by cell; no verdict looks at it


def judge_whole(
    records: Sequence[tuple[bytes, Record]],
    world: World,
    policy: Policy,
    *,
    vantage: Vantage | None = None,
    memory: Memory | None = None,
) -> Judged:
    """Everything that follows from the records of one (plan, probe); arguments and errors as of `judge_round`."""
    board = _board(records, world, policy, vantage, memory)
    if board is None:
        return Judged([], [], [])
    return Judged(list(board.verdicts()), board.interceptions(), board.names(), measures_of(records))


def judge_round(
    records: Sequence[tuple[bytes, Record]],
    world: World,
    policy: Policy,
    *,
    vantage: Vantage | None = None,
    memory: Memory | None = None,
) -> list[Verdict]:
    """The verdicts of one (plan, probe), one per resolver and name that is a target, sorted by both.

    *records* are lines with what they hold; *vantage* says where the probe stands, by default what *world* says of it.
    A *memory* of other rounds saves time and changes nothing.

    Raises:
        FormatError: a record's endpoint is none.
    """
    board = _board(records, world, policy, vantage, memory)
    return list(board.verdicts()) if board is not None else []


def _board(
    records: Sequence[tuple[bytes, Record]],
    world: World,
    policy: Policy,
    vantage: Vantage | None,
    memory: Memory | None,
) -> Board | None:
    """The round laid out; None where there is none."""
    if not records:
        return None
    probe = records[0][1].probe
    if vantage is None:
        vantage = next((one for one in world.vantages if one.id == probe), None)
    return Board(records, (memory or Memory()).setting(world, policy, vantage.asn if vantage is not None else 0))
