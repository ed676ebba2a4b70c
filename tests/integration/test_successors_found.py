"""How many of the known successors are found with only the ordered names given, and how much else is queued.

Once by real probes that ask the lab's resolvers, a real collector and its database, from the import of the order and of a list
to what the command shows; and in twenty worlds by what is known alone, as fast as that goes.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, date, datetime
from functools import partial
from statistics import fmean
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import pytest
from typer.testing import CliRunner

from collector.lists.cli import import_list
from collector.planning.sweeping import candidate_questions, sweep_questions
from collector.questions import build_questions
from collector.successors.asking import names_to_ask
from collector.successors.candidates import Candidate, Pool, candidates
from collector.successors.cli import app
from collector.successors.deciding import Event
from collector.successors.families import bare, families
from collector.successors.finding import builtin_shared, find
from collector.successors.people import accept, reject
from collector.successors.showing import event_row
from collector.successors.suffixes import top_levels
from collector.successors.ties import Known
from schema.order import Attached, Instrument, Order, Scope, ScopeRule
from schema.words import Ground as Said
from tests.helpers.collector import starts_at
from tests.helpers.successor_play import playing
from tests.helpers.successor_world import Placed, world

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from collector.store import Store

AT = datetime(2026, 11, 1, tzinfo=UTC)
SEEDS = range(1, 21)
ORDERED = {
    "ilcorsaronero": "ilcorsaronero.pro.",
    "limetorrents": "limetorrents.pro.",
    "kickasstorrents": "kickasstorrents.to.",
}
PERSON = "A. Rossi"


def order(attached: Iterable[tuple[str, str]] = ()) -> Order:
    """The order with its three names, and what was attached since: family and name."""
    given = list(attached)
    scope = [
        one
        for family, name in ORDERED.items()
        for one in (
            Scope(name, ScopeRule.EXACT, family, verified=True),
            Scope(
                name,
                ScopeRule.ADJUDICATED,
                family,
                verified=True,
                attached=tuple(
                    Attached(late, PERSON, date(2026, 11, 2), "same site", "invented")
                    for its, late in given
                    if its == family
                ),
            ),
        )
    ]
    return Order(
        id="milano-2022", title="Three sites", authority="Tribunale di Milano", issued_on=date(2022, 7, 11),
        addressees=("cloudflare",), starts_on=date(2022, 7, 11), grace_days=30, scope=tuple(scope),
    )  # fmt: skip


class Score(NamedTuple):
    """How good a queue is: names of the right site that are in it, all such names, and what else is in it by role."""

    right: int
    there: int
    wrong: Counter[str]

    @property
    def recall(self) -> float:
        """Of the names that are there, those that are queued."""
        return self.right / self.there

    @property
    def precision(self) -> float:
        """Of those that are queued, the names of the right site."""
        return self.right / max(1, self.right + self.wrong.total())

    def said(self) -> str:
        """In a line."""
        beside = ", ".join(f"{count} {role}" for role, count in sorted(self.wrong.items())) or "nothing"
        return f"recall {self.recall:.2f} ({self.right} of {self.there}), precision {self.precision:.2f}; beside them: {beside}"


def score(queued: Iterable[tuple[str, str]], placed: Sequence[Placed]) -> Score:
    """Hold *queued* (family and name) against who the names are; what the press misspelt counts neither way."""
    roles = {bare(one.name): one for one in placed}
    wanted = {(one.family, bare(one.name)) for one in placed if one.role == "candidate"}
    found = {(family, name) for family, name in queued if roles[name].role != "press_spelling"}
    return Score(len(found & wanted), len(wanted), Counter(roles[name].role for _, name in found - wanted))


def search(placed: Sequence[Placed], given: Order) -> list[Candidate]:
    """What is queued where everything is known that is listed, looked for, or in the order."""
    asked = {*names_to_ask(families(given), top_levels()), *(one.name for one in placed if one.listed)}
    asked |= {member for family in families(given) for member in family.members}
    known = {
        one.name: Known(
            one.name, Said.ALIVE, one.parked, AT, one.name_servers, one.soa, one.addresses, None if one.parked else AT
        )
        for one in placed
        if one.name in asked
    }
    listed = {one.name: ("agcom",) for one in placed if one.listed}
    members = {member for family in families(given) for member in family.members}
    found = candidates(
        families(given), Pool(known, listed), builtin_shared(), covered=lambda _order, name: name in members
    )
    return [one for one in found if one.queued]


def _spread(scores: Sequence[Score]) -> str:
    recalls, precisions = [one.recall for one in scores], [one.precision for one in scores]
    return ", ".join(
        f"{what} {fmean(some):.2f} (from {min(some):.2f} to {max(some):.2f})"
        for what, some in (("recall", recalls), ("precision", precisions))
    )


def test_successors_are_found_in_twenty_worlds(show: Callable[[str], None]) -> None:
    """By the first look, and by those that follow when a person has accepted what is right and rejected the rest."""
    first: list[Score] = []
    last: list[Score] = []
    rounds: list[int] = []
    for seed in SEEDS:
        placed = world(seed)
        right = {(one.family, bare(one.name)) for one in placed if one.role == "candidate"}
        attached: set[tuple[str, str]] = set()
        seen: set[tuple[str, str]] = set()
        turns = 0
        while True:
            queued = {(one.family, one.name) for one in search(placed, order(sorted(attached)))}
            seen |= queued
            if not turns:
                first.append(score(seen, placed))
            turns += 1
            if queued & right <= attached:
                break
            attached |= queued & right
        last.append(score(seen, placed))
        rounds.append(turns)
    lines = [
        f"{len(first)} worlds, {first[0].there} names of the three sites beside the ordered three, of about {len(world(1))} names",
        f"first look: {_spread(first)}",
        f"after people decided, {fmean(rounds):.1f} looks: {_spread(last)}",
        f"queued beside them, all worlds: {dict(sum((one.wrong for one in last), Counter()))}",
    ]
    show("\n".join(lines))
    assert all(later.right >= earlier.right for earlier, later in zip(first, last, strict=True))
    assert fmean(one.recall for one in first) > 0.6
    assert fmean(one.precision for one in first) > 0.75
    assert fmean(one.recall for one in last) > 0.85
    assert fmean(one.precision for one in last) > 0.75
    assert all(not one.wrong["third_party_proxy"] for one in last), "a proxy has no label of its own"
    assert all(not one.wrong["parked"] for one in last)
    unrelated = sum(one.role == "unrelated" for seed in SEEDS for one in world(seed))
    assert sum(one.wrong["unrelated"] for one in last) < unrelated / 1000, "what many share ties nobody"


SEED = 2022  # of the world that is played through
DECIDED = 3  # names that are accepted by the command


class Told:
    """The commands, as a person types them."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn

    async def __call__(self, *arguments: str) -> Any:
        """What a command prints with --json."""
        typed = [*arguments, "--json", "--database-url", self._dsn]
        done = await asyncio.to_thread(partial(CliRunner().invoke, app, typed, obj=lambda _data, url: url))
        assert done.exit_code == 0, done.exception
        return msgspec.json.decode(done.stdout)


