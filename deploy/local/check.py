"""`ottempera check`: one look from here, without a database."""

from __future__ import annotations

import secrets
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Literal, NamedTuple

import typer
from msgspec.structs import replace

from collector.judge.account import judge_explained
from collector.judge.explain import explain
from collector.questions import build_questions
from collector.registry import builtin_world, default_policy
from deploy.local.scenarios import load
from deploy.local.setting import LAB_WINDOW
from deploy.tables import print_verdicts
from probe.asking import Asker, Dice, Window
from probe.clock import SystemClock
from probe.observe import record_line
from probe.transport import direct, make_carriers
from schema.cells import applicable, expand
from schema.codec import encode
from schema.endpoint import parse_endpoint
from schema.errors import ConfigError
from schema.names import canonical
from schema.pace import LAB_PACE, Pace, schedule
from schema.plan import PlanVantage
from schema.record import read_record
from schema.registry import Vantage, World
from schema.words import Kind, Note

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from collector.judge.account import Account
    from probe.transport import Heard, Route
    from schema.cells import Cell
    from schema.record import Record
    from schema.registry import Resolver

_PLAN = "0" * 64  # a look is no plan's; its records are printed, never kept
_REAL_WINDOW = Window(3.0)
_IN_FLIGHT = 500


class Shape(NamedTuple):
    """How a look is printed: a table in one language, or JSON lines, with their explanations between them if wanted."""

    language: Literal["en", "it"] = "en"
    as_json: bool = False
    explained: bool = False


class _Place(NamedTuple):
    """Where a look is taken from."""

    world: World
    vantage: Vantage
    route: Route
    pace: Pace
    trust: str | None
    window: Window


async def run_check(
    names: Sequence[str],
    *,
    resolvers: Sequence[str],
    transports: Sequence[str],
    lab: bool,
    scenario: Path | None,
    shape: Shape,
) -> None:
    """Ask and print verdicts with their reasons.

    Raises:
        ConfigError: an unknown resolver or transport, or nothing left to ask. FormatError: a name that is none.
    """
    wanted = tuple(dict.fromkeys(canonical(name) for name in names))
    async with _lab_place(scenario) if lab else _real_place(scenario) as place:
        world = _narrowed(place.world, resolvers, transports)
        cells = expand(build_questions(world, wanted))
        asked = applicable(cells, _plan_vantage(place.vantage))
        if not shape.as_json:
            typer.echo(f"asking {len(asked)} questions ...", err=True)
        records = await _look(asked, place)
    policy = default_policy(place.world, indicative=True)
    accounts = [
        account._replace(verdict=replace(verdict, notes=(*verdict.notes, Note.INDICATIVE)))
        for verdict, account in judge_explained(records, place.world, policy, vantage=place.vantage)
    ]
    _print(accounts, shape, invented=lab)


def _print(accounts: Sequence[Account], shape: Shape, *, invented: bool) -> None:
    verdicts = [account.verdict for account in accounts]
    said = [explain(account) for account in accounts]
    if not shape.as_json:
        print_verdicts(verdicts, [getattr(one, shape.language) for one in said], invented=invented)
        return
    for verdict, one in zip(verdicts, said, strict=True):
        sys.stdout.buffer.write(encode(verdict) + b"\n")
        if shape.explained:
            sys.stdout.buffer.write(encode({"explain": one._asdict()}) + b"\n")


@asynccontextmanager
async def _lab_place(scenario: Path | None) -> AsyncIterator[_Place]:
    """The first vantage of a scenario, in its first round."""
    from deploy.lab.process import LabProcess
    from deploy.lab.scenario import to_registry

    data, name, parsed = load(scenario)
    known, vantages = to_registry(parsed)
    lab = LabProcess()
    routes = await lab.start(data, name)
    try:
        await lab.set_round(1)
        here = routes.table[vantages[0].id]
        with routes.ca_file() as trust:
            yield _Place(
                World(known, vantages),
                vantages[0],
                lambda endpoint: here[str(endpoint)],
                LAB_PACE,
                str(trust),
                LAB_WINDOW,
            )
    finally:
        await lab.stop()


@asynccontextmanager
async def _real_place(scenario: Path | None) -> AsyncIterator[_Place]:
    """The line of this machine, on the real network; what is not known of its line is left out."""
    if scenario is not None:
        raise ConfigError("--scenario needs --lab", remedy="Without --lab the real resolvers are asked.")
    yield _Place(builtin_world(), Vantage("here"), direct, Pace(), None, _REAL_WINDOW)


def _plan_vantage(vantage: Vantage) -> PlanVantage:
    return PlanVantage(vantage.id, vantage.asn, vantage.country, vantage.operator)


def _narrowed(world: World, resolvers: Sequence[str], transports: Sequence[str]) -> World:
    """*world* with only the wanted targets and transports; controls and twins stay whole, a look needs them."""
    known = {resolver.id for resolver in world.resolvers}
    for resolver in resolvers:
        if resolver not in known:
            raise ConfigError(f"no resolver is called {resolver!r}", remedy=f"Known are: {', '.join(sorted(known))}")
    twins = {one.twin for one in world.resolvers if one.id in resolvers}
    kept: list[Resolver] = []
    for one in world.resolvers:
        if one.kind is Kind.CONTROL:
            kept.append(one)
        elif not resolvers or one.id in {*resolvers, *twins}:
            endpoints = tuple(
                end for end in one.endpoints if not transports or parse_endpoint(end).transport in transports
            )
            kept.extend([replace(one, endpoints=endpoints)] if endpoints else [])
    if all(one.kind is Kind.CONTROL for one in kept):
        raise ConfigError("nothing is left to ask", remedy="Transports are udp, tcp, tls, https.")
    return World(tuple(kept), world.vantages)


async def _look(cells: Sequence[Cell], place: _Place) -> list[tuple[bytes, Record]]:
    """Ask every cell; real endpoints at most once a second each."""
    carriers = make_carriers(place.route, place.trust)
    clock, records = SystemClock(), []
    turns, _ = schedule(cells, seed=secrets.token_hex(8), probe=place.vantage.id, pace=place.pace, room_s=float("inf"))

    def heard(cell: Cell, what: Heard) -> None:
        line = record_line(what, cell, plan=_PLAN, probe=place.vantage.id, at=clock.at(what.sent_at_ns))
        records.append((line, read_record(line)))

    asker = Asker(carriers, Dice(secrets.token_bytes), window=place.window, in_flight=_IN_FLIGHT)
    try:
        await asker.ask(turns, wanted=lambda _cell: True, heard=heard)
    finally:
        await carriers.close()
    return records
