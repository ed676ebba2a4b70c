"""What comes of a sweep: samples that say so and count no day, and a status that goes on from docket to sweep and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from collector.planning.sweeping import candidate_questions, sweep_questions
from schema.cells import expand
from schema.codec import encode
from schema.plan import plan_id
from schema.words import Ground, Note, Role, State
from tests.helpers.batches import NAMES, START, STEP, WORLD, Said, Writer, honest, round_lines
from tests.helpers.collector import POLICY, QUESTIONS, collector, press, starts_at

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from collector.store import Store
    from schema.cells import Cell
    from schema.plan import Plan, PlanVantage
    from schema.words import Gap
    from tests.helpers.collector import Running

    Script: TypeAlias = Callable[[Cell, PlanVantage, int], Said | Gap]

LISTED = "listed.example."
NXDOMAIN, REFUSED = 3, 5


def blocks_from(first: int, rcode: int = NXDOMAIN) -> Script:
    """Honest answers, but that alpha withholds the first name from plan *first* on."""

    def script(cell: Cell, vantage: PlanVantage, number: int) -> Said:
        if cell.role is Role.TARGET and cell.resolver == "alpha" and cell.name == NAMES[0] and number >= first:
            return Said(rcode)
        return honest(cell, vantage, number)

    return script


async def _delivered(running: Running, plans: list[Plan], script: Script = honest) -> None:
    """Every vantage executes *plans*."""
    for vantage in plans[0].vantages:
        writer = Writer(vantage.id)
        for plan in plans:
            body = await running.store.questions(plan.questions)
            assert body is not None
            lines = round_lines(plan, plan_id(encode(plan)), expand(body), vantage, script)
            assert (await running.post(writer.batch(lines, at=plan.starts_at))).status == 201
    await running.services.engine.idle()


async def test_a_sweep_is_judged_and_says_that_it_is_one(store: Store) -> None:
    """One question to each resolver is enough for a state, with the controls of the sweep."""
    async with collector(store) as running:
        policy = replace(POLICY, sweep=True)
        questions = sweep_questions(WORLD, [*NAMES, LISTED])
        plans = await press(store).publish([starts_at(1)], questions, policy, window_s=60.0)
        await _delivered(running, plans)
        for resolver in ("alpha", "beta", "isp-tim"):
            [sample] = await store.samples(resolver, NAMES[0])
            assert (sample.state, sample.notes) == (State.OPEN, (Note.SWEEP,)), resolver


async def test_candidates_are_known_by_their_controls(store: Store) -> None:
    """Whether a name exists and who serves it, without a question to anybody who is watched."""
    async with collector(store) as running:
        policy = replace(POLICY, sweep=True)
        plans = await press(store).publish(
            [starts_at(1)], candidate_questions(WORLD, [NAMES[0]]), policy, window_s=60.0
        )
        await _delivered(running, plans)
        assert await store.samples("alpha", NAMES[0]) == []
        [sample] = (await store.name_samples_of([NAMES[0]]))[NAMES[0]]
        assert sample.ground is Ground.ALIVE


async def test_a_status_goes_on_from_docket_to_sweep_and_back(store: Store) -> None:
    """A change that a sweep saw first is confirmed by the docket after it; rebuilt, it is the same."""
    async with collector(store) as running:
        machine, swept = press(store), replace(POLICY, sweep=True)
        plans: list[Plan] = []
        for number in range(1, 7):
            sweep = number in {3, 5}
            questions = sweep_questions(WORLD, NAMES) if sweep else QUESTIONS
            plans += await machine.publish(
                [starts_at(number)], questions, swept if sweep else POLICY, window_s=60.0, docket=not sweep
            )
        await _delivered(running, plans, blocks_from(3))
        first, second = await store.runs("alpha", NAMES[0])
        assert (first.state, first.ended_at) == (State.OPEN, starts_at(3))
        assert (second.state, second.started_at, second.samples) == (State.BLOCKED, starts_at(3), 4)
        assert second.longest_gap_s == STEP.total_seconds()
        notes = [Note.SWEEP in one.notes for one in await store.samples("alpha", NAMES[0])]
        assert notes == [False, False, True, False, True, False]
        assert await store.changed_in_sweeps(START) == [(NAMES[0], starts_at(3))]
        newest = await store.newest_docket_plan()
        assert newest is not None
        assert newest.number == 6


async def test_a_refusal_that_a_sweep_met_once_is_asked_again_in_full(store: Store) -> None:
    """Once decides nothing, but where the name was open it is enough to look closer."""
    async with collector(store) as running:
        machine = press(store)
        plans = await machine.publish([starts_at(1)], QUESTIONS, POLICY, window_s=60.0, docket=True)
        swept, questions = replace(POLICY, sweep=True), sweep_questions(WORLD, NAMES)
        plans += await machine.publish([starts_at(2)], questions, swept, window_s=60.0)
        await _delivered(running, plans, blocks_from(2, REFUSED))
        states = [one.state for one in await store.samples("alpha", NAMES[0])]
        assert states == [State.OPEN, State.INSUFFICIENT]
        assert await store.changed_in_sweeps(START) == [(NAMES[0], starts_at(2))]
