"""Bundles whose rounds are wrong (steps 6.1 to 6.5)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

from msgspec import structs

from schema.bundle.parts import read_round_line
from schema.codec import encode
from schema.record import CloseLine, GapRange, read_record
from schema.words import Gap
from tests.evidence.cases.case import Made, bad, case
from tests.evidence.cases.good import made
from tests.evidence.cases.logs import LONE
from tests.evidence.forge.answers import obeys, wire
from tests.evidence.forge.authority import due, tre
from tests.evidence.forge.cast import OTHER
from tests.evidence.forge.export import Export, query
from tests.evidence.forge.house import House, read_close
from tests.evidence.forge.stories import DAY, FIRST, MINUTE, announce, finish, founded, lean
from tests.evidence.forge.tamper import edit_line, fields

if TYPE_CHECKING:
    from datetime import datetime

    from tests.evidence.forge.answers import Hears
    from tests.evidence.forge.draft import Draft
    from tests.evidence.forge.house import Measured, Published

from tests.evidence.cases.shared import ROUND, lone_house


@bad("round-missing", "6.1", "A round that a probe closed is not in the bundle.")
def _no_round(house: House, draft: Draft) -> None:
    del draft.files[ROUND]


@bad("round-that-nobody-closed", "6.2", "A round of a probe that did not close it, or is not enrolled.")
def _extra_round(house: House, draft: Draft) -> None:
    draft.files["rounds/0000000001/xx-99.jsonl"] = draft.files[ROUND]


def headed(name: str, step: str, why: str, /, **changes: object) -> None:
    """A case in which the first line of a round's file says something else."""

    @bad(name, step, why)
    def _(house: House, draft: Draft) -> None:
        def change(line: bytes) -> bytes:
            found = read_round_line(line)
            return encode(structs.replace(found, round=structs.replace(found.round, **changes)))

        edit_line(draft, ROUND, 0, change)


headed("round-of-another-leaf", "6.1", "The round's file names a line of the probe's log that is no close.", leaf=1)
headed("round-of-a-leaf-that-is-not", "6.1", "The round's file names a line past the end of the probe's log.", leaf=99)
headed("round-of-another-chain", "6.1", "The round's file names a chain that the probe does not have.", chain="ab" * 16)
headed("round-of-another-probe", "6.1", "The round's file names another probe than its own name does.", probe="mi-01")
headed("round-of-another-plan", "6.1", "The round's file names another plan.", plan="ab" * 32)
headed("round-of-another-number", "6.1", "The round's file names another number.", number=2)
headed(
    "chosen-cell-left-out",
    "6.2",
    "A cell that bears on the question is not among the chosen, though its record stands there.",
    chosen=(0, 2, 3, 8, 9),
)
headed("proof-empty", "6.4", "The range proof is missing.", proof=())
headed("proof-of-other-hashes", "6.4", "The range proof is another.", proof=("ab" * 32,))


@case(
    "close-of-the-second-chain",
    "6.1",
    "The same close stands in two chains and the file names the one that came later.",
)
def _second() -> Made:
    house = founded(house=lone_house())
    announce(house, FIRST, at=FIRST - 90 * MINUTE)
    house.measure(house.plans[1], "rm-01")
    first, probe = house.rounds[-1], house.probes["rm-01"]
    house.deliver()
    probe.begin(FIRST + 5 * MINUTE)
    leaf = probe.close(first.close)
    house.deliver()
    house.rounds = [replace(first, chain=probe.chain, leaf=leaf)]
    house.seal()
    house.stamp(FIRST + 6 * MINUTE)
    finish(house)
    return made(house)


@bad(
    "record-cut-out",
    "6.3",
    "A cell is among the chosen, was asked, and its record is not there.",
)
def _cut(house: House, draft: Draft) -> None:
    draft.put_lines(ROUND, [line for place, line in enumerate(draft.lines(ROUND)) if place != 2])


def chosen_without(draft: Draft, house: House, *cells: int) -> None:
    """A round without some cells, and with the range proof that goes with the rest."""
    for name, data in Export(house, query(house, DAY), without=cells).run().files.items():
        if name.startswith("rounds/"):
            draft.files[name] = data


@bad("cell-left-out", "6.3", "A cell that bears on the question is left out; the range proof fits the rest.")
def _left_out(house: House, draft: Draft) -> None:
    chosen_without(draft, house, 0)


@bad("record-twice", "6.2", "A record stands twice.")
def _doubled(house: House, draft: Draft) -> None:
    lines = draft.lines(ROUND)
    draft.put_lines(ROUND, [*lines[:2], *lines[1:]])


