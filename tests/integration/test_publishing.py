"""What is published when: dockets ahead, names that were just entered at once, long lists in what time is left."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

import pytest
from msgspec.structs import replace

from collector.lists.difference import Difference
from collector.lists.entries import Entry, Kind
from collector.planner import AHEAD, AHEAD_ROUNDS
from collector.planning.asking import Wish
from collector.planning.publisher import Publisher, Rhythm
from collector.planning.slots import LEAD, SWEEP_LEAD, Step
from collector.status import Sample
from collector.store import ListVersion
from schema.cells import expand
from schema.errors import UnavailableError
from schema.neverprobe import to_list
from schema.order import Attached, Instrument, Order, Scope, ScopeRule
from schema.pace import Pace
from schema.plan import Plan, read_plan
from schema.words import Note, Origin, Role, State
from tests.helpers.batches import WORLD
from tests.helpers.collector import POLICY, enrol, press

if TYPE_CHECKING:
    from collector.store import Store

NOW = datetime(2026, 3, 2, 12, 3, 7, tzinfo=UTC)
STEP = Step(600.0, 300.0)
PACE = Pace()


class Shown(NamedTuple):
    """A plan as a test looks at it."""

    plan: Plan
    targets: frozenset[str]
    sweep: bool


class House:
    """A publisher over a real store, with a clock that a test moves."""

    def __init__(self, store: Store, *names: str, sweep: bool = True, step: Step = STEP) -> None:
        self.store = store
        self.time = NOW
        self.sealed = 0
        self.published = asyncio.Event()
        self.publisher = Publisher(
            store,
            press(store),
            Wish(WORLD, POLICY, names),
            Rhythm(step, PACE, sweep),
            now=lambda: self.time,
            published=self._seal,
        )

    async def _seal(self) -> None:
        self.sealed += 1
        self.published.set()

    async def look(self, after_s: float = 0.0) -> list[Shown]:
        """What is published after so many seconds."""
        self.time += timedelta(seconds=after_s)
        return [await self._shown(plan) for plan in await self.publisher.look()]

    async def pass_by(self, seconds: float, every_s: float = 10.0) -> list[Shown]:
        """What is published in the course of so many."""
        found = []
        for _ in range(int(seconds / every_s)):
            found += await self.look(every_s)
        return found

    async def all(self) -> list[Shown]:
        """Every plan, by number."""
        return [await self._shown(read_plan(one.payload)) for one in await self.store.plans(0, 10_000)]

    async def _shown(self, plan: Plan) -> Shown:
        body = await self.store.questions(plan.questions)
        assert body is not None
        targets = frozenset(cell.name for cell in expand(body) if cell.role is Role.TARGET)
        return Shown(plan, targets, (await self.store.policy(plan.policy)).sweep)

    async def enter(self, order: Order) -> None:
        """Enter *order*, or a version of it."""
        await self.store.append_order(order, by="Anna", reason="as served", at=self.time)

    async def list(self, version: int, *names: str, gone: tuple[str, ...] = (), notified: bool = True) -> None:
        """Enter a version of the list of the order `lists`, which adds *names*."""
        at = self.time if notified else None
        facts = ListVersion(
            "lists", version, f"{version:064x}", "plain", "list.txt", "", None, None, len(names), 0, (), at, self.time,
            "Anna", "as served",
        )  # fmt: skip
        added = tuple(Entry(Kind.NAME, name, line) for line, name in enumerate(names, 1))
        await self.store.append_list(facts, Difference(added, gone))


def order(order_id: str, *names: str, **changes: object) -> Order:
    """An order that binds alpha for *names*."""
    fields: dict[str, object] = {
        "id": order_id,
        "title": "An order",
        "authority": "A court",
        "issued_on": date(2026, 1, 10),
        "starts_on": date(2026, 1, 12),
        "grace_days": 30,
        "addressees": ("alpha",),
        "scope": tuple(Scope(name, ScopeRule.EXACT) for name in names),
    }
    return Order(**(fields | changes))  # type: ignore[arg-type]  # what a test says of an order


@pytest.fixture
async def house(store: Store) -> House:
    """A collector that is told one name by its settings."""
    await enrol(store)
    return House(store, "known.example.")


def goes_up(plans: list[Shown]) -> None:
    """For each name that is asked, plans with higher numbers start later."""
    starts: dict[str, list[datetime]] = defaultdict(list)
    for one in sorted(plans, key=lambda one: one.plan.number):
        for name in one.targets:
            starts[name].append(one.plan.starts_at)
    for name, found in starts.items():
        assert found == sorted(set(found)), name


async def test_nothing_to_ask_is_said_and_waited_for(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    """An order that is entered later is all it takes."""
    await enrol(store)
    house = House(store)
    assert await house.look() == await house.look(60) == []
    assert (
        "".join(capsys.readouterr()).count("there is no name to ask") == 1
    )  # wherever the tests before made it log to
    await house.enter(order("first", "new.example."))
    assert {name for one in await house.look(2) for name in one.targets} == {"new.example."}


async def test_dockets_are_published_ahead_and_once(house: House) -> None:
    """Twelve rounds and an hour; a configured name alone hurries nobody."""
    plans = await house.look()
    assert [one.plan.number for one in plans] == list(range(1, AHEAD_ROUNDS + 1))
    assert {one.targets for one in plans} == {frozenset({"known.example."})}
    assert plans[0].plan.starts_at > house.time
    assert plans[-1].plan.starts_at >= house.time + AHEAD
    assert house.sealed == 1
    assert await house.look(2) == []
    later = await house.pass_by(1200)
    assert [one.plan.starts_at - plans[-1].plan.starts_at for one in later] == [
        timedelta(minutes=10),
        timedelta(minutes=20),
    ]


async def test_a_name_that_is_entered_is_asked_at_once_and_from_then_on(house: House) -> None:
    """A first look that counts no day, plans of its own between the dockets that do not know it, and then the dockets."""
    dockets = await house.look()
    house.time += timedelta(seconds=200)
    await house.enter(order("first", "b.example.", "a.example."))
    look, *rest = await house.look(2)
    new = frozenset({"a.example.", "b.example."})
    assert (look.plan.starts_at - house.time, look.targets, look.sweep) == (LEAD, new, True)
    assert not any(one.sweep for one in rest)
    assert {one.targets for one in rest} == {new}
    between = [one.plan.starts_at + timedelta(seconds=300) for one in dockets]
    assert [one.plan.starts_at for one in rest] == between
    await house.pass_by(1900)
    plans = await house.all()
    goes_up(plans)
    async with house.store._connection() as connection:
        rows = await connection.fetch(
            "SELECT kind, names, vantages FROM analyst.plans WHERE number BETWEEN 12 AND 14 ORDER BY number"
        )
    assert [tuple(row) for row in rows] == [("docket", 1, 3), ("sweep", 2, 3), ("urgent", 2, 3)]
    following = [one for one in plans if one.targets > new]
    assert following[0].plan.starts_at == dockets[-1].plan.starts_at + timedelta(minutes=10)
    policy = await house.store.policy(following[0].plan.policy)
    [bound] = policy.bound
    assert (bound.names, bound.operators) == (("a.example.", "b.example."), ("alpha",))
    assert bound.due_at == datetime(2026, 2, 11, 23, tzinfo=UTC), "30 days after the 12th, and the day after, in Rome"


async def test_what_somebody_may_not_ask_is_in_no_plan(house: House) -> None:
    """Neither a name of the settings nor one of an order, from the moment on which it is on the list."""
    await house.store.add_never_probe(to_list("known.example"), salt=b"s" * 32, by="Anna", reason="asked", at=NOW)
    await house.enter(order("first", "new.example."))
    plans = await house.look()
    assert {one.targets for one in plans} == {frozenset({"new.example."})}
    await house.store.add_never_probe(to_list("new.example"), salt=b"s" * 32, by="Anna", reason="asked", at=NOW)
    assert await house.pass_by(1300) == []


async def test_an_order_that_has_ended_is_asked_no_more_and_one_to_come_is(house: House) -> None:
    """What comes is measured before it binds."""
    await house.look()
    await house.enter(order("over", "over.example.", valid_to=date(2026, 3, 1)))
    await house.enter(order("watch", "watched.example.", instrument=Instrument.WATCH))
    await house.enter(order("to-come", "to-come.example.", terms_from=date(2026, 6, 1)))
    plans = await house.look(2)
    assert {name for one in plans for name in one.targets} == {"watched.example.", "to-come.example."}


async def test_an_accepted_successor_is_an_entry_like_any_other(house: House) -> None:
    """A version of the order with one name more."""
    scope = Scope("site.example.", ScopeRule.ADJUDICATED)
    first = order("first", scope=(scope,))
    await house.enter(first)
    await house.look()
    attached = Attached("moved.example.", "Anna", date(2026, 3, 2), "same site", "register")
    await house.enter(replace(first, scope=(replace(scope, attached=(attached,)),)))
    look, *rest = await house.look(2)
    assert look.targets == {"moved.example."} == rest[0].targets
    assert look.plan.starts_at == house.time + LEAD


@pytest.mark.parametrize("second", [45, 50, 59])
async def test_a_docket_that_comes_before_a_first_look_could_is_enough(house: House, second: int) -> None:
    """The first docket ever, or after a pause: its number is higher, so nothing that asks the names may start after it."""
    house.time = NOW.replace(minute=9, second=second)
    await house.enter(order("first", "new.example."))
    plans = await house.look()
    goes_up(plans)
    assert plans[0].targets == {"known.example.", "new.example."}
    assert plans[0].plan.starts_at == NOW.replace(minute=10, second=0)
    assert not any(one.sweep for one in plans)


async def test_two_notifications_while_the_first_is_still_apart(house: House) -> None:
    """Each has plans of its own until the dockets know it."""
    await house.look()
    await house.enter(order("first", "a.example."))
    await house.look(30)
    await house.enter(order("second", "b.example."))
    plans = await house.look(700)
    assert plans[0].targets == {"b.example."}
    await house.pass_by(9000, every_s=30)
    goes_up(await house.all())
    assert max(await house.all(), key=lambda one: one.plan.starts_at).targets == {
        "known.example.",
        "a.example.",
        "b.example.",
    }


async def test_a_process_that_died_between_two_publications_leaves_nothing_out(house: House) -> None:
    """Whoever takes over finds in the ledger what is published and what is still to be."""
    await house.look()
    await house.enter(order("first", "a.example."))
    again = House(house.store, "known.example.")
    assert [one.targets for one in await again.look(2)][:2] == [{"a.example."}] * 2
    third = House(house.store, "known.example.")
    third.time = again.time
    assert await third.look(2) == []


async def test_what_is_interrupted_in_the_midst_of_a_publication_is_published_whole(house: House) -> None:
    """The database takes the first look, and no more: the name is not left with half of its plans."""
    await house.look()
    await house.enter(order("first", "a.example."))
    async with house.store._connection() as connection:
        await connection.execute(
            "CREATE FUNCTION pg_temp.fails() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE disk_full; END $$;"
            "CREATE TRIGGER fails BEFORE INSERT ON ledger.plan FOR EACH ROW WHEN (NEW.number = 15)"
            " EXECUTE FUNCTION pg_temp.fails()"
        )
    with pytest.raises(UnavailableError):
        await house.look(2)
    async with house.store._connection() as connection:
        await connection.execute("DROP TRIGGER fails ON ledger.plan")
    assert len(await house.all()) == AHEAD_ROUNDS, "nothing of it"
    plans = await house.look(2)
    assert [one.targets for one in plans] == [{"a.example."}] * (1 + AHEAD_ROUNDS)
    goes_up(await house.all())


async def test_lists_are_gone_through_in_rotation(store: Store) -> None:
    """Every name of a list comes before one comes twice; no sweep lies in a docket's window or counts a day."""
    await enrol(store)
    house = House(store, "known.example.")
    await house.enter(order("lists"))
    names = [f"listed-{number:03d}.example." for number in range(400)]
    await house.list(1, *names, notified=False)
    await house.look()
    sweeps = [one for one in await house.pass_by(6000) if one.sweep]
    listed = [one for one in sweeps if one.targets]
    seen: list[str] = []
    for one in listed:
        assert (one.plan.starts_at.timestamp() % 600, one.plan.window_s) in {(300.0, 150.0), (450.0, 150.0)}
        seen += sorted(one.targets)
    assert len(listed) >= 8
    first = seen[:400]
    assert sorted(first) == names, "all of them once"
    goes_up(await house.all())
    sets = {one.plan.questions for one in listed}
    assert len(sets) < len(listed), "equal chunks are one question set"


