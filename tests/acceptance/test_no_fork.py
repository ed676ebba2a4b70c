"""No log forks: a database restored from a backup, two processes on one database, a probe that was copied; seeds are printed.

What is counted are pairs of signed checkpoints that were handed out and of which none is the beginning of the other.
"""

from __future__ import annotations

import asyncio
import os
import random
from contextlib import asynccontextmanager, suppress
from itertools import count
from typing import TYPE_CHECKING, Final

import asyncpg
import pytest

from collector.evidence.anew import begin_anew
from collector.evidence.seal import Sealer
from collector.evidence.signed import SignedFile
from collector.metrics import Metrics
from collector.store import Store, migrate
from deploy.postgres import start
from schema.entry import ProbeCheckpoint, read_entry
from schema.errors import UnavailableError
from schema.log import Tree
from schema.note import NoteSigner, read_note
from tests.acceptance.conftest import data_folder
from tests.helpers.batches import START, VANTAGES, Said, honest
from tests.helpers.collector import COLLECTOR, SEED, Running, collector
from tests.helpers.custodians import Custodian, Shown

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path

    from deploy.postgres import Server
    from schema.cells import Cell
    from schema.plan import PlanVantage

TRIALS: Final = 20
CHOSEN: Final = int(os.environ.get("OTTEMPERA_SEED", random.SystemRandom().randrange(10**9)))
#: What becomes of the file beside the key when the database is restored.
FILES: Final = ("kept", "lost", "restored, too")


class Cluster:
    """Databases that can be copied, as a backup is made and played back."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._numbers = count(1)
        self._template: str | None = None

    async def fresh(self) -> str:
        """A migrated database's name."""
        if self._template is None:
            self._template = await self._create("template0")
            await migrate(self.dsn(self._template), lambda _: None)
        return await self.copy(self._template)

    async def copy(self, name: str) -> str:
        """A copy of a database to which nobody is connected."""
        return await self._create(name)

    def dsn(self, name: str) -> str:
        """Where to connect."""
        return self._server.dsn(database=name)

    async def execute(self, statement: str) -> None:
        """As the superuser."""
        owner = await asyncpg.connect(self._server.dsn("postgres", "postgres"))
        try:
            await owner.execute(statement)
        finally:
            await owner.close()

    async def _create(self, template: str) -> str:
        name = f"fork_{next(self._numbers)}"
        await self.execute(f"CREATE DATABASE {name} OWNER ottempera TEMPLATE {template}")
        return name


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """A server of this module's own."""
    with data_folder() as folder:
        folder.mkdir(parents=True, exist_ok=True)
        one = Cluster(start(folder))
        asyncio.run(one.execute("ALTER SYSTEM SET fsync = off"))  # nothing here has to survive a power cut
        asyncio.run(one.execute("SELECT pg_reload_conf()"))
        yield one


@asynccontextmanager
async def running_on(dsn: str, key: Path) -> AsyncIterator[Running]:
    """A process of the collector."""
    store = await Store.connect(dsn)
    try:
        async with collector(store, folder=key) as running:
            yield running
    finally:
        await store.close()


async def act(running: Running, probes: list[Custodian], shown: Shown, dice: random.Random) -> None:
    """Something that happens on an ordinary day."""
    probe = dice.choice(probes)
    match dice.randrange(5):
        case 0:
            newest = await running.store.newest_plan()
            await running.published((newest.number if newest else 0) + 1)
        case 1:
            newest = await running.store.newest_plan()
            if newest is not None:
                number = dice.randrange(newest.number) + 1
                known = await running.services.library.plan(number)
                if known.plan_id not in probe.closed:
                    probe.measure(known)
        case 2:
            await probe.deliver()
        case 3:
            await running.services.sealer.seal()
            await shown.ask(running)
        case 4:
            await shown.look(running, probe)


async def everybody_comes(running: Running, probes: list[Custodian], shown: Shown) -> None:
    """All deliver and look until nothing moves."""
    for _ in range(3):
        for probe in probes:
            await probe.deliver()
            await shown.look(running, probe)
        await running.services.sealer.seal()
        await shown.ask(running)