@bad("records-out-of-order", "6.2", "Two records changed places.")
def _unordered(house: House, draft: Draft) -> None:
    head, first, second, *rest = draft.lines(ROUND)
    draft.put_lines(ROUND, [head, second, first, *rest])


def recorded(name: str, step: str, why: str, /, **changes: object) -> None:
    """A case in which one record has another field."""

    @bad(name, step, why)
    def _(house: House, draft: Draft) -> None:
        edit_line(draft, ROUND, 1, fields(read_record, **changes))


recorded("record-of-another-cell", "6.2", "A record says another number.", cell=1)
recorded("record-of-another-probe", "6.2", "A record is another probe's.", probe="mi-01")
recorded("record-of-another-plan", "6.2", "A record is of another plan.", plan="ab" * 32)
recorded(
    "record-of-another-resolver", "6.2", "A record is of another resolver than the plan asks there.", resolver="beta"
)
recorded("record-of-another-name", "6.2", "A record is of another name than the plan asks for.", name=OTHER)
recorded(
    "record-of-another-endpoint",
    "6.2",
    "A record is of another endpoint.",
    endpoint="tls:203.0.113.9:853#dns.alfa.test",
)
recorded("record-of-another-time", "6.4", "A record's time was moved by a second.", at=FIRST + timedelta(seconds=2))
recorded("gap-invented", "6.4", "A record was replaced by a gap.", gap=Gap.QUOTA, answers=(), query=b"", tls=None)


@bad("answer-replaced", "6.4", "A record has another answer.")
def _answer(house: House, draft: Draft) -> None:
    def change(line: bytes) -> bytes:
        record = read_record(line)
        answer = structs.replace(record.answers[0], wire=wire(record.query, "198.51.100.7"))
        return encode(structs.replace(record, answers=(answer,)))

    edit_line(draft, ROUND, 1, change)


@bad("answer-dropped", "6.4", "Of a record the answer was taken away.")
def _unanswered(house: House, draft: Draft) -> None:
    edit_line(draft, ROUND, 1, lambda line: encode(structs.replace(read_record(line), answers=())))


@bad("record-is-no-json", "6.2", "A record's line is cut.")
def _json(house: House, draft: Draft) -> None:
    edit_line(draft, ROUND, 1, lambda line: line[:-1])


class _Closer(House):
    """Whose probes close otherwise than they measured."""

    def close(self, line: bytes) -> bytes:
        """The close that is written."""
        return line

    def measure(self, published: Published, probe: str, hears: Hears = obeys, at: datetime | None = None) -> Measured:
        who = self.probes[probe]
        honest = who.close
        who.close = lambda line: honest(self.close(line))  # type: ignore[method-assign]  # this one lies
        try:
            return super().measure(published, probe, hears, at)
        finally:
            who.close = honest  # type: ignore[method-assign]  # the lie is over


def closed(name: str, step: str, why: str, /, **changes: object) -> None:
    """A case in which a probe's close says something else than it measured."""

    class Closer(_Closer):
        def close(self, line: bytes) -> bytes:
            return encode(CloseLine(1, structs.replace(read_close(line), **changes)))

    @case(name, step, why)
    def _() -> Made:
        return made(lean(house=Closer(LONE, [due(), tre()])))


closed("close-of-too-few-cells", "6.4", "The close counts fewer cells than apply.", cells=3)
closed("close-of-too-many-observed", "6.4", "The close counts more records than there are.", observed=400)
closed("close-with-another-root", "6.4", "The close's root is over something else.", root="ab" * 32)
closed(
    "gap-and-record", "6.2", "A cell has a record and lies in a gap of the close.", gaps=(GapRange(0, 0, Gap.BREAKER),)
)
closed(
    "gap-outside-the-plan",
    "6.4",
    "The close has a gap of cells that do not exist, and counts them.",
    gaps=(GapRange(400, 500, Gap.BREAKER),),
    cells=112,
)


@bad("certificate-missing", "6.5", "A certificate that a record names is not there.")
def _no_certificate(house: House, draft: Draft) -> None:
    del draft.files[draft.names("certificates/")[0]]


@bad("certificate-swapped", "6.5", "Under the name of a certificate stands another.")
def _certificate(house: House, draft: Draft) -> None:
    draft.files[draft.names("certificates/")[0]] = tre().certificate


@bad("certificate-too-many", "6.5", "A certificate that no record names.")
def _extra_certificate(house: House, draft: Draft) -> None:
    draft.files[f"certificates/{sha256(tre().certificate).hexdigest()}.der"] = tre().certificate