@pytest.mark.parametrize("postgres_server", ["18"], indirect=True)
async def test_successors_are_found_by_probes(
    store: Store, migrated_dsn: str, tmp_path: Path, show: Callable[[str], None]
) -> None:
    """An order with three names and a list; a docket, a sweep and a round of candidates; then what people see and decide."""
    placed, given, told = world(SEED), order(), Told(migrated_dsn)
    for one in (given, LIST_ORDER):
        await store.append_order(one, by=PERSON, reason="received", at=starts_at(1))
    listed = tmp_path / "list.txt"
    listed.write_text("".join(f"{one.name.rstrip('.')}\n" for one in placed if one.listed))
    await asyncio.to_thread(
        import_list, migrated_dsn, listed, LIST_ORDER.id, by=PERSON, reason="by certified mail", form="plain", yes=True
    )
    lines = await asked(store, tmp_path, placed, given)
    report = await told("find")
    waiting = await told("list", "--order", given.id)
    assert {row["name"] for row in report["queued"]} == {row["name"] for row in waiting}
    result = score([(row["family"], row["name"]) for row in waiting], placed)
    everything = await told("list", "--order", given.id, "--all")
    apart = [row for row in everything if row["state"] != "queued"]
    lines += [f"first look: {result.said()}", "six that are not queued:", *(_reasons(row) for row in varied(apart, 6))]
    assert result.recall > 0.5
    assert result.precision > 0.7
    assert not {"third_party_proxy", "parked", "unrelated"} & result.wrong.keys()
    assert all(reason["en"] and reason["it"] and reason["source"] for row in waiting for reason in row["grounds"])

    queued = await decided(
        store, told, given.id, waiting, {bare(one.name) for one in placed if one.role == "candidate"}
    )
    again = score([(one.family, one.name) for one in queued], placed)
    both = {(row["family"], row["name"]) for row in waiting} | {(one.family, one.name) for one in queued}
    lines.append(
        f"second look, all decided: {len(queued)} more, {again.right} of them right; together {score(both, placed).said()}"
    )
    ten = varied([*waiting, *({**event_row(one), "state": "queued by the second look"} for one in queued)], 10)
    lines += ["ten of them, of each kind of reason first:", *map(_reasons, ten)]
    show("\n".join(lines))
    assert {row["name"] for row in waiting}.isdisjoint(one.name for one in queued), "what is decided is not asked again"
    assert again.right >= 1


