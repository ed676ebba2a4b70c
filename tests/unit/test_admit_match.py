"""What becomes of admitted lines under their plans, and when a round's root holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
import pytest

from collector.questions import build_questions, docket_of
from collector.receive.admit import Holder, admit
from collector.receive.match import (
    CELL_MISMATCH,
    DUPLICATE_CELL,
    NOT_ENROLLED,
    UNKNOWN_PLAN,
    KnownPlan,
    match,
    plans_named,
)
from collector.receive.seal import is_sealed, leaf_of
from schema.cells import Cell, applicable, expand, questions_digest
from schema.codec import encode
from schema.errors import ConfigError
from schema.plan import Plan, PlanVantage, plan_id
from schema.record import Close, CloseLine, GapRange, Record, read_line
from schema.registry import INFRASTRUCTURE, KNOWN_GOOD, World
from schema.words import Gap, Role, Transport
from tests.helpers.batches import NAMES, START, VANTAGES, WORLD, Said, Writer, honest, round_lines

if TYPE_CHECKING:
    from collector.receive.admit import Admitted
    from collector.receive.match import Matched

QUESTIONS = build_questions(WORLD, NAMES)
CELLS = expand(QUESTIONS)
PLAN = Plan(
    1,
    7,
    START,
    60.0,
    "00" * 16,
    questions_digest(QUESTIONS),
    "cd" * 32,
    tuple(PlanVantage(one.id, one.asn, one.country, one.operator) for one in VANTAGES),
)
PLAN_ID = plan_id(encode(PLAN))
TIM, VODAFONE = PLAN.vantages[:2]


def admitted(probe: str, lines: list[bytes]) -> Admitted:
    """A batch of *probe* that holds *lines*."""
    writer = Writer(probe)
    signed = writer.batch(lines)
    keys = {writer.signer.key_id: Holder(probe, writer.signer.public_key)}
    headers = signed.headers
    return admit(
        signed.body,
        key=headers["Ottempera-Key"],
        signature=headers["Ottempera-Signature"],
        keys=keys,
        lab=False,
        received_at=START,
    )


def matched(probe: str, lines: list[bytes]) -> Matched:
    """What becomes of *lines* where one plan is known."""
    return match(admitted(probe, lines), {PLAN_ID: KnownPlan(PLAN_ID, PLAN, CELLS)})


def test_a_whole_round_matches_and_is_sealed() -> None:
    """Every line of an honest round is an observation, and its root holds."""
    lines = round_lines(PLAN, PLAN_ID, CELLS, TIM)
    outcome = matched("mi-01", lines)
    assert outcome.notes == ()
    assert len(outcome.seen) == len(lines) - 1
    assert [one.line for one in outcome.seen] == list(range(1, len(lines)))
    assert [(one.plan_number, one.line) for one in outcome.closed] == [(7, len(lines))]


def record_of(lines: list[bytes], place: int = 0) -> Record:
    """The record in one of *lines*."""
    read = read_line(lines[place])
    assert isinstance(read, Record)
    return read


@pytest.mark.parametrize(
    ("note", "changes"),
    [
        pytest.param(UNKNOWN_PLAN, {"plan": "00" * 32}, id="plan nobody published"),
        pytest.param(CELL_MISMATCH, {"cell": 10**9}, id="cell beyond the plan"),
        pytest.param(CELL_MISMATCH, {"cell": -1}, id="cell before the plan"),
        pytest.param(CELL_MISMATCH, {"cell": 1}, id="facts of another cell"),
        pytest.param(CELL_MISMATCH, {"role": Role.CONTROL}, id="other role"),
        pytest.param(CELL_MISMATCH, {"resolver": "beta"}, id="other resolver"),
        pytest.param(CELL_MISMATCH, {"endpoint": "udp:192.0.2.2:53"}, id="other endpoint"),
        pytest.param(CELL_MISMATCH, {"name": "example.org."}, id="other name"),
        pytest.param(CELL_MISMATCH, {"qtype": "TXT"}, id="other type"),
        pytest.param(CELL_MISMATCH, {"repeat": 1}, id="other repeat"),
    ],
)
def test_a_line_that_is_not_its_plans_is_kept_and_noted(note: str, changes: dict[str, object]) -> None:
    """Its bytes are evidence; nothing is made of them."""
    lines = round_lines(PLAN, PLAN_ID, CELLS, TIM)
    odd = msgspec.structs.replace(record_of(lines), **changes)
    outcome = matched("mi-01", [encode(odd)])
    assert outcome.notes == (note,)
    assert outcome.seen == ()


def test_a_cell_of_another_network_is_no_observation() -> None:
    """An access provider's own resolver is asked from inside only."""
    inside = [one for one in CELLS if one.resolver == "isp-tim" and one.applies(TIM)]
    assert inside
    lines = round_lines(PLAN, PLAN_ID, CELLS, TIM)
    own = next(one for one in map(read_line, lines) if isinstance(one, Record) and one.cell == inside[0].number)
    outcome = matched("rm-01", [encode(msgspec.structs.replace(own, probe="rm-01"))])
    assert outcome.notes == (CELL_MISMATCH,)