async def test_a_sweep_leaves_out_what_a_plan_to_come_asks(store: Store) -> None:
    """And a name is not kept waiting by a sweep to come that asks it: its first look comes right after."""
    await enrol(store)
    house = House(store, "known.example.")
    await house.enter(order("lists"))
    await house.list(1, "a.example.", "b.example.", notified=False)
    await house.look()
    while not (plans := [one for one in await house.look(5) if one.sweep]):
        pass
    assert [one.targets for one in plans] == [{"a.example.", "b.example."}]
    assert timedelta() < plans[0].plan.starts_at - house.time <= SWEEP_LEAD
    await house.enter(order("first", "a.example."))
    look = (await house.look(2))[0]
    assert look.plan.starts_at > plans[0].plan.starts_at
    assert look.plan.starts_at - house.time < timedelta(seconds=45)
    later = [one for one in await house.pass_by(1200) if one.sweep and one.targets]
    assert later
    assert all(one.targets == {"b.example."} for one in later)
    goes_up(await house.all())


async def test_what_a_list_was_notified_with_is_asked_in_full_for_a_day(store: Store) -> None:
    """As far as there is room; then it is one of many again."""
    await enrol(store)
    house = House(store, "known.example.")
    await house.enter(order("lists"))
    await house.list(1, "old.example.", notified=False)
    await house.look()
    await house.list(2, "fresh.example.")
    look, *rest = await house.look(2)
    assert look.targets == {"fresh.example."} == rest[0].targets
    assert [one.sweep for one in (look, rest[0])] == [True, False]
    await house.pass_by(1300)
    docket = [one for one in await house.all() if "known.example." in one.targets][-1]
    assert docket.targets == {"known.example.", "fresh.example."}
    [bound] = (await store.policy(docket.plan.policy)).bound
    assert (bound.names, bound.operators, bound.due_at) == (("fresh.example.",), ("alpha",), None)
    house.time += timedelta(hours=26)
    await house.pass_by(40)
    docket = [one for one in await house.all() if "known.example." in one.targets][-1]
    assert docket.targets == {"known.example."}