@pytest.mark.slow
async def test_a_restored_database(cluster: Cluster, tmp_path: Path, show: Callable[[str], None]) -> None:
    """At any point, whatever came after it: the collector notices, begins a new log, and takes everything in again.

    Where the file is kept, everything that anybody was shown is counted. Where it is lost or as old as the database, what
    nobody remembers cannot be known: counted is what the witnesses saw.
    """
    found = dict.fromkeys(FILES, (0, 0, 0, 0))
    for trial in range(TRIALS):
        file = FILES[trial % len(FILES)]
        dice = random.Random(f"{CHOSEN}/{file}/{trial}")
        shown = Shown(strangers=file == "kept")
        noticed, lost = await _restore(cluster, tmp_path / f"{trial}", shown, dice, file)
        assert not lost, (CHOSEN, trial)
        sums = (1, len(shown.heads), int(noticed), len(shown.inconsistent()))
        found[file] = tuple(map(sum, zip(found[file], sums, strict=True)))  # type: ignore[assignment]  # four as before
    for file, (trials, heads, barred, forks) in found.items():
        show(
            f"file {file}: seed {CHOSEN}, {trials} trials, {heads} heads, {barred} times barred, {forks} inconsistent pairs"
        )
    assert not any(forks for *_, forks in found.values()), CHOSEN
    assert all(barred for _, _, barred, _ in found.values()), CHOSEN


async def _restore(
    cluster: Cluster, folder: Path, shown: Shown, dice: random.Random, file: str
) -> tuple[bool, set[str]]:
    """Whether signing was barred, and what was acknowledged and is neither kept nor in a spool."""
    key = folder / "key"
    key.mkdir(parents=True)
    live = await cluster.fresh()
    probes: list[Custodian] = []
    async with running_on(cluster.dsn(live), key) as running:
        await running.published(2)
        await running.services.sealer.seal()
        probes += [Custodian(one.id, folder / one.id, running.url) for one in VANTAGES]
        for probe in probes:  # each has cosigned once: whoever came later, no backup knows of
            assert await shown.look(running, probe)
        for _ in range(dice.randrange(12)):
            await act(running, probes, shown, dice)
        in_backup = await _kept(running)
    backup = await cluster.copy(live)
    signed = key / "collector.key.signed"
    old = signed.read_bytes()
    async with running_on(cluster.dsn(live), key) as running:
        for probe in probes:
            probe.meet(running.url)
        await everybody_comes(running, dice.sample(probes, 3), shown)
        for _ in range(dice.randrange(4, 16)):
            await act(running, probes, shown, dice)
        if file == "restored, too":  # a whole machine put back: most of the witnesses have to know better
            await running.services.sealer.seal()
            for probe in probes:
                await shown.look(running, probe)
        await shown.ask(running)
    match file:
        case "lost":
            signed.unlink()
        case "restored, too":
            signed.write_bytes(old)
    noticed = False
    dice.shuffle(probes)
    async with running_on(cluster.dsn(backup), key) as running:
        for probe in probes:
            probe.meet(running.url)
            await running.services.sealer.seal()
            await shown.ask(running)
            await probe.deliver()
            await shown.look(running, probe)
            for _ in range(dice.randrange(3)):
                await act(running, [probe], shown, dice)
        await running.services.sealer.seal()
        noticed = "does not" in (running.services.sealer.barred or "")
        await running.store.release_signing()
        if noticed:
            file_now = SignedFile(key / "collector.key")
            await begin_anew(running.store, COLLECTOR.public_key, file_now, reason="a backup was restored", at=START)
    async with running_on(cluster.dsn(backup), key) as running:
        probes = [probe.restarted(running.url) for probe in probes]
        await everybody_comes(running, probes, shown)
        assert running.services.sealer.barred is None, running.services.sealer.barred
        after = await _kept(running)
        lost = {one for probe in probes for one in await _undelivered(running, probe)}
    for probe in probes:
        probe.close()
    assert in_backup <= after
    for name in (live, backup):
        await cluster.execute(f"DROP DATABASE {name} WITH (FORCE)")
    return noticed, lost


async def _undelivered(running: Running, probe: Custodian) -> set[str]:
    """Batches that the probe holds and that could be taken: the next of their chain, and not here.

    What was freed was in a checkpoint that the probe had checked and cosigned; a restored database lacks it, and what
    follows it in its chain waits on the probe's disk for a person.
    """
    found: set[str] = set()
    for batch in probe.spool.held._all():
        head = await running.store.chain_head(probe.probe, batch.chain)
        if batch.number == (head[0] if head else 0) + 1:
            found.add(batch.digest)
    return found


async def _kept(running: Running) -> set[str]:
    return {row.batch_id for row in await running.store.stored_batches(0, 100_000)}


