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

    from collector.evidence.signed import Sealed
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
        one = Disaster(cluster, tmp_path / f"{trial}", dice, file)
        live, backup = await one.live()
        noticed = await one.restored(backup)
        assert not await one.afterwards(backup), (CHOSEN, trial)
        await one.tidy(live, backup)
        sums = (1, len(one.shown.heads), int(noticed), len(one.shown.inconsistent()))
        found[file] = tuple(map(sum, zip(found[file], sums, strict=True)))  # type: ignore[assignment]  # four as before
    for file, (trials, heads, barred, forks) in found.items():
        show(
            f"file {file}: seed {CHOSEN}, {trials} trials, {heads} heads, {barred} times barred, {forks} inconsistent pairs"
        )
    assert not any(forks for *_, forks in found.values()), CHOSEN
    assert all(barred for _, _, barred, _ in found.values()), CHOSEN


class Disaster:
    """A collector, its backup, and what came between."""

    def __init__(self, cluster: Cluster, folder: Path, dice: random.Random, file: str) -> None:
        self.cluster, self.folder, self.dice, self.file = cluster, folder, dice, file
        self.shown = Shown(strangers=file == "kept")
        self.key = folder / "key"
        self.key.mkdir(parents=True)
        self.probes: list[Custodian] = []
        self.in_backup: set[str] = set()

    @asynccontextmanager
    async def process(self, database: str) -> AsyncIterator[Running]:
        """A process of the collector; the probes meet it where it answers."""
        async with running_on(self.cluster.dsn(database), self.key) as running:
            for probe in self.probes:
                probe.meet(running.url)
            yield running

    async def live(self) -> tuple[str, str]:
        """Ordinary days with a backup in their middle; the names of the database and of the backup."""
        live = await self.cluster.fresh()
        async with self.process(live) as running:
            await running.published(2)
            await running.services.sealer.seal()
            self.probes += [Custodian(one.id, self.folder / one.id, running.url) for one in VANTAGES]
            for probe in self.probes:  # each has cosigned once: of whoever came later no backup knows
                assert await self.shown.look(running, probe)
            for _ in range(self.dice.randrange(12)):
                await act(running, self.probes, self.shown, self.dice)
            self.in_backup = await _kept(running)
        backup = await self.cluster.copy(live)
        signed = SignedFile(self.key / "collector.key").path
        old = signed.read_bytes()
        async with self.process(live) as running:
            await everybody_comes(running, self.dice.sample(self.probes, 3), self.shown)
            for _ in range(self.dice.randrange(4, 16)):
                await act(running, self.probes, self.shown, self.dice)
            if self.file == "restored, too":  # a whole machine put back: most of the witnesses have to know better
                await running.services.sealer.seal()
                for probe in self.probes:
                    await self.shown.look(running, probe)
            await self.shown.ask(running)
        if self.file == "lost":
            signed.unlink()
        elif self.file == "restored, too":
            signed.write_bytes(old)
        return live, backup

    async def restored(self, backup: str) -> bool:
        """The probes come to the restored database one by one; whether it was noticed. Then a new log begins."""
        self.dice.shuffle(self.probes)
        async with self.process(backup) as running:
            for probe in self.probes:
                await running.services.sealer.seal()
                await self.shown.ask(running)
                await probe.deliver()
                await self.shown.look(running, probe)
                for _ in range(self.dice.randrange(3)):
                    await act(running, [probe], self.shown, self.dice)
            await running.services.sealer.seal()
            noticed = "does not" in (running.services.sealer.barred or "")
            await running.store.release_signing()
            if noticed:
                file = SignedFile(self.key / "collector.key")
                await begin_anew(running.store, COLLECTOR.public_key, file, reason="a backup was restored", at=START)
        return noticed

    async def afterwards(self, backup: str) -> set[str]:
        """Every probe starts again and delivers; what it holds and could have delivered, but is not here."""
        async with self.process(backup) as running:
            self.probes = [probe.restarted(running.url) for probe in self.probes]
            await everybody_comes(running, self.probes, self.shown)
            assert running.services.sealer.barred is None, running.services.sealer.barred
            assert self.in_backup <= await _kept(running)
            return {one for probe in self.probes for one in await _undelivered(running, probe)}

    async def tidy(self, *databases: str) -> None:
        """Let go of everything."""
        for probe in self.probes:
            probe.close()
        for name in databases:
            await self.cluster.execute(f"DROP DATABASE {name} WITH (FORCE)")


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
        file = SignedFile(tmp_path / f"{trial}")
        sealers = [Sealer(store, NoteSigner(SEED), file, now=lambda: START, metrics=Metrics()) for store in stores]
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
            order = dice.sample(range(2), 2)
            done = await asyncio.gather(*(sealers[place].seal() for place in order), return_exceptions=True)
            for place, sealed in zip(order, done, strict=True):
                if await _note(shown, stores[place], sealed):
                    taken += place != last >= 0
                    last = place
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


async def _note(shown: Shown, store: Store, sealed: Sealed | BaseException | None) -> bool:
    """Take what a process signed, if it did; it may fail because its connection was lost, and in no other way."""
    if isinstance(sealed, BaseException):
        assert isinstance(sealed, UnavailableError), (CHOSEN, sealed)
        return False
    if sealed is not None:
        shown.add(read_note(sealed.note), Tree(await store.leaves(sealed.log, 0)))
    return sealed is not None


async def _lose_locks(cluster: Cluster, name: str) -> None:
    """Connections break, and with them whatever their sessions held."""
    held = f"locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = '{name}')"  # noqa: S608  a name of our own
    statement = f"SELECT pg_terminate_backend(pid) FROM pg_locks WHERE {held}"  # noqa: S608  a name of our own
    await cluster.execute(statement)


@pytest.mark.slow
async def test_a_copied_probe(cluster: Cluster, tmp_path: Path, show: Callable[[str], None]) -> None:
    """Two processes with one key on copies of one disk: nobody holds two contents for one place, and both are kept."""

    def other(cell: Cell, vantage: PlanVantage, number: int) -> Said:
        return Said(3) if cell.role == "target" else honest(cell, vantage, number)

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
                probe.measure(next(rounds[probe]), script)
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
