"""Bundles whose plans, probes' logs or rounds are wrong (steps 4.1 to 6.5)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from msgspec import structs

from probe.observe import close_line
from schema.bundle.parts import read_bundle, read_round_line
from schema.cells import applicable
from schema.codec import encode
from schema.dsse import PLAN
from schema.entry import Equivocation
from schema.log import leaf_hash
from schema.note import Checkpoint
from schema.plan import PlanVantage, read_plan
from schema.record import CloseLine, GapRange, read_record
from schema.words import Gap
from tests.evidence.cases.case import Made, bad, case
from tests.evidence.cases.good import made
from tests.evidence.cases.logs import LONE
from tests.evidence.forge.answers import obeys, resolves, wire
from tests.evidence.forge.authority import due, tre
from tests.evidence.forge.cast import MILAN, NAME, OTHER, SECOND, few_questions, policy
from tests.evidence.forge.export import Export, query
from tests.evidence.forge.house import House, read_close
from tests.evidence.forge.keys import Keys
from tests.evidence.forge.stories import DAY, FIRST, MINUTE, announce, bundle, finish, founded, lean, play
from tests.evidence.forge.tamper import edit, edit_line, entry_with, fields

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from schema.cells import Cell
    from schema.plan import Plan
    from schema.registry import Vantage
    from tests.evidence.forge.answers import Hears, Said
    from tests.evidence.forge.draft import Draft
    from tests.evidence.forge.house import Measured, Published
    from tests.evidence.forge.probe import Probe

PLAN_FILE: Final = "plans/0000000001.json"
ROUND: Final = "rounds/0000000001/rm-01.jsonl"


def lone_house() -> House:
    """A house of one probe that has not begun."""
    return House(LONE, [due(), tre()])


def asking(draft: Draft, **changes: object) -> None:
    """Change the question."""
    asked = read_bundle(draft.files["bundle.json"])
    query_ = structs.replace(asked.query, **changes)
    draft.files["bundle.json"] = encode(structs.replace(asked, query=query_)) + b"\n"


# plans


@bad("plan-missing", "4.1", "A plan of the period is not in the bundle.")
def _no_plan(house: House, draft: Draft) -> None:
    del draft.files[PLAN_FILE]


@case("a-plan-of-two-missing", "4.1", "Of two plans of the period one was left out, with its round and its rows.")
def _one_plan() -> Made:
    house = founded(house=lone_house())
    announce(house, FIRST, FIRST + 10 * MINUTE, at=FIRST - 90 * MINUTE)
    play(house, 1)
    play(house, 2, resolves)
    finish(house)
    honest = house.plans.pop(2)
    draft = bundle(house)
    house.plans[2] = honest
    return Made(draft.pack(), house.trust())


@bad("no-plan-in-the-period", "4.1", "The question is about days on which nothing was planned.")
def _no_plans(house: House, draft: Draft) -> None:
    asking(draft, first_day=DAY + timedelta(days=9), last_day=DAY + timedelta(days=9))


@bad("period-widened", "7.3", "The question is about more days than the tables tell of.")
def _wider(house: House, draft: Draft) -> None:
    asking(draft, last_day=DAY + timedelta(days=1))


@bad("plan-of-another-period", "4.2", "A plan of the log that is not of the period.")
def _other_plan(house: House, draft: Draft) -> None:
    draft.files["plans/0000000002.json"] = draft.files[PLAN_FILE]


@bad("plan-changed", "4.2", "A plan is another than the log has.")
def _plan(house: House, draft: Draft) -> None:
    edit(draft, PLAN_FILE, fields(read_plan, window_s=600.0))


def published(name: str, step: str, why: str) -> Callable[[Callable[[House, Plan], Plan | None]], None]:
    """Enter a function that changes a plan before it is published, as a case."""

    def enter(change: Callable[[House, Plan], Plan | None]) -> None:
        class Publisher(House):
            def publish_plan(self, plan: Plan) -> Published:
                return super().publish_plan(change(self, plan) or plan)

        @case(name, step, why)
        def _() -> Made:
            return made(lean(house=Publisher(LONE, [due(), tre()])))

    return enter


@published("plan-enrols-a-stranger", "4.2", "A plan enrols a probe that was never enrolled.")
def _stranger(house: House, plan: Plan) -> Plan:
    return structs.replace(plan, vantages=(*plan.vantages, PlanVantage("xx-99", 64599, "IT", "Rete Delta")))


@published("plan-moves-a-vantage", "4.2", "A plan puts a probe on another network than its enrolment does.")
def _moved(house: House, plan: Plan) -> Plan:
    return structs.replace(plan, vantages=(structs.replace(plan.vantages[0], operator="Rete Delta", country="FR"),))


@published("questions-not-in-the-log", "4.3", "A plan names a question set that the log never had.")
def _questions(house: House, plan: Plan) -> Plan:
    kept = len(house.entries)
    digest = house.keep_questions(few_questions((NAME,)))
    house.entries = house.entries[:kept]
    _regrow(house)
    return structs.replace(plan, questions=digest)


@published("policy-not-in-the-log", "4.3", "A plan names a policy that the log never had.")
def _policy(house: House, plan: Plan) -> Plan:
    kept = len(house.entries)
    digest = house.keep_policy(policy(floor_networks=1, confirm=1))
    house.entries = house.entries[:kept]
    _regrow(house)
    return structs.replace(plan, policy=digest)


def _regrow(house: House) -> None:
    lines, house.entries = house.entries, []
    house.tree = type(house.tree)()
    for line in lines:
        house.enter_line(line)


class _Publisher(House):
    """Enters plans otherwise than they are."""

    def publish_plan(self, plan: Plan) -> Published:
        found = super().publish_plan(plan)
        line = self.change(self.entries.pop(), found.payload)
        _regrow(self)
        self.enter_line(line)
        return found

    def change(self, line: bytes, payload: bytes) -> bytes:
        """The line that is entered."""
        raise NotImplementedError


class _ForeignKey(_Publisher):
    def change(self, line: bytes, payload: bytes) -> bytes:
        return entry_with(signature=Keys("somebody else").dsse.sign(PLAN, payload))(line)


class _OtherStart(_Publisher):
    def change(self, line: bytes, payload: bytes) -> bytes:
        return entry_with(starts_at=FIRST + MINUTE)(line)


class _OtherNumber(_Publisher):
    def change(self, line: bytes, payload: bytes) -> bytes:
        return entry_with(number=7)(line)


@case("plan-signed-by-another", "4.2", "A plan's signature is by another key than the log's.")
def _foreign() -> Made:
    return made(lean(house=_ForeignKey(LONE, [due(), tre()])))


@case("plan-entered-with-another-start", "4.2", "The log says another start than the plan.")
def _start() -> Made:
    return made(lean(house=_OtherStart(LONE, [due(), tre()])))


@case(
    "plan-entered-with-another-number",
    "4.1",
    "The log says another number than the plan: the plan of that number is not there.",
)
def _number() -> Made:
    return made(lean(house=_OtherNumber(LONE, [due(), tre()])))


@bad("questions-missing", "4.3", "The question set that the plan names is not there.")
def _no_questions(house: House, draft: Draft) -> None:
    del draft.files[draft.names("questions/")[0]]


@bad("questions-changed", "4.3", "The question set is another than its name says.")
def _other_questions(house: House, draft: Draft) -> None:
    edit(draft, draft.names("questions/")[0], lambda data: data.replace(OTHER.encode(), b"quotidiano.te."))


@bad(
    "policy-changed-afterwards",
    "4.3",
    "The policy is another than its name says: one network would be enough for nobody.",
)
def _other_policy(house: House, draft: Draft) -> None:
    edit(draft, draft.names("policies/")[0], lambda data: data.replace(b'"floor_networks":1', b'"floor_networks":3'))


@bad("policy-missing", "4.3", "The policy that the plan names is not there.")
def _no_policy(house: House, draft: Draft) -> None:
    del draft.files[draft.names("policies/")[0]]


@bad("policy-too-many", "4.3", "A policy that no plan of the period names.")
def _extra_policy(house: House, draft: Draft) -> None:
    from hashlib import sha256  # noqa: PLC0415

    draft.files[f"policies/{sha256(b'{}').hexdigest()}.json"] = b"{}"


@bad("order-missing", "4.4", "The order is not in the bundle.")
def _no_order(house: House, draft: Draft) -> None:
    del draft.files[draft.names("orders/")[0]]


@bad("order-changed", "4.4", "The order is another than the log has.")
def _order(house: House, draft: Draft) -> None:
    edit(draft, draft.names("orders/")[0], lambda data: data.replace(b"Tribunale di Prova", b"Tribunale di Tutto"))


@bad("order-of-another-version", "4.4", "The question names a version of the order that the log does not have.")
def _version(house: House, draft: Draft) -> None:
    draft.files["orders/ordine-di-prova.2.json"] = draft.files.pop("orders/ordine-di-prova.1.json")
    asking(draft, version=2)


@bad("operator-not-asked", "4.4", "The question names an operator of whom the plan asks nothing.")
def _operator(house: House, draft: Draft) -> None:
    asking(draft, operators=("alfa-dns", "gamma-dns", "rete-beta"))


@bad("name-not-asked", "4.4", "The question names a name of the order of which the plan asks nothing.")
def _name(house: House, draft: Draft) -> None:
    asking(draft, names=(NAME, SECOND))


@bad("name-not-of-the-order", "4.4", "The question names a name that the order does not.")
def _foreign_name(house: House, draft: Draft) -> None:
    asking(draft, names=(NAME, OTHER))


# probes' logs


def probe_file(draft: Draft, nth: int = 0) -> str:
    """The log of a chain."""
    return draft.names("probes/")[nth]


@bad("probe-log-missing", "5.1", "The log of a probe is not in the bundle.")
def _no_log(house: House, draft: Draft) -> None:
    del draft.files[probe_file(draft)]


@bad("probe-log-cut-short", "5.1", "The last line of a probe's log is missing: a round would be gone.")
def _short(house: House, draft: Draft) -> None:
    draft.put_lines(probe_file(draft), draft.lines(probe_file(draft))[:-1])


@bad("probe-log-too-many", "5.2", "A log of a chain of which the collector's log has no head.")
def _extra_log(house: House, draft: Draft) -> None:
    draft.files[f"probes/rm-01/{'ab' * 16}.jsonl"] = draft.files[probe_file(draft)]


@bad("probe-log-too-long", "5.2", "A line stands in a probe's log after the greatest head.")
def _long(house: House, draft: Draft) -> None:
    lines = draft.lines(probe_file(draft))
    draft.put_lines(probe_file(draft), [*lines, lines[-1]])


@bad("probe-line-changed", "5.2", "A close in a probe's log is another than the head is over.")
def _line(house: House, draft: Draft) -> None:
    edit_line(draft, probe_file(draft), 2, lambda line: line.replace(b'"observed":', b'"observed":1'))


@bad("probe-lines-swapped", "5.2", "Two lines of a probe's log changed places.")
def _swap(house: House, draft: Draft) -> None:
    first, second, third = draft.lines(probe_file(draft))
    draft.put_lines(probe_file(draft), [first, third, second])


class _Probes(House):
    """In whose probes' logs something stands that should not."""

    def measure(self, published: Published, probe: str, hears: Hears = obeys, at: datetime | None = None) -> Measured:
        self.before(self.probes[probe])
        found = super().measure(published, probe, hears, at)
        self.after(self.probes[probe])
        return found

    def before(self, probe: Probe) -> None:
        """What happens before a round."""

    def after(self, probe: Probe) -> None:
        """And after it."""