def test_a_probe_that_is_not_enrolled_for_the_plan_is_noted() -> None:
    """Neither its records nor its close count."""
    stranger = PlanVantage("na-01", 3269, "IT")
    outcome = matched("na-01", round_lines(PLAN, PLAN_ID, CELLS, stranger))
    assert outcome == ((), (), (NOT_ENROLLED,))


def test_a_cell_twice_in_a_batch_counts_once() -> None:
    """The first is what was observed."""
    line = round_lines(PLAN, PLAN_ID, CELLS, TIM)[0]
    outcome = matched("mi-01", [line, line])
    assert outcome.notes == (DUPLICATE_CELL,)
    assert [one.line for one in outcome.seen] == [1]


def test_the_plans_a_batch_names() -> None:
    """Each once, closes included."""
    close = encode(CloseLine(1, Close("00" * 32, 0, 0, "00" * 32)))
    batch = admitted("mi-01", [*round_lines(PLAN, PLAN_ID, CELLS, TIM), close])
    assert list(plans_named(batch)) == [PLAN_ID, "00" * 32]


@dataclass
class Sealing:
    """A round and its close, to be spoiled."""

    close: Close
    leaves: dict[int, bytes]
    cells: tuple[Cell, ...]

    def holds(self) -> bool:
        """Whether the root does."""
        return is_sealed(self.close, probe="mi-01", cells=self.cells, leaves=self.leaves, observed=len(self.leaves))


def gappy(cell: Cell, vantage: PlanVantage, number: int) -> Said | Gap:
    """Every tenth cell was not asked."""
    return honest(cell, vantage, number) if cell.number % 10 else Gap.BREAKER


@pytest.fixture
def sealing() -> Sealing:
    """A round with gaps."""
    lines = round_lines(PLAN, PLAN_ID, CELLS, TIM, gappy)
    last = read_line(lines[-1])
    assert isinstance(last, CloseLine)
    leaves = {one.cell: leaf_of(line, one) for line in lines if isinstance(one := read_line(line), Record)}
    return Sealing(last.close, leaves, applicable(CELLS, TIM))


def test_a_round_with_gaps_is_sealed(sealing: Sealing) -> None:
    """A gap's leaf is its canonical line."""
    assert sealing.close.gaps
    assert sealing.holds()


def test_a_missing_record_breaks_the_seal(sealing: Sealing) -> None:
    """Whichever it is."""
    for cell in list(sealing.leaves):
        leaf = sealing.leaves.pop(cell)
        assert not sealing.holds()
        sealing.leaves[cell] = leaf


