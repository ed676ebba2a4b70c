"""Judgements come back as they were put, replace what was there, and are the same whatever the order of arrival."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from collector.status import Fold, Sample, current, fold_name, fold_names
from collector.store import NameRunsOf, RunsOf, Store
from schema.errors import UnavailableError
from schema.verdict import Interception, NameFacts
from schema.words import Ground, How, Note, Origin, Outcome, Sign, State
from tests.integration.store_examples import NAME, NAMES, POLICY, START, STEP, Fleet, Published, publish, verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from tests.integration.conftest import Databases

HEX = "ab" * 32
HEADINGS = 15  # one a table
UDP = "udp:1.1.1.1:53"
PROBES = ("mi-01", "rm-01")


def sample(number: int, state: State, name: str = NAME, *, absent: int = 0) -> Sample:
    """What plan *number* says of Cloudflare."""
    blocked = state is State.BLOCKED
    return Sample(
        plan_number=number,
        at=START + (number - 1) * STEP,
        resolver="cloudflare",
        name=name,
        state=state,
        how=How.NXDOMAIN if blocked else None,
        origin=Origin.RESOLVER if state in {State.BLOCKED, State.OPEN} else None,
        label="google_court" if blocked else None,
        vantages=2,
        networks=2,
        absent=absent,
        notes=(Note.POOL, Note.TYPES_DIFFER) if blocked else (),
        rule="nxdomain_against_controls" if blocked else "address_in_control",
        witness_digest=HEX if state is not State.MIXED else None,
        indicative=False,
        enrolled=2,
        dissenting=0,
        supporters=("mi-01", "rm-01"),
    )


def shown(published: Published, probe: str, *signs: Sign) -> Interception:
    """Another answers at Cloudflare's UDP endpoint."""
    return Interception(published.plan_id, probe, "cloudflare", UDP, signs or (Sign.CANARY, Sign.WHOAMI))


def facts(published: Published, probe: str, name: str = NAME, **fields: Any) -> NameFacts:
    """The name is alive, in the third plan in other hands."""
    hands = "b" if published.plan.number > 2 else "a"
    known = {"name_servers": (f"ns1.{hands}.test.", f"ns2.{hands}.test."), "soa": f"ns1.{hands}.test. h.{hands}.test."}
    return NameFacts(published.plan_id, probe, name, **{"ground": Ground.ALIVE} | known | fields)


async def keep(store: Store, samples: Sequence[Sample]) -> None:
    """Put *samples* in their order, and the runs after each, as a collector does."""
    for one in samples:
        await store.put_samples(one.plan_number, [one])
        fold = Fold(POLICY)
        for past in await store.samples(one.resolver, one.name):
            fold.push(past)
        await store.replace_runs(one.resolver, one.name, fold.runs)


async def test_verdicts_come_back(store: Store) -> None:
    published = await publish(store, 1)
    fleet = Fleet()
    for probe in ("mi-01", "rm-01"):
        await store.insert_batch(fleet.batch(published, probe))
    said = {
        "mi-01": [
            verdict(published, "mi-01", "isp-tim", outcome=Outcome.BLOCKED, how=How.LOOPBACK),
            verdict(published, "mi-01", "cloudflare"),
        ],
        "rm-01": [verdict(published, "rm-01", "cloudflare", name, outcome=Outcome.INSUFFICIENT) for name in NAMES],
    }
    for probe, verdicts in said.items():
        await store.put_judged(1, probe, True, verdicts)
    assert sorted(await store.verdicts_of(1), key=repr) == sorted([*said["mi-01"], *said["rm-01"]], key=repr)
    assert await store.closed_not_judged() == []
    again = [verdict(published, "mi-01", "cloudflare", outcome=Outcome.BLOCKED, how=How.REFUSED)]
    await store.put_judged(1, "mi-01", False, again)
    assert [one for one in await store.verdicts_of(1) if one.probe == "mi-01"] == again
    await store.put_judged(1, "mi-01", False, [])
    assert [one.probe for one in await store.verdicts_of(1)] == ["rm-01", "rm-01"]


