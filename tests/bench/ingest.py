"""What a collector takes in: observations per CPU-second beside psql's, bytes on disk, time until it is visible."""

from __future__ import annotations

import asyncio
import subprocess
import time
from collections import deque
from typing import TYPE_CHECKING, Final

import asyncpg

from collector.metrics import Metrics
from schema.cells import applicable, expand
from tests.bench.feed import Fleet
from tests.bench.figures import Figure, ratio
from tests.bench.probing import cpu_s
from tests.bench.running import run
from tests.bench.servers import program
from tests.bench.serving import Collector, collector, database, postgres, server_cpu_s, spent_s

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from deploy.postgres import Server
    from tests.helpers.batches import Signed

NAMES: Final = 80
ROUNDS: Final = 5
TIMES: Final = 3
_YARDSTICK: Final = """
CREATE TABLE yardstick (LIKE ledger.observation);
CREATE INDEX ON yardstick (plan_number, probe_no);
"""
_VISIBLE: Final = "SELECT count(*) FROM analyst.observations"
_JUDGED: Final = "SELECT count(*) FROM analyst.verdicts"
_SIZES: Final = """
SELECT relname, pg_total_relation_size(oid) FROM pg_class
WHERE relnamespace = 'ledger'::regnamespace AND relkind = 'r'
AND (relname LIKE 'observation%' OR relname IN ('answer', 'batch'))
"""
LATENCY_NAMES: Final = 9
LATENCY_ROUNDS: Final = 80
LATENCY_PER_SECOND: Final = 5_000


class Turn:
    """One measurement of both contenders on a database of its own."""

    observations = 0
    ours = theirs = wall_s = bytes_each = 0.0
    shares = ""