def probes(name: str, step: str, why: str) -> Callable[[type[_Probes]], type[_Probes]]:
    """Enter a house as a case."""

    def enter(kind: type[_Probes]) -> type[_Probes]:
        @case(name, step, why)
        def _() -> Made:
            return made(lean(house=kind(LONE, [due(), tre()])))

        return kind

    return enter


@probes("two-begins", "5.3", "A chain begins twice.")
class _Begins(_Probes):
    def before(self, probe: Probe) -> None:
        probe.chain.append(probe.chain.lines[0])
        probe.head()


@probes("begin-of-another-chain", "5.3", "A chain's first line is that of another chain.")
class _OtherChain(_Probes):
    def enrol(self, vantage: Vantage, at: datetime) -> Probe:
        probe = super().enrol(vantage, at)
        line = probe.chain.lines[0].replace(probe.chain.id.encode(), b"ab" * 16)
        probe.chain.lines, probe.chain.tree = [], type(probe.chain.tree)()
        probe.chain.append(line)
        return probe


@probes("line-after-rotate", "5.3", "A chain goes on after its last line.")
class _Rotated(_Probes):
    def before(self, probe: Probe) -> None:
        probe.rotate(Keys("next"), FIRST)


@probes("unknown-line-in-a-probe-log", "5.3", "A line that is none of the four kinds.")
class _Unknown(_Probes):
    def before(self, probe: Probe) -> None:
        probe.chain.append(b'{"v":1,"remark":"hello"}')
        probe.head()