async def test_what_a_round_showed_of_the_path_comes_back(store: Store) -> None:
    """By probe, resolver and endpoint; judged again it takes the place of what was there."""
    published = await publish(store, 1)
    said = {
        probe: [shown(published, probe), replace(shown(published, probe), endpoint="tcp:1.1.1.1:53")]
        for probe in PROBES
    }
    for probe, found in said.items():
        await store.put_judged(1, probe, True, [], found)
    assert await store.interceptions_of(1) == [one for probe in PROBES for one in sorted(said[probe], key=repr)]
    await store.put_judged(1, "mi-01", True, [], [shown(published, "mi-01", Sign.DATAGRAMS)])
    assert [one.signs for one in await store.interceptions_of(1) if one.probe == "mi-01"] == [(Sign.DATAGRAMS,)]
    await store.put_judged(1, "mi-01", True, [])
    assert {one.probe for one in await store.interceptions_of(1)} == {"rm-01"}
    assert await store.interceptions_of(2) == []


async def test_what_rounds_say_of_names_comes_back(store: Store) -> None:
    published = await publish(store, 1)
    said = {
        "mi-01": [
            facts(published, "mi-01"),
            facts(published, "mi-01", NAMES[1], ground=Ground.DEAD, name_servers=(), soa=""),
        ],
        "rm-01": [facts(published, "rm-01", parked=True)],
    }
    for probe, found in said.items():
        await store.put_judged(1, probe, True, [], [], found)
    assert await store.names_of(1) == [said["mi-01"][0], said["rm-01"][0], said["mi-01"][1]]
    await store.put_judged(1, "mi-01", True, [], [], [])
    assert await store.names_of(1) == said["rm-01"]


async def test_the_history_of_a_name_comes_back(store: Store) -> None:
    """Samples in the order of plans, each in place of the one before it; runs from a start on in place of others."""
    plans = [await publish(store, number) for number in (1, 2, 3)]
    samples = [
        fold_name([facts(one, "mi-01")], plan_number=one.plan.number, at=one.plan.starts_at, name=NAME) for one in plans
    ]
    for one in samples[::-1]:
        await store.put_name_samples(one.plan_number, [replace(one, vantages=9)])
        await store.put_name_samples(one.plan_number, [one])
    assert await store.name_samples_of([NAME, "never.asked."]) == {NAME: samples, "never.asked.": []}
    runs = fold_names(samples)
    assert [(run.started_at, run.changed) for run in runs] == [(START, ()), (START + 2 * STEP, ("name_servers", "soa"))]
    await store.replace_name_runs_of([NameRunsOf(NAME, START, [replace(runs[0], samples=9), runs[1]])])
    await store.replace_name_runs_of([NameRunsOf(NAME, START, runs)])
    await store.replace_name_runs_of([NameRunsOf(NAME, START + STEP, runs[1:])])
    await store.replace_name_runs_of([])
    assert await store.name_runs_of([NAME]) == {NAME: runs}
    rows = await store.name_history([NAME])
    assert [(row["name_servers"], row["changed"], row["covered_until"]) for row in rows] == [
        (["ns1.a.test.", "ns2.a.test."], [], START + STEP),
        (["ns1.b.test.", "ns2.b.test."], ["name_servers", "soa"], START + 2 * STEP),
    ]
    assert await store.name_samples_of([]) == {}
    assert await store.name_runs_of([]) == {}