def ingest(say: Callable[[str], None]) -> Iterator[Figure]:
    """Batches verified, judged, stored and visible, beside the same rows by psql's copy."""
    psql = program("psql", "postgresql-client-15")
    fleet = Fleet.asking(NAMES)
    streams: list[list[Signed]] = []
    turns: list[Turn] = []
    with postgres() as server:
        for _ in range(TIMES):
            turn = asyncio.run(_turn(server, fleet, streams, psql))
            turns.append(turn)
            say(
                f"  {turn.observations:,} observations: {turn.ours:,.0f} per CPU-second ({turn.wall_s:.1f} s of wall"
                f" time), psql {turn.theirs:,.0f}; {turn.bytes_each:.0f} bytes each"
            )
    middle = sorted(turns, key=lambda one: one.ours)[len(turns) // 2]
    note = (
        f"{middle.observations:,} observations in batches of 1,000 from three probes over HTTP, {ROUNDS} rounds; per CPU-second"
        f" of collector, its client and Postgres together {middle.ours:,.0f}, of psql and Postgres {middle.theirs:,.0f}"
    )
    against = ratio([one.ours for one in turns], [one.theirs for one in turns])
    yield Figure("ingest : psql \\copy", against, "x", 0.25, 0.8, note=note)
    yield Figure("disk per observation", middle.bytes_each, "bytes", 200, 100, most=True, note=middle.shares)


async def _turn(server: Server, fleet: Fleet, streams: list[list[Signed]], psql: str) -> Turn:
    turn = Turn()
    async with database(server) as name:
        dsn = server.dsn("ottempera", name)
        async with collector(dsn, Metrics()) as running:
            await fleet.enrol(running.store)
            plans = await fleet.publish(running.store, ROUNDS)
            if not streams:
                streams += fleet.streams(plans)
            before, began = spent_s(server), time.monotonic()
            await asyncio.gather(*(_deliver(running, batches) for batches in streams))
            await running.engine.idle()
            spent, turn.wall_s = spent_s(server) - before, time.monotonic() - began
        connection = await asyncpg.connect(dsn)
        try:
            turn.observations = await connection.fetchval(_VISIBLE)
            if not turn.observations or not await connection.fetchval(_JUDGED):
                raise RuntimeError("every batch was taken and nothing is visible")
            sizes = {row[0]: row[1] for row in await connection.fetch(_SIZES)}
            await connection.execute(_YARDSTICK)
        finally:
            await connection.close()
        turn.ours = turn.observations / spent
        turn.theirs = turn.observations / _copy_s(server, dsn, psql)
    turn.bytes_each = sum(sizes.values()) / turn.observations
    groups = {"evidence": "batch", "answers": "answer", "rows and index": "observation"}
    turn.shares = ", ".join(
        f"{what} {sum(size for table, size in sizes.items() if table.startswith(prefix)) / turn.observations:.1f}"
        for what, prefix in groups.items()
    )
    return turn


async def _deliver(running: Collector, batches: Sequence[Signed]) -> None:
    for signed in batches:
        await running.deliver(signed)


def _copy_s(server: Server, dsn: str, psql: str) -> float:
    """CPU seconds of psql and *server* for the same rows into a table of the same shape with the same index."""
    rows: Path = server.data_dir / "rows.txt"
    quiet = [psql, "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", dsn]
    out = f"\\copy (SELECT * FROM ledger.observation) TO '{rows}'"  # noqa: S608  a path of our own making
    subprocess.run([*quiet, "-c", out], check=True)
    before = server_cpu_s(server)
    cost = run([*quiet, "-c", f"\\copy yardstick FROM '{rows}'"])
    rows.unlink()
    return cost.cpu_s + server_cpu_s(server) - before


class _Lags(Metrics):
    """Metrics that also remember each delay from a round's close to its status."""

    def __init__(self) -> None:
        super().__init__()
        self.lags: list[float] = []
        observe = self.lag.observe

        def remember(amount: float, exemplar: dict[str, str] | None = None) -> None:
            self.lags.append(amount)
            observe(amount, exemplar)

        self.lag.observe = remember  # type: ignore[method-assign]  # a histogram has no way to ask for its values


def latency(say: Callable[[str], None]) -> Iterator[Figure]:
    """From batch received to status visible, at 5,000 observations/s."""
    with postgres() as server:
        lags, takings, reached, share = asyncio.run(_steady(server))
    lags.sort()
    takings.sort()
    middle, p99 = (takings[int(len(takings) * part)] + lags[int(len(lags) * part)] for part in (0.5, 0.99))
    say(f"  {len(lags)} rounds, median {middle:.2f} s, p99 {p99:.2f} s at {reached:,.0f} observations/s")
    note = (
        f"{len(lags)} rounds closed at {reached:,.0f} observations/s (wanted: {LATENCY_PER_SECOND:,}), median {middle:.2f} s;"
        f" of sending a batch until it is durable, plus from there to the status visible; collector and client took"
        f" {share:.0%} of a core"
    )
    yield Figure("received to visible, p99", p99, "s", 2, 1, most=True, note=note)


async def _steady(server: Server) -> tuple[list[float], list[float], float, float]:
    fleet, metrics = Fleet.asking(LATENCY_NAMES), _Lags()
    async with database(server) as name, collector(server.dsn("ottempera", name), metrics) as running:
        await fleet.enrol(running.store)
        plans = await fleet.publish(running.store, LATENCY_ROUNDS)
        streams = fleet.streams(plans)
        # One probe after the other: each batch is a round of one probe.
        order = [signed for row in zip(*streams, strict=True) for signed in row]
        takings: list[float] = []

        async def deliver(signed: Signed) -> None:
            handed = time.monotonic()
            await running.deliver(signed)
            takings.append(time.monotonic() - handed)

        before, began = cpu_s(), time.monotonic()
        each = sum(len(applicable(expand(fleet.questions), vantage)) for vantage in plans[0][1].vantages) / len(streams)
        sent = 0.0
        waiting: deque[asyncio.Task[None]] = deque()
        for signed in order:
            due = began + sent / LATENCY_PER_SECOND
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            task = asyncio.create_task(deliver(signed))
            waiting.append(task)
            if len(waiting) >= len(
                streams
            ):  # the oldest is of the probe whose turn it is: each sends one batch at a time
                await waiting.popleft()
            sent += each
        await asyncio.gather(*waiting)
        took = time.monotonic() - began
        await running.engine.idle()
        return metrics.lags, takings, sent / took, (cpu_s() - before) / took