async def test_what_a_list_takes_back_is_no_longer_asked(store: Store) -> None:
    """A list that was imported by mistake: its names are no guests of the dockets for the rest of the day."""
    await enrol(store)
    house = House(store, "known.example.")
    await house.enter(order("lists"))
    await house.list(1, "right.example.", "wrong.example.")
    await house.look()
    await house.list(2, gone=("wrong.example.",))
    await house.pass_by(1300)
    last = [one for one in await house.all() if "known.example." in one.targets][-1]
    assert last.targets == {"known.example.", "right.example."}
    await house.enter(order("lists", valid_to=date(2026, 3, 1)))
    await house.pass_by(1300)
    last = [one for one in await house.all() if "known.example." in one.targets][-1]
    assert last.targets == {"known.example."}


async def test_a_notification_that_finds_no_room_is_looked_at_all_the_same(store: Store) -> None:
    """Forty names once, whoever publishes; what is beyond comes in sweeps, and no docket is interrupted for it again."""
    await enrol(store)
    house = House(store, "known.example.")
    await house.enter(order("lists"))
    await house.look()
    names = [f"storm-{number:03d}.example." for number in range(150)]
    await house.list(1, *names)
    look, *rest = await house.look(2)
    room = len(frozenset().union(*(one.targets for one in rest)))
    assert (look.sweep, len(look.targets), look.plan.starts_at) == (True, 40, house.time + LEAD)
    assert 0 < room < 40
    again = House(store, "known.example.")
    again.time = house.time
    for one in (house, again):
        await one.pass_by(200)
    plans = await house.all()
    goes_up(plans)
    looks = [one for one in plans if one.sweep and one.plan.window_s == look.plan.window_s]
    assert looks[0].targets == look.targets
    assert len(looks) <= 2, "a process that takes over may look once more, at others"
    assert not looks[0].targets & frozenset().union(*(one.targets for one in looks[1:]))