@probes("record-in-a-probe-log", "5.3", "A record stands as a line of the log.")
class _Recorded(_Probes):
    def before(self, probe: Probe) -> None:
        from tests.evidence.forge.answers import record  # noqa: PLC0415

        cell = self.plans[1].cells[0]
        probe.chain.append(encode(record(cell, "NXDOMAIN", plan=self.plans[1].id, probe="rm-01", at=FIRST)))
        probe.head()


@probes(
    "seen-another-history",
    "5.3",
    "The probe saw a checkpoint of this log that has other lines: the collector shows two logs.",
)
class _Fork(_Probes):
    def before(self, probe: Probe) -> None:
        other = Checkpoint(self.origin, self.newest.size, leaf_hash(b"another history"))
        probe.see(other, self.keys.note.sign(other).blob, FIRST - MINUTE)


@probes("seen-what-nobody-signed", "5.3", "The probe says that it saw a checkpoint which the log did not sign.")
class _Unsigned(_Probes):
    def before(self, probe: Probe) -> None:
        probe.see(self.newest, bytes(64), FIRST - MINUTE)


@probes("seen-backwards", "5.3", "The probe saw a smaller checkpoint after a larger one.")
class _Backwards(_Probes):
    def before(self, probe: Probe) -> None:
        smallest = self.notes[min(self.notes)]
        probe.see(smallest.checkpoint, smallest.signatures[0].blob, FIRST - MINUTE)