@pytest.mark.slow
async def test_two_processes_on_one_database(cluster: Cluster, tmp_path: Path, show: Callable[[str], None]) -> None:
    """Each believes itself alone, locks are lost under them, and yet there is one history."""
    forks = heads = taken = 0
    for trial in range(TRIALS):
        dice = random.Random(f"{CHOSEN}/two/{trial}")
        shown, name = Shown(), await cluster.fresh()
        stores = [await Store.connect(cluster.dsn(name)) for _ in range(2)]
        sealers: list[Sealer] = []
        for place, store in enumerate(stores):
            file = SignedFile(tmp_path / f"{trial}-{place}")
            sealers.append(Sealer(store, NoteSigner(SEED), file, now=lambda: START, metrics=Metrics()))
        for vantage in VANTAGES:
            await stores[0].add_vantage(vantage, NoteSigner(vantage.id.encode().ljust(32)).public_key, START)
        last = -1
        for step in range(24):
            probe = dice.choice(VANTAGES).id
            await dice.choice(stores).note_vantage(probe, "suspended", f"{step}", START.replace(microsecond=step))
            if dice.random() < 0.3:
                await _lose_locks(cluster, name)
            if dice.random() < 0.2:
                await dice.choice(stores).release_signing()
            done = await asyncio.gather(*(one.seal() for one in sealers), return_exceptions=True)
            for place, sealed in enumerate(done):
                if isinstance(sealed, BaseException):
                    assert isinstance(sealed, UnavailableError), (CHOSEN, trial, sealed)
                elif sealed is not None:
                    taken += place != last >= 0
                    last = place
                    shown.add(read_note(sealed.note), Tree(await stores[place].leaves(sealed.log, 0)))
        forks += len(shown.inconsistent())
        heads += len(shown.heads)
        for store in stores:
            with suppress(UnavailableError):
                await store.close()
        await cluster.execute(f"DROP DATABASE {name} WITH (FORCE)")
    show(
        f"two processes: seed {CHOSEN}, {TRIALS} trials, {heads} heads, {taken} times the other signed, {forks} inconsistent pairs"
    )
    assert forks == 0, CHOSEN
    assert taken > TRIALS, CHOSEN


async def _lose_locks(cluster: Cluster, name: str) -> None:
    """Connections break, and with them whatever their sessions held."""
    await cluster.execute(
        f"SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND database ="
        f" (SELECT oid FROM pg_database WHERE datname = '{name}')"
    )


@pytest.mark.slow
async def test_a_copied_probe(cluster: Cluster, tmp_path: Path, show: Callable[[str], None]) -> None:
    """Two processes with one key on copies of one disk: nobody holds two contents for one place, and both are kept."""

    def other(cell: Cell, vantage: PlanVantage, number: int) -> Said:
        return Said(3) if cell.role == "target" else honest(cell, vantage, number)  # type: ignore[return-value]  # there are no gaps

    seen = forks = chains = told = 0
    for trial in range(TRIALS):
        dice = random.Random(f"{CHOSEN}/copy/{trial}")
        name, folder = await cluster.fresh(), tmp_path / f"{trial}"
        (folder / "key").mkdir(parents=True)
        async with running_on(cluster.dsn(name), folder / "key") as running:
            await running.published(4)
            first = Custodian("mi-01", folder / "one", running.url)
            plans = [await running.services.library.plan(number) for number in range(1, 5)]
            for known in plans[: dice.randrange(1, 3)]:
                first.measure(known)
                if dice.random() < 0.5:
                    await first.deliver()
            second = first.copied(folder / "two", running.url)
            differs = dice.random() < 0.5
            work = [(first, honest), (second, other if differs else honest)] * 2
            dice.shuffle(work)
            rounds = {first: iter(plans[2:]), second: iter(plans[2:])}
            for probe, script in work:
                probe.measure(next(rounds[probe]), script)  # type: ignore[arg-type]  # neither leaves gaps
                for one in dice.sample([first, second], 2):
                    await one.deliver()
            await running.services.sealer.seal()
            row = await running.store.log()
            assert row
            entries = [read_entry(line) for line in await running.store.log_lines(row.log, 0, 10_000)]
            found: dict[tuple[str, int], set[str]] = {}
            for entry in entries:
                if isinstance(entry, ProbeCheckpoint):
                    found.setdefault((entry.chain, entry.size), set()).add(entry.root)
                    seen += 1
            forks += sum(len(roots) - 1 for roots in found.values())
            chains += len({chain for chain, _ in found})
            suspended = any(one.suspended for one in await running.store.vantages())
            told += suspended
            assert suspended == differs, (CHOSEN, trial)
            assert first.sent | second.sent <= await _kept(running), (CHOSEN, trial)
        for one in (first, second):
            one.close()
        await cluster.execute(f"DROP DATABASE {name} WITH (FORCE)")
    show(
        f"copied probe: seed {CHOSEN}, {TRIALS} trials, {seen} heads of {chains} chains, {told} times suspended, {forks} forks"
    )
    assert forks == 0, CHOSEN
    assert 0 < told < TRIALS, CHOSEN
