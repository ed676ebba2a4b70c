"""Verdicts from a probe's lines alone: what `ottempera judge` does, without files or output."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from collector.judge.round import judge_round
from collector.judge.setting import Memory
from schema.codec import Wire, encode, reader
from schema.endpoint import parse_endpoint
from schema.errors import FormatError
from schema.record import Line, Record, read_line, read_record
from schema.words import Gap, Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from schema.policy import Policy
    from schema.registry import World
    from schema.verdict import Verdict


class _GapLine(Wire, frozen=True):
    """The canonical line of a cell that was not asked (`schema.record.gap_line`)."""

    v: int
    plan: str
    cell: int
    probe: str
    gap: Gap


_read_gap = reader(_GapLine, "gap line")
_read_table = reader(dict[str, Any], "line")
_NOT_JUDGED: Final = frozenset({"batch", "cert", "close", "chain"})
_NEVER: Final = "1970-01-01T00:00:00Z"


def judge_lines(lines: Iterable[bytes], world: World, policy: Policy) -> Iterator[Verdict]:
    """Judge each (plan, probe) of *lines*, as `rounds` gives them; all lines are read before the first.

    Raises:
        FormatError: a line that is none, with its number from 1.
    """
    memory = Memory()
    for records in rounds(lines):
        yield from judge_round(records, world, policy, memory=memory)


def rounds(lines: Iterable[bytes]) -> list[list[tuple[bytes, Record]]]:
    """The records of each (plan, probe) of *lines*, in the order in which they first appear.

    Headers, certificates, closes and gap lines hold nothing to judge; empty lines are passed over.

    Raises:
        FormatError: a line that is none, with its number from 1.
    """
    found: dict[tuple[str, str], list[tuple[bytes, Record]]] = {}
    for number, raw in enumerate(lines, 1):
        line = raw.removesuffix(b"\n").removesuffix(b"\r")
        if not line.strip():
            continue
        try:
            record = _record(line)
        except FormatError as error:
            raise FormatError(f"line {number}: {error}", remedy=error.remedy) from error
        if record is not None:
            found.setdefault((record.plan, record.probe), []).append((line, record))
    return list(found.values())


def _record(line: bytes) -> Record | None:
    found: Line | None
    try:
        found = read_line(line)
    except FormatError:
        try:
            _read_gap(line)
        except FormatError:
            pass
        else:
            return None
        found = _by_others(line)
    if not isinstance(found, Record):
        return None
    parse_endpoint(found.endpoint)
    return found


def _by_others(line: bytes) -> Record | None:
    """A line as another program may write it: every field spelt out, nulls included, no time where nothing was asked.

    What is judged is the same; the digest of a witness is of the line's own bytes. A collector admits no such line.

    Raises:
        FormatError: still no line.
    """
    table = _read_table(line)
    if "cell" not in table and table.keys() & _NOT_JUDGED:
        return None
    try:
        spoken = {key: value for key, value in _spoken(table).items() if value != []}
        spoken.setdefault("role", Role.TARGET)
        if "gap" in spoken:
            spoken.setdefault("at", _NEVER)
        return read_record(encode(spoken))
    except RecursionError as error:
        raise FormatError("line: nested too deeply", remedy="Give lines as a probe writes them.") from error


def _spoken(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """*value* without what is null in it."""
    if isinstance(value, dict):
        return {key: _spoken(inner) for key, inner in value.items() if inner is not None}
    return [_spoken(inner) for inner in value] if isinstance(value, list) else value