@bad("seen-checkpoint-missing", "5.3", "A checkpoint that a probe saw is not in the bundle.")
def _no_seen(house: House, draft: Draft) -> None:
    del draft.files["checkpoints/0000000010.note"]


@bad("checkpoint-that-nothing-names", "5.3", "A sound checkpoint of the log that neither a stamp nor a probe names.")
def _extra_note(house: House, draft: Draft) -> None:
    from schema.note import with_signatures  # noqa: PLC0415

    checkpoint = Checkpoint(house.origin, 7, house.tree.root(7))
    draft.files["checkpoints/0000000007.note"] = with_signatures(checkpoint, [house.keys.note.sign(checkpoint)])


@probes("closed-twice", "5.4", "A probe closed one round in two ways, in one chain.")
class _Twice(_Probes):
    def after(self, probe: Probe) -> None:
        probe.close(other_close(self, probe))


@probes(
    "closed-twice-in-two-chains", "5.4", "A probe closed one round in two ways, in two chains: it was copied, or lies."
)
class _TwoChains(_Probes):
    def after(self, probe: Probe) -> None:
        probe.begin(FIRST)
        probe.close(other_close(self, probe))


def other_close(house: House, probe: Probe) -> bytes:
    """Another close of plan 1: nothing was asked."""
    published_ = house.plans[1]
    vantage = published_.plan.vantage(probe.vantage.id)
    assert vantage is not None
    cells = applicable(published_.cells, vantage)
    return close_line(
        cells, {}, dict.fromkeys((c.number for c in cells), Gap.CRASHED), plan=published_.id, probe=vantage.id
    )


# rounds


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


class _Odd(House):
    """One of whose records was written otherwise by the probe itself, which signed it so."""

    odd: Callable[[bytes], bytes] = staticmethod(bytes)

    def line(self, cell: Cell, published: Published, probe: str, hears: Hears, at: datetime) -> bytes:
        line = super().line(cell, published, probe, hears, at)
        if cell.number:
            return line
        changed = type(self).odd(line)
        assert changed != line
        return changed


ODD_RECORDS: Final[dict[str, type[House]]] = {}


def odd(name: str, why: str, old: bytes, new: bytes) -> None:
    """A case of a record that means what it says in other bytes; root, head and log are over these."""
    kind = type("Odd", (_Odd,), {"odd": staticmethod(lambda line: line.replace(old, new, 1))})
    ODD_RECORDS[name] = kind

    @case(name, "6.2", why)
    def _() -> Made:
        return made(lean(house=kind(LONE, [due(), tre()])))


