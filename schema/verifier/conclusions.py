"""Steps 7.1 to 8.3: what the bundle concludes, held against what follows from what was checked before; plan by plan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from schema.bundle.capture import FILE_HEADER, packets
from schema.bundle.parts import Days, TimelineRow, read_timeline_row
from schema.bundle.tables import head_row, table_row
from schema.codec import encode
from schema.errors import UnavailableError
from schema.timeline import DayCounts, timeline_row
from schema.timing import day_of_round
from schema.verdict import Verdict, read_verdict
from schema.verifier.case import RefusedError
from schema.verifier.derived import Expected
from schema.verifier.replay import Said
from schema.verifier.steps import Result

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from schema.bundle.parts import RoundTimes
    from schema.record import Record
    from schema.verifier.case import Case, PeriodPlan

_TOLD: Final = Said.__struct_fields__


class Conclusions:
    """Reads the files of `derived/` beside the plans; each method is one step for one plan, or its end over all.

    Raises (every method): FormatError, EvidenceError: the file says otherwise than what follows.
    """

    def __init__(self, case: Case) -> None:
        """Begin before the first plan."""
        self._case = case
        self._rounds = Expected(case, "derived/rounds.jsonl")
        self._timeline = Expected(case, "derived/timeline.jsonl")
        self._verdicts = Expected(case, "derived/verdicts.jsonl")
        self._capture = Expected(case, "derived/traffic.pcap")
        self._table = Expected(case, "derived/timeline.csv")
        self._ahead: tuple[bytes, Verdict] | None = None
        self._days = DayCounts(case.bundle.query, {pair for one in case.plans for pair in one.pairs})
        self._numbers = {probe: number for number, probe in enumerate(case.enrolments)}
        self._begun = False

    def times(self, found: Sequence[RoundTimes]) -> None:
        """7.1 The rounds' times follow from the logs and the tokens: *found* are one plan's, by probe."""
        for one in found:
            self._rounds.take(encode(one) + b"\n")

    def verdicts(self, one: PeriodPlan) -> list[tuple[bytes, Verdict]]:
        """7.2 The shipped verdicts on a plan with their lines, as they stand."""
        found = []
        while (ahead := self._ahead or self._next_verdict()) is not None:
            self._ahead = ahead
            if ahead[1].plan != one.id:
                break
            found.append(ahead)
            self._ahead = None
        return found

    def timeline(
        self, one: PeriodPlan, shipped: Sequence[tuple[bytes, Verdict]], times: Sequence[RoundTimes]
    ) -> list[TimelineRow]:
        """7.2 Each plan, resolver and name has its row in the timeline, and the day it counts for."""
        days: Mapping[str, date | None] = {at.probe: day_of_round(at) for at in times}
        late = self._case.times.is_late(one.id, one.plan)
        said: dict[tuple[str, str], list[Verdict]] = {}
        for _, verdict in shipped:
            said.setdefault((verdict.resolver, verdict.name), []).append(verdict)
        rows = []
        for pair in one.pairs:
            line = self._timeline.line()
            if line is None:
                raise RefusedError(f"the timeline has no row of plan {one.plan.number} on {pair[0]} and {pair[1]}")
            row = read_timeline_row(line)
            if (row.plan, row.number, row.at, row.resolver, row.name) != (
                one.id,
                one.plan.number,
                one.plan.starts_at,
                *pair,
            ):
                raise RefusedError(
                    f"the timeline has another row where {pair[0]} and {pair[1]} in plan {one.plan.number} belong"
                )
            follows = timeline_row(_told(row), one.plan, one.policy, late=late, verdicts=said.get(pair, ()), days=days)
            if encode(follows) != line:
                raise RefusedError(
                    f"plan {one.plan.number}, {pair[0]}, {pair[1]}: {row.timed} networks and the day {row.day} stand there, "
                    f"{follows.timed} and {follows.day} follow"
                )
            rows.append(row)
            self._days.add(row)
        return rows

    def replayed(
        self,
        one: PeriodPlan,
        shipped: Sequence[tuple[bytes, Verdict]],
        rounds: Mapping[str, Sequence[tuple[bytes, Record]]],
    ) -> tuple[Said, ...]:
        """8.1 The rules, replayed on the recorded bytes, give the verdicts; what the verdicts come to, for 8.2."""
        if self._case.replay is None:
            raise RefusedError(
                "the rules are not installed here: install ottempera[collector]", result=Result.UNDECIDED
            )
        try:
            result = self._case.replay(one.id, one.plan, one.policy, pairs=one.pairs, rounds=rounds)
        except UnavailableError as error:
            raise RefusedError(str(error), result=Result.UNDECIDED) from error
        except (ArithmeticError, LookupError, ValueError) as error:  # a prefix that is none, and whatever else it holds
            raise RefusedError(f"plan {one.plan.number}: its policy cannot be applied: {error}") from error
        lines = [encode(verdict) for verdict in result.verdicts]
        if lines != [line for line, _ in shipped]:
            wrong = next(
                (at for at, line in enumerate(lines) if at >= len(shipped) or shipped[at][0] != line), len(lines)
            )
            about = result.verdicts[wrong] if wrong < len(lines) else shipped[wrong][1]
            raise RefusedError(
                f"plan {one.plan.number}, {about.probe}, {about.resolver}, {about.name}: the rules give another verdict"
            )
        return result.samples

    def folded(self, rows: Sequence[TimelineRow], samples: Sequence[Said]) -> None:
        """8.2 The verdicts, folded, give the timeline."""
        for row, said in zip(rows, samples, strict=False):
            if encode(_told(row)) != encode(said):
                raise RefusedError(
                    f"plan {row.number}, {row.resolver}, {row.name}: the verdicts come to something else"
                )
        if len(rows) != len(samples):
            raise RefusedError("the verdicts give another number of rows")

    def capture(self, rounds: Mapping[str, Sequence[tuple[bytes, Record]]], rows: Sequence[TimelineRow]) -> None:
        """8.3 The capture and the tables for people follow from the records; *rounds* and *rows* are one plan's."""
        self._begin()
        for probe in sorted(rounds):
            vantage = self._numbers[probe]
            self._capture.take(b"".join(one for _, record in rounds[probe] for one in packets(record, vantage)))
        for row in rows:
            self._table.take(table_row(row))

    def end_of_rounds(self) -> None:
        """7.1 No further times stand there."""
        self._rounds.end()

    def end_of_timeline(self) -> None:
        """7.2 No further rows stand there."""
        self._timeline.end()

    def days(self) -> None:
        """7.3 The days follow from the timeline."""
        table = Expected(self._case, "derived/days.jsonl")
        for day in self._days.rows():
            table.take(encode(day) + b"\n")
        table.end()

    def end_of_verdicts(self) -> None:
        """8.1 No further verdicts stand there."""
        if self._ahead is not None:
            raise RefusedError(f"a verdict stands where none follows: plan {self._ahead[1].plan}")
        self._verdicts.end()

    def tables(self) -> None:
        """8.3 Nothing else stands in the capture and the tables; the days as a table are those of 7.3."""
        self._begin()
        self._capture.end()
        self._table.end()
        table = Expected(self._case, "derived/days.csv")
        table.take(head_row(Days))
        for day in self._days.rows():
            table.take(table_row(day))
        table.end()

    def _begin(self) -> None:
        if not self._begun:
            self._capture.take(FILE_HEADER)
            self._table.take(head_row(TimelineRow))
            self._begun = True

    def _next_verdict(self) -> tuple[bytes, Verdict] | None:
        line = self._verdicts.line()
        return None if line is None else (line, read_verdict(line))


def _told(row: TimelineRow) -> Said:
    return Said(*(getattr(row, name) for name in _TOLD))