async def asked(store: Store, folder: Path, placed: Sequence[Placed], given: Order) -> list[str]:
    """Have the docket, the list and then the candidates asked; how much that was."""
    names = sorted({one.name for one in placed if one.listed})
    async with playing(store, folder, placed) as play:
        docket = await play.round(1, build_questions(play.world, given.names), sweep=False)
        swept = await play.round(2, sweep_questions(play.world, names), sweep=True)
        wanted = await store.candidate_names()
        looked_for = await play.round(3, candidate_questions(play.world, wanted), sweep=True)
    return [
        f"{len(names)} names listed, {len(placed)} in the world",
        f"questions: {docket} of the docket, {swept} of the sweep, {looked_for} of {len(wanted)} candidates",
    ]


async def decided(
    store: Store, told: Told, order_id: str, waiting: list[dict[str, Any]], right: set[str]
) -> list[Event]:
    """Accept of *waiting* what is *right* and reject the rest, some by the command; what another look then queues."""
    by_command = [row["name"] for row in waiting if row["name"] in right][:DECIDED]
    for name in by_command:
        done = await told("accept", name, "--order", order_id, "--by", PERSON, "--reason", "same content")
        assert done["kind"] == "accepted"
    history = await store.order_history(order_id)
    assert history is not None
    assert history.newest.number == 1 + DECIDED
    attached = [one for entry in history.newest.order.scope for one in entry.attached]
    assert {one.name for one in attached} == set(by_command)
    assert all(one.evidence.startswith("score ") and one.by == PERSON for one in attached)
    left = await told("list", "--order", order_id)
    assert not set(by_command) & {row["name"] for row in left}
    for row in left:  # as a person who knows would decide
        decide = accept if row["name"] in right else reject
        await decide(store, row["name"], order_id, by=PERSON, reason="looked at", now=datetime.now(UTC))
    assert await told("list", "--order", order_id) == []
    return (await find(store, datetime.now(UTC)))[0]


LIST_ORDER = Order(
    id="agcom-elenco", title="Names to withhold", authority="AGCOM", instrument=Instrument.AUTHORITY_ORDER,
    issued_on=date(2022, 7, 11), addressees=("cloudflare",), starts_on=date(2022, 7, 11), grace_days=3,
)  # fmt: skip


def varied(rows: Sequence[dict[str, Any]], count: int) -> list[dict[str, Any]]:
    """So many of *rows*: the first of every combination of grounds, then the others."""
    kinds: dict[tuple[str, ...], dict[str, Any]] = {}
    for row in rows:
        kinds.setdefault(tuple(sorted(one["ground"] for one in row["grounds"])), row)
    first = list(kinds.values())
    return [*first, *(row for row in rows if row not in first)][:count]


def _reasons(row: dict[str, Any]) -> str:
    said = "; ".join(f"{one['en']} ({one['weight']:+d})" for one in row["grounds"])
    return f"  {row['score']:4d}  {row['name']}  {row['state']}: {said}"
