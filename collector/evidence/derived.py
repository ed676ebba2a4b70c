"""The files of a bundle that follow from the rest, written as its plans go by: what there is of them waits on disk."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO, Final

from schema.bundle.capture import FILE_HEADER, packets
from schema.bundle.parts import Days, TimelineRow
from schema.bundle.tables import head_row, table_row
from schema.codec import encode
from schema.timeline import DayCounts, timeline_row
from schema.timing import day_of_round

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from schema.bundle.parts import Query, RoundTimes
    from schema.plan import Plan
    from schema.policy import Policy
    from schema.record import Record
    from schema.timing import Times
    from schema.verdict import Verdict
    from schema.verifier.replay import Said

_CHUNK: Final = 1 << 20
_STARTS: Final = {
    "derived/rounds.jsonl": b"",
    "derived/timeline.csv": head_row(TimelineRow),
    "derived/timeline.jsonl": b"",
    "derived/traffic.pcap": FILE_HEADER,
    "derived/verdicts.jsonl": b"",
}


class Derived:
    """Takes plan after plan, and of each its rounds by probe."""

    def __init__(
        self, query: Query, times: Times, vantages: Mapping[str, int], scratch: Callable[[], BinaryIO]
    ) -> None:
        """Answer *query*; *vantages* numbers the probes, from 0, in the order of enrolment."""
        self._query = query
        self._times = times
        self._vantages = vantages
        self._files = {name: scratch() for name in _STARTS}
        self._rows: list[TimelineRow] = []
        for name, start in _STARTS.items():
            self._files[name].write(start)

    def records(self, probe: str, records: Iterable[tuple[bytes, Record]]) -> None:
        """Draw the packets of a round."""
        write = self._files["derived/traffic.pcap"].write
        for _, record in records:
            for packet in packets(record, self._vantages[probe]):
                write(packet)

    def plan(
        self,
        plan_id: str,
        plan: Plan,
        policy: Policy,
        *,
        verdicts: Sequence[Verdict],
        samples: Iterable[Said],
        rounds: Sequence[RoundTimes],
    ) -> None:
        """Take what follows from a plan; *verdicts* and *rounds* by probe."""
        self._lines("verdicts", verdicts)
        self._lines("rounds", rounds)
        days = {one.probe: day_of_round(one) for one in rounds}
        late = self._times.is_late(plan_id, plan)
        by_pair: dict[tuple[str, str], list[Verdict]] = {}
        for verdict in verdicts:
            by_pair.setdefault((verdict.resolver, verdict.name), []).append(verdict)
        for said in samples:
            said_by = by_pair.get((said.resolver, said.name), ())
            row = timeline_row(said, plan, policy, late=late, verdicts=said_by, days=days)
            self._lines("timeline", [row])
            self._files["derived/timeline.csv"].write(table_row(row))
            self._rows.append(row)

    def days(self) -> list[Days]:
        """What the days came to."""
        counts = DayCounts(self._query, {(row.resolver, row.name) for row in self._rows})
        for row in self._rows:
            counts.add(row)
        return list(counts.rows())

    def files(self) -> Iterator[tuple[str, Iterable[bytes]]]:
        """Every file with its bytes, piece by piece."""
        days = self.days()
        yield "derived/days.csv", [head_row(Days), *map(table_row, days)]
        yield "derived/days.jsonl", [encode(row) + b"\n" for row in days]
        for name, file in self._files.items():
            file.seek(0)
            yield name, iter(lambda file=file: file.read(_CHUNK), b"")  # type: ignore[misc]  # a default binds the file
            file.close()

    def _lines(self, name: str, values: Iterable[object]) -> None:
        write = self._files[f"derived/{name}.jsonl"].write
        for value in values:
            write(encode(value) + b"\n")