def test_one_flipped_bit_breaks_the_seal(sealing: Sealing) -> None:
    """In any leaf."""
    for cell, leaf in list(sealing.leaves.items()):
        sealing.leaves[cell] = bytes([leaf[0] ^ 1]) + leaf[1:]
        assert not sealing.holds()
        sealing.leaves[cell] = leaf


@pytest.mark.parametrize(
    "gaps",
    [
        pytest.param((), id="gap left out"),
        pytest.param((GapRange(0, 2**31 - 1, Gap.BREAKER),), id="gap over everything"),
        pytest.param((GapRange(5, 1, Gap.BREAKER),), id="gap backwards"),
    ],
)
def test_other_gaps_break_the_seal(sealing: Sealing, gaps: tuple[GapRange, ...]) -> None:
    """A gap is a statement, and is under the root; a long range costs nothing."""
    sealing.close = msgspec.structs.replace(sealing.close, gaps=gaps)
    assert not sealing.holds()


def test_another_reason_breaks_the_seal(sealing: Sealing) -> None:
    """Why nothing was asked cannot be changed afterwards."""
    gaps = tuple(msgspec.structs.replace(one, reason=Gap.QUOTA) for one in sealing.close.gaps)
    sealing.close = msgspec.structs.replace(sealing.close, gaps=gaps)
    assert not sealing.holds()


@pytest.mark.parametrize("field", ["cells", "observed"])
def test_other_counts_break_the_seal(sealing: Sealing, field: str) -> None:
    """The close's own numbers are checked too."""
    sealing.close = msgspec.structs.replace(sealing.close, **{field: 1})
    assert not sealing.holds()


def test_the_full_cross_is_asked() -> None:
    """Targets in all profiles, controls where a certificate speaks, every endpoint for who and how it is."""
    targets = [one for one in CELLS if one.role is Role.TARGET and one.name == NAMES[0]]
    assert {one.resolver for one in targets} == {"alpha", "beta", "isp-tim"}
    assert len(targets) == 5 * 4  # endpoints; A three ways, AAAA one
    controls = [one for one in CELLS if one.role is Role.CONTROL]
    assert {one.endpoint.partition(":")[0] for one in controls} == {Transport.TLS}
    assert {one.resolver for one in controls} == {"control-a", "control-b"}
    every = {one for resolver in WORLD.resolvers for one in resolver.endpoints}
    for role in (Role.KNOWN_GOOD, Role.KNOWN_ABSENT, Role.IDENTITY):
        assert {one.endpoint for one in CELLS if one.role is role} == every
    order = list(dict.fromkeys(one.name for one in CELLS))
    assert tuple(order[: len(NAMES)]) == NAMES
    assert set(order[len(NAMES) :]) == INFRASTRUCTURE
    assert docket_of(order) == NAMES


def test_a_twin_is_a_control_where_it_is_verified() -> None:
    """What the same service says unfiltered, in the same round."""
    alpha = msgspec.structs.replace(WORLD.resolvers[0], twin="beta")
    world = World((alpha, *WORLD.resolvers[1:]))
    controls = {one.endpoint for one in expand(build_questions(world, NAMES)) if one.role is Role.CONTROL}
    assert "tls:192.0.2.2:853#dns.beta.test" in controls
    assert "udp:192.0.2.2:53" not in controls


def test_a_name_is_asked_once_however_it_is_written() -> None:
    """And one that is infrastructure too is not asked for twice."""
    questions = build_questions(WORLD, ["Example.COM", "example.com."])
    names = [one.name for one in expand(questions) if one.role is Role.TARGET]
    assert set(names) == {KNOWN_GOOD}


@pytest.mark.parametrize(("world", "names"), [(WORLD, []), (World(), NAMES)], ids=["no name", "no resolver"])
def test_nothing_to_ask_is_a_mistake(world: World, names: list[str]) -> None:
    """A plan that asks nothing would look like a quiet day."""
    with pytest.raises(ConfigError):
        build_questions(world, names)