@pytest.mark.parametrize("sign", ["note", "rule"])
async def test_a_pool_is_remembered_for_a_while(store: Store, sign: str) -> None:
    """Counted from the newest plan that was judged: so many plans, or so long, whichever reaches further back."""
    for number in (1, 2, 3, 4):
        published = await publish(store, number)
        said = verdict(published, "mi-01", "cloudflare")
        if number == 2:
            said = replace(said, notes=(Note.POOL,)) if sign == "note" else replace(said, rule="answers_disagree")
        await store.put_judged(number, "mi-01", True, [said, verdict(published, "mi-01", "cloudflare", NAMES[1])])
    pair = [("cloudflare", NAME)]
    assert await store.pooled_pairs(3, timedelta(0)) == pair
    assert await store.pooled_pairs(2, timedelta(0)) == []
    assert await store.pooled_pairs(1, 2 * STEP + timedelta(seconds=1)) == pair
    assert await store.pooled_pairs(1, 2 * STEP) == []


async def test_samples_and_runs_come_back(store: Store) -> None:
    states = (State.OPEN, State.OPEN, State.INSUFFICIENT, State.BLOCKED, State.BLOCKED, State.MIXED)
    samples = [sample(number, state) for number, state in enumerate(states, 1)]
    for one in samples:
        await publish(store, one.plan_number)
    await keep(store, samples)
    assert await store.samples("cloudflare", NAME) == samples
    assert await store.pairs() == [("cloudflare", NAME)]
    fold = Fold(POLICY)
    for one in samples:
        fold.push(one)
    assert await store.runs("cloudflare", NAME) == fold.runs
    assert [run.state for run in fold.runs] == [State.OPEN, State.BLOCKED]
    changed = fold.runs[1:]
    await store.replace_runs_of([RunsOf("cloudflare", NAME, changed[0].started_at, changed)])
    await store.replace_runs_of([])
    assert await store.runs("cloudflare", NAME) == fold.runs
    (row,) = await store.current_status()
    now = current(fold.runs[-1], samples[-1], POLICY)
    assert {key: row[key] for key in now.__struct_fields__ if key != "notes"} == {
        key: getattr(now, key) for key in now.__struct_fields__ if key != "notes"
    }
    assert tuple(row["notes"]) == now.notes
    assert row["operator"] == "Cloudflare"


async def test_a_status_without_support_is_insufficient(store: Store) -> None:
    """Fresh for three days, by the policy; then what the last run said is no longer said."""
    numbers = (1, 2, 2 + 3 * 24, 3 + 3 * 24)
    states = (State.OPEN, State.OPEN, State.INSUFFICIENT, State.INSUFFICIENT)
    shown = []
    for number, state in zip(numbers, states, strict=True):
        await publish(store, number)
        await keep(store, [sample(number, state, absent=number % 2)])
        (row,) = await store.current_status()
        runs, newest = await store.runs("cloudflare", NAME), (await store.samples("cloudflare", NAME))[-1]
        now = current(runs[-1], newest, POLICY)
        assert [row[key] for key in ("state", "since", "covered_until", "rule", "witness_digest", "absent")] == [
            now.state, now.since, now.covered_until, now.rule, now.witness_digest, now.absent,
        ]  # fmt: skip
        shown.append(row["state"])
    assert shown == ["open", "open", "open", "insufficient"]


async def test_silence_upholds_no_status_in_a_lab(store: Store) -> None:
    """By the newest plan that was judged, although it said nothing of this pair."""
    await store.ensure_deployment(lab=True, scenario=HEX, title="A lab")
    await publish(store, 1)
    await keep(store, [sample(1, State.OPEN)])
    for number, state in ((1 + 3 * 24, "open"), (2 + 3 * 24, "insufficient")):
        await publish(store, number)
        await store.put_judged(number, "mi-01", True, [])
        (row,) = await store.current_status()
        assert (row["state"], row["covered_until"], row["sampled_at"]) == (state, START, START)


