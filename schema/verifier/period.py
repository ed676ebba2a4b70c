"""Steps 6.1 to 9.1 in one walk over the plans of the period: no round is read twice, none is held longer than its plan.

Each step is to be taken over everything before the next. Here a round goes through all of them at once; what counts in the
end is the lowest step that any round refused, which is the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, ParamSpec, TypeVar

from schema.cells import designated
from schema.entry import PlanPublished
from schema.errors import OttemperaError
from schema.timing import microseconds
from schema.verifier.case import Absence, RefusedError
from schema.verifier.conclusions import Conclusions
from schema.verifier.rounds import (
    certificates_of,
    check_chosen,
    check_root,
    open_round,
    places,
    read_records,
    round_name,
)
from schema.verifier.steps import STEPS, Result

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from schema.bundle.parts import RoundTimes
    from schema.plan import PlanVantage
    from schema.record import Record
    from schema.verifier.case import Case, PeriodPlan
    from schema.verifier.rounds import Places

P = ParamSpec("P")
T = TypeVar("T")
_ORDER: Final = {step.id: place for place, step in enumerate(STEPS)}


class Refusals:
    """Keeps the refusal of the lowest step; of one step, the first."""

    def __init__(self) -> None:
        """Start with none."""
        self.lowest: RefusedError | None = None

    def take(self, identifier: str, step: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | None:
        """What *step* gives for some part of the bundle; none where it does not hold, or is not reached any more."""
        if not self.reaches(identifier):
            return None
        try:
            return step(*args, **kwargs)
        except OttemperaError as error:
            result = error.result if isinstance(error, RefusedError) else None
            self.lowest = RefusedError(str(error), step=identifier, result=result)
            return None

    def reaches(self, identifier: str) -> bool:
        """Whether step *identifier* would be taken: no lower one, nor itself, was refused."""
        return self.lowest is None or _ORDER[identifier] < _ORDER[self.lowest.step or ""]


class Period:
    """The walk."""

    def __init__(self, case: Case) -> None:
        """Begin before the first plan."""
        self._case = case
        self._names = frozenset(case.bundle.query.names)
        self._places: dict[tuple[str, int, str, str], Places] = {}
        self._named: dict[str, frozenset[str]] = {}
        self._certificates = {
            name.removeprefix("certificates/").removesuffix(".der"): case.digests[name]
            for name in case.named("certificates")
        }
        self._used: set[str] = set()
        self._rounds: set[str] = set()
        self._places_closed: dict[tuple[str, str], tuple[str, int]] = {}
        self.refusals = Refusals()
        self._conclusions = Conclusions(case)

    def walk(self, walked: Callable[[int, int], None]) -> None:
        """Take steps 6.1 to 9.1; `refusals` says which did not hold. *walked* is told how many plans of how many are done."""
        for done, one in enumerate(self._case.plans):
            walked(done, len(self._case.plans))
            self._plan(one)
        held = {entry.plan for entry in self._case.entries if isinstance(entry, PlanPublished)}
        if strange := sum(plan not in held for plan, _ in self._case.closes):
            # No step refuses them, or one probe could spoil every bundle; a log that leaves plans out shows here.
            self._case.count("closes of plans that the log does not hold", strange)
        take, conclusions = self.refusals.take, self._conclusions
        take("6.2", self._no_other_rounds)
        take("6.5", self._no_other_certificates)
        take("7.1", conclusions.end_of_rounds)
        take("7.2", conclusions.end_of_timeline)
        take("7.3", conclusions.days)
        take("8.1", conclusions.end_of_verdicts)
        take("8.3", conclusions.tables)
        take("9.1", self._nobody_absent)

    def _plan(self, one: PeriodPlan) -> None:
        take, conclusions = self.refusals.take, self._conclusions
        rounds: dict[str, Sequence[tuple[bytes, Record]]] = {}
        times: list[RoundTimes] = []
        for vantage in sorted(one.plan.vantages, key=lambda vantage: vantage.id):
            records = self._round(one, vantage)
            if records is None:
                continue
            rounds[vantage.id] = records
            at = take("7.1", self._times, one, vantage.id)
            if at is not None:
                times.append(at)
        take("7.1", conclusions.times, times)
        shipped = take("7.2", conclusions.verdicts, one) or []
        rows = take("7.2", conclusions.timeline, one, shipped, times) or []
        samples = take("8.1", conclusions.replayed, one, shipped, rounds)
        take("8.2", conclusions.folded, rows, samples or ())
        take("8.3", conclusions.capture, rounds, rows)
        for at in times:
            take("8.4", self._root_zone, at, rounds[at.probe])

    def _round(self, one: PeriodPlan, vantage: PlanVantage) -> Sequence[tuple[bytes, Record]] | None:
        """The chosen records of a round; none if there is no such round, or a step refused it."""
        case, take, probe = self._case, self.refusals.take, vantage.id
        own = self._own(one, vantage)
        closed = case.closes.get((one.id, probe))
        place = case.times.first(probe, closed.places) if closed else None
        if closed is None or place is None:
            if own.wanted:
                why = [(one.id, probe) in rounds for rounds in (case.disputed, case.unfulfilled)]
                case.absences.append(Absence(one.plan.number, one.plan.starts_at, probe, *why))
            return None
        self._rounds.add(round_name(one.plan.number, probe))
        self._places_closed[one.id, probe] = place
        found = take("6.1", open_round, case, one, probe, place)
        records = None if found is None else take("6.2", read_records, one, found, closed.close, own)
        if found is None or records is None:
            return None
        gaps = take("6.3", check_chosen, found, closed.close, own, records)
        if gaps is None:
            return None
        take("6.4", check_root, found, closed.close, own, records, gaps)
        take("6.5", self._certified, found.name, records)
        case.count("rounds")
        case.count("records", len(records))
        case.count("gaps", len(gaps) + sum(record.gap is not None for _, record in records))
        return records

    def _times(self, one: PeriodPlan, probe: str) -> RoundTimes:
        """7.1 Between which times a round was closed."""
        place = self._places_closed.pop((one.id, probe))
        return self._case.times.round_times(one.plan, probe, place, self._case.logs[probe, place[0]].seen)

    def _certified(self, name: str, records: Sequence[tuple[bytes, Record]]) -> None:
        """6.5 Each certificate that a record names is in the bundle."""
        named = certificates_of(records)
        self._used |= named
        for digest in sorted(named):
            if self._certificates.get(digest) != digest:
                raise RefusedError(f"{name}: certificates/{digest}.der is not in the bundle")

    def _no_other_rounds(self) -> None:
        """6.2 No file of a round that nobody closed, or of another period."""
        if extra := set(self._case.named("rounds")) - self._rounds:
            raise RefusedError(f"{min(extra)} is no closed round of the period")

    def _no_other_certificates(self) -> None:
        """6.5 No certificate that no record names."""
        if extra := self._certificates.keys() - self._used:
            raise RefusedError(f"certificates/{min(extra)}.der is named by no record")

    def _nobody_absent(self) -> None:
        """9.1 No enrolled vantage is absent."""
        if absences := self._case.absences:
            raise RefusedError(
                f"{len(absences)} rounds are absent, the first is {absences[0].probe}'s of plan {absences[0].number}"
            )

    def _own(self, one: PeriodPlan, vantage: PlanVantage) -> Places:
        """Worked out once for each question set and kind of vantage: those whom no question names are of a kind."""
        questions = one.plan.questions
        if questions not in self._named:
            self._named[questions] = designated(one.cells)
        named = vantage.id if vantage.id in self._named[questions] else ""
        key = questions, vantage.asn, vantage.country, named
        if key not in self._places:
            self._places[key] = places(one.cells, vantage, self._names)
        return self._places[key]

    def _root_zone(self, at: RoundTimes, records: Sequence[tuple[bytes, Record]]) -> None:
        """8.4 No signed root-zone answer is younger than its round."""
        case = self._case
        wires = [answer.wire for _, record in records if record.name == "." for answer in record.answers]
        if not wires or not case.trust.root_keys:
            return
        try:
            from schema.rootzone import signed_since  # noqa: PLC0415 - needs `cryptography`, which may not be installed
        except ImportError as error:
            detail = f"the root zone's signatures cannot be checked here: {error}; install ottempera[verify]"
            raise RefusedError(detail, result=Result.UNDECIDED) from error
        since = signed_since(wires, case.trust.root_keys)
        if since is None:
            return
        if at.not_after is not None and microseconds(since) > microseconds(at.not_after):
            raise RefusedError(
                f"round {at.number} of {at.probe} holds an answer that the root zone signed at {since.isoformat()}, "
                f"after {at.not_after.isoformat()}"
            )
        case.count("root zone signatures")
        if case.root_zone_since is None or since > case.root_zone_since:
            case.root_zone_since = since