@pytest.mark.parametrize(
    ("before", "now", "suspicious"),
    [
        (State.BLOCKED, State.OPEN, True),
        (State.OPEN, State.BLOCKED, True),
        (State.OPEN, State.MIXED, True),
        (State.OPEN, State.OPEN, False),
        (State.BLOCKED, State.INSUFFICIENT, False),
        (State.INSUFFICIENT, State.OPEN, False),
    ],
)
async def test_what_a_sweep_shows_otherwise_enters_the_docket(
    store: Store, before: State, now: State, suspicious: bool
) -> None:
    """What was blocked and is open, the other way round, or came out both ways; not what is seen for the first time."""
    await enrol(store)
    house = House(store, "known.example.")
    await house.enter(order("lists"))
    await house.list(1, "a.example.", notified=False)
    await house.look()
    sweeps: list[Shown] = []
    while len(sweeps) < 2:
        sweeps += [one for one in await house.look(5) if one.sweep and one.targets]
    for one, state in zip(sweeps, (before, now), strict=True):
        await store.put_samples(one.plan.number, [sample(one.plan, state)])
    house.time = sweeps[-1].plan.starts_at + timedelta(seconds=200)
    full = [one for one in await house.pass_by(2000) if not one.sweep and "a.example." in one.targets]
    assert bool(full) == suspicious
    goes_up(await house.all())


