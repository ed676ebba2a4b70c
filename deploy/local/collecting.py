"""The collector of `up`: embedded Postgres, store, engine, planner and HTTP, in this process."""

from __future__ import annotations

import asyncio
import secrets
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from aiohttp import web

from collector.app import make_app, make_runner
from collector.engine import Engine
from collector.evidence.seal import Sealer
from collector.evidence.signed import SignedFile
from collector.findings.accounts import read_accounts
from collector.key import load_or_create_seed
from collector.library import Library
from collector.metrics import Metrics
from collector.planner import Planner, Press
from collector.planning.asking import Listed, Wish, asking, docket_of, read_ledger
from collector.planning.publisher import LOOK_EVERY_S, Publisher, Rhythm
from collector.planning.slots import Step
from collector.services import Services
from collector.store import Store, migrate, set_reader_password
from deploy.local.custody import Custody
from deploy.postgres import running, start, stop
from probe.identity import load_or_create_key, write_durably
from schema.codec import encode
from schema.dsse import Signer
from schema.errors import UnavailableError
from schema.note import NoteSigner
from schema.pace import Pace

if TYPE_CHECKING:
    import socket
    from contextlib import AsyncExitStack

    from collector.compliance.explain import Account
    from collector.planning.asking import Asking
    from deploy.local.datadir import DataFolder
    from deploy.local.setting import Setting
    from deploy.local.voice import Voice
    from probe.clock import Clock

_LAB_GUESTS = 50  # names of lists that were just notified: a lab has no ceilings, but a round should end
_SEAL_EVERY_S = 15.0
Row = dict[str, Any]


class Collecting:
    """A collector that is open; everything it started is stopped with the stack it was opened on."""

    def __init__(
        self, services: Services, plans: Planner | Publisher, custody: Custody, clock: Clock, folder: DataFolder
    ) -> None:
        """Use `open`."""
        self._store = services.store
        self._engine = services.engine
        self._plans = plans
        self._clock = clock
        self._folder = folder
        self._brought = -1  # hashes of the never-probe list that the probes here hold
        self.custody = custody
        self.signer = services.signer
        self.address = ("", 0)

    @classmethod
    async def open(
        cls,
        stack: AsyncExitStack,
        folder: DataFolder,
        setting: Setting,
        clock: Clock,
        *,
        listening: socket.socket,
        voice: Voice,
        digest: str,
    ) -> Collecting:
        """Bring the collector up on the data of *folder*; it answers on *listening*.

        Raises:
            UnavailableError: Postgres does not start.
        """
        was_running = running(folder.path) is not None  # `started` is false where Ctrl-C reached only pg_ctl
        server = start(folder.path, progress=voice.step)
        if not was_running:
            stack.callback(stop, folder.path)
        await migrate(server.dsn(), voice.step)
        await set_reader_password(server.dsn(), server.password("analyst_reader"))
        store = await Store.connect(server.dsn())
        stack.push_async_callback(store.close)
        await store.ensure_deployment(lab=setting.lab, scenario=digest or None, title=setting.title or None)
        seed = load_or_create_seed(folder.collector_key)
        signer, notes = Signer(seed), NoteSigner(seed)
        await _enroll(store, folder, setting, clock)
        for order in setting.orders:
            text = encode(order)
            await store.put_order(order.id, text, text, clock.now())
        library, metrics = Library(store), Metrics()
        engine = Engine(store, library, metrics)
        press = Press(store, signer, dice=secrets.token_bytes, after=store.newest_token)
        await engine.start()
        stack.push_async_callback(engine.stop)
        sealer = Sealer(store, notes, SignedFile(folder.collector_key), now=clock.now, metrics=metrics)
        await sealer.start()
        custody = await Custody.open(stack, store, sealer, folder, clock, voice=voice, lab=setting.lab)
        services = Services(
            store, signer, engine, library, clock.now, sealer, metrics=metrics, lab=setting.lab, title=setting.title
        )
        self = cls(services, _plans(services, setting, press), custody, clock, folder)
        await self._bring_never_probe()
        self.address = await _answer(stack, services, listening)
        return self

    @property
    def url(self) -> str:
        """Where the pages are."""
        host, port = self.address
        return f"http://{f'[{host}]' if ':' in host else host}:{port}"

    async def publish_through(self, number: int) -> None:
        """Have every plan of a lab up to *number* published."""
        await self._bring_never_probe()
        if isinstance(self._plans, Planner):
            await self._plans.publish_through(number)

    async def keep_publishing(self) -> None:
        """Publish for ever by the clock on the wall; what cannot be stored now is published the next time."""
        while True:
            with suppress(UnavailableError):
                await self._bring_never_probe()
                if isinstance(self._plans, Publisher):
                    await self._plans.look()
            await asyncio.sleep(LOOK_EVERY_S)

    async def _bring_never_probe(self) -> None:
        """Have the probes here follow the list of the ledger: what was planned before it grew is not asked either."""
        hashes = await self._store.never_probe_hashes()
        if hashes != self._brought:
            write_durably(self._folder.never_probe, (await self._store.never_probe()).pack())
            self._brought = hashes

    async def keep_sealing(self) -> None:
        """Seal the log for ever."""
        await self.custody.keep_sealing(_SEAL_EVERY_S)

    async def judged(self) -> None:
        """Return when everything that arrived is judged."""
        await self._engine.idle()

    async def found(self) -> None:
        """Return when everything that arrived is judged and the days are in step with it, with the log and with the orders."""
        self._engine.look()
        await self._engine.idle()

    async def accounts(self) -> list[Account]:
        """What the days of each order, operator and name come to."""
        return await read_accounts(self._store)

    async def status(self) -> list[Row]:
        """analyst.current_status."""
        return await self._store.current_status()

    async def history(self) -> list[Row]:
        """analyst.status_history."""
        return await self._store.status_history()

    async def circumvention(self) -> list[Row]:
        """analyst.circumvention, counted."""
        return await self._store.circumvention_counts()


def _plans(services: Services, setting: Setting, press: Press) -> Planner | Publisher:
    """What publishes: in a lab the rounds that are conducted, else whatever the clock says is due."""
    wish = Wish(setting.world, setting.policy, setting.names, measuring=setting.measuring)
    store, now = services.store, services.now
    if setting.starts_at is None:
        rhythm = Rhythm(Step(setting.step_s, setting.window_s), Pace())
        return Publisher(store, press, wish, rhythm, now=now, published=services.sealer.seal)
    listed = Listed(store)

    async def asked() -> Asking:
        ledger = await read_ledger(store, now(), guests=_LAB_GUESTS)
        docket = docket_of(ledger, wish, now(), room=len(setting.names) + _LAB_GUESTS)
        return asking(docket, ledger, wish, await listed.by_order(ledger, now()))

    return Planner(press, asking=asked, starts_at=setting.starts_at, window_s=setting.window_s)


async def _enroll(store: Store, folder: DataFolder, setting: Setting, clock: Clock) -> None:
    for vantage in setting.world.vantages:
        key = load_or_create_key(folder.probe(vantage.id) / "key")
        await store.add_vantage(vantage, key.public_key, clock.now())


async def _answer(stack: AsyncExitStack, services: Services, listening: socket.socket) -> tuple[str, int]:
    runner = make_runner(make_app(services))
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    await web.SockSite(runner, listening).start()
    taken: tuple[str, int] = runner.addresses[0][:2]
    return taken