odd("record-with-spaces", "A record with spaces between its words.", b'"v":1,', b'"v": 1,')
odd(
    "record-with-a-field-twice",
    "A record has a field twice; programs differ in which they take.",
    b'"cell":0,',
    b'"cell":7,"cell":0,',
)
odd("record-with-nulls", "A record spells out a field that is null.", b'"role":', b'"gap":null,"role":')
odd("record-with-a-default", "A record spells out a field that has its default.", b'"role":', b'"mono_us":0,"role":')
odd(
    "record-with-fields-in-another-order",
    "A record's fields stand in another order.",
    b'"type":"A","profile":"edns"',
    b'"profile":"edns","type":"A"',
)
odd("record-with-an-escape", "A record writes a letter as an escape.", b'"film-gratis', b'"\\u0066ilm-gratis')
odd("record-with-an-exponent", "A record writes a number with an exponent.", b'"cell":0,', b'"cell":0e0,')
odd("record-with-minus-nought", "A record writes nought with a minus.", b'"cell":0,', b'"cell":-0,')
odd("record-with-an-offset", "A record writes its time with an offset.", b'01Z","role"', b'01+00:00","role"')
odd(
    "record-with-seven-digits",
    "A record writes its time with seven digits of a second.",
    b'01Z","role"',
    b'01.0000000Z","role"',
)
odd(
    "record-with-an-unknown-field", "A record has a field that does not exist.", b'"role":', b'"remark":"hello","role":'
)
odd(
    "record-with-loose-base64",
    "A record's base64 has bits that say nothing.",
    b'AAA==","answers"',
    b'AAB==","answers"',
)
odd("record-with-a-lone-surrogate", "A record's name holds half a character.", b'"film-gratis', b'"\\ud800film-gratis')
odd(
    "record-with-a-huge-number",
    "A record counts microseconds beyond 64 bits.",
    b'"us":9000,',
    b'"us":99999999999999999999,',
)
odd(
    "record-with-a-byte-order-mark",
    "A record begins with a byte order mark.",
    b'{"v":1,"plan"',
    b'\xef\xbb\xbf{"v":1,"plan"',
)


class _GapWithMore(House):
    """A gap stands as a line, with what nobody heard beside it; its leaf, of the canonical gap line, does not cover that."""

    gap_lines = True

    def line(self, cell: Cell, published: Published, probe: str, hears: Hears, at: datetime) -> bytes:
        line = super().line(cell, published, probe, hears, at)
        found = read_record(line)
        if found.gap is None:
            return line
        heard = read_record(super().line(cell, published, probe, obeys, at))
        return encode(structs.replace(heard, gap=found.gap))


@case("gap-record-with-answers", "6.2", "A cell that was not asked has answers, which no hash covers.")
def _gap_with_more() -> Made:
    def hears(vantage: Vantage, cell: Cell) -> Said:
        return Gap.BREAKER if cell.resolver == "beta" else obeys(vantage, cell)

    return made(lean(hears, house=_GapWithMore(LONE, [due(), tre()])))


class _Told(_Twice):
    """Who closed twice is told of in the log."""

    told = "rm-01"

    def deliver(self, *who: str) -> None:
        super().deliver(*who)
        self.enter(Equivocation(probe=self.told, what="close", digests=("ab" * 32, "cd" * 32), at=FIRST))


class _ToldOfAnother(_Told):
    told = "mi-01"


@case(
    "closed-twice-and-told",
    "9.1",
    "A probe closed a round in two ways and the log says so: the round counts as not closed.",
)
def _told() -> Made:
    house = lean(house=_Told(LONE, [due(), tre()]))
    house.rounds.clear()
    return made(house)


@case(
    "closed-twice-and-told-and-counted",
    "6.2",
    "A probe closed a round in two ways, the log says so, and one of the two is in the bundle.",
)
def _counted() -> Made:
    return made(lean(house=_Told(LONE, [due(), tre()])))


@case(
    "closed-twice-and-another-told", "5.4", "A probe closed a round in two ways; what the log says is of another probe."
)
def _told_of_another() -> Made:
    return made(lean(house=_ToldOfAnother(LONE.but(vantages=(*LONE.vantages, MILAN)), [due(), tre()])))


@probes("close-in-another-form", "5.3", "A close means the same as one in its one form.")
class _Spaced(_Probes):
    def enrol(self, vantage: Vantage, at: datetime) -> Probe:
        probe = super().enrol(vantage, at)
        honest = probe.close
        probe.close = lambda line: honest(line.replace(b'"v":1,', b'"v": 1,'))  # type: ignore[method-assign]  # this one is odd
        return probe


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
    from hashlib import sha256  # noqa: PLC0415

    draft.files[f"certificates/{sha256(tre().certificate).hexdigest()}.der"] = tre().certificate