def sample(plan: Plan, state: State) -> Sample:
    """What a sweep says of alpha and a name."""
    return Sample(
        plan_number=plan.number, at=plan.starts_at, resolver="alpha", name="a.example.", state=state, how=None,
        origin=Origin.RESOLVER, label=None, vantages=2, networks=2, absent=0, notes=(Note.SWEEP,), rule="r",
        witness_digest=None, indicative=False, enrolled=3, dissenting=0, supporters=("mi-01", "rm-01"),
    )  # fmt: skip


async def test_without_sweeps_lists_are_not_gone_through(store: Store) -> None:
    """By the settings, or because the window leaves no time."""
    await enrol(store)
    for number, house in enumerate(
        (House(store, "k.example.", sweep=False), House(store, "k.example.", step=Step(600, 600)))
    ):
        if not number:
            await house.enter(order("lists"))
            await house.list(1, "a.example.", notified=False)
        assert not any(one.sweep for one in await house.pass_by(1300))


async def test_it_looks_for_ever(house: House) -> None:
    """What was entered is published without anybody's asking for it."""
    task = asyncio.create_task(house.publisher.keep_publishing())
    async with asyncio.timeout(30):
        await house.published.wait()
        await house.enter(order("first", "new.example."))
        house.published.clear()
        await house.published.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert {"new.example."} in [one.targets for one in await house.all()]


async def test_a_status_that_only_sweeps_support_stands_for_two_passes(store: Store) -> None:
    """However long the list: else names would be called unknown only because their turn takes days."""
    await enrol(store)
    house = House(store, "known.example.", step=Step(7200.0, 7080.0))
    await house.enter(order("lists"))
    await house.list(1, *(f"listed-{number:04d}.example." for number in range(2000)), notified=False)
    await house.look()
    while not (plans := [one for one in await house.look(10) if one.sweep]):
        pass
    policy = await store.policy(plans[0].plan.policy)
    passes = policy.fresh_s / (7200 / 2) / 2
    assert policy.fresh_s > POLICY.fresh_s
    assert passes * len(plans[0].targets) * 0.7 > 2000