async def test_silence_upholds_no_status_by_the_clock(store: Store) -> None:
    """Where data are measured the clock goes on whoever is heard."""
    await store.ensure_deployment(lab=False)
    async with store._connection() as connection:
        now: datetime = await connection.fetchval("SELECT now()")
    for age, state in ((timedelta(days=2), "open"), (timedelta(days=4), "insufficient")):
        number = 1 + (now - age - START) // STEP
        await publish(store, number)
        await keep(store, [sample(number, State.OPEN, NAMES[state == "open"])])
    shown = {row["name"]: row["state"] for row in await store.current_status()}
    assert shown == {NAMES[1]: "open", NAMES[0]: "insufficient"}


async def test_a_pair_that_never_decided_is_listed(store: Store) -> None:
    await publish(store, 1)
    await keep(store, [sample(1, State.INSUFFICIENT)])
    (row,) = await store.current_status()
    assert (row["state"], row["since"], row["covered_until"]) == ("insufficient", None, None)
    assert await store.status_history() == []


async def build(store: Store, order: Iterable[tuple[int, str]]) -> bytes:
    """The judgements after rounds came in *order*: each judged, each plan folded anew, each pair's runs as well."""
    published = {number: await publish(store, number) for number in (1, 2, 3)}
    fleet = Fleet()
    batches = {
        (number, probe): fleet.batch(published[number], probe) for number in (1, 2, 3) for probe in ("mi-01", "rm-01")
    }
    for number, probe in order:
        row = batches[number, probe]
        await store.insert_batch(row._replace(header=type(row.header)(
            probe, f"{number:032x}", 1, "b", "b", row.header.at,
        )))  # fmt: skip
        outcome = Outcome.BLOCKED if number == 3 else Outcome.OPEN
        how = How.NXDOMAIN if number == 3 else None
        await store.put_judged(
            number,
            probe,
            True,
            [verdict(published[number], probe, "cloudflare", outcome=outcome, how=how)],
            [shown(published[number], probe)] if probe == "mi-01" else [],
            [facts(published[number], probe)],
        )
        one = fold_name(
            await store.names_of(number), plan_number=number, at=published[number].plan.starts_at, name=NAME
        )
        await store.put_name_samples(number, [one])
        runs = fold_names((await store.name_samples_of([NAME]))[NAME])
        await store.replace_name_runs_of([NameRunsOf(NAME, START, runs)])
        heard = len(await store.verdicts_of(number))
        await keep(
            store, [sample(number, State(outcome.value) if heard == 2 else State.INSUFFICIENT, absent=2 - heard)]
        )
    return await store.dump_derived()


ROUNDS = [(number, probe) for number in (1, 2, 3) for probe in ("mi-01", "rm-01")]


async def test_order_of_arrival_does_not_show(databases: Databases) -> None:
    """Four orders in four databases, in which probes, policies and answers have other numbers too."""
    orders = [ROUNDS, ROUNDS[::-1], [*ROUNDS[3:], *ROUNDS[:3]], [*ROUNDS[1::2], *ROUNDS[::2]]]
    dumps = []
    for order in orders:
        async with databases() as store:
            dumps.append(await build(store, order))
    assert len(set(dumps)) == 1
    # headings, verdicts, judged, samples, pair, run, interceptions, facts of the name, its samples and runs
    assert dumps[0].count(b"\n") == HEADINGS + 6 + 6 + 3 + 1 + 1 + 3 + 6 + 3 + 2


async def test_judgements_can_be_cleared(store: Store) -> None:
    await build(store, ROUNDS)
    await store.clear_derived()
    assert (await store.dump_derived()).count(b"\n") == HEADINGS
    assert await store.closed_not_judged() == ROUNDS


async def test_one_process_judges(migrated_dsn: str) -> None:
    """Who asks second is refused until the first lets go; asking again is nothing new."""
    first, second = await Store.connect(migrated_dsn), await Store.connect(migrated_dsn)
    await first.claim_judging()
    await first.claim_judging()
    with pytest.raises(UnavailableError, match="another process judges"):
        await second.claim_judging(patience_s=0.0)
    await first.close()
    await second.claim_judging()
    await second.close()
