"""Probes with real spools, shippers and witnesses whose rounds are written, not asked; and what anybody was ever shown."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from probe.config import ProbeConfig
from probe.identity import ProbeKey
from probe.opening import open_spool
from probe.post import CollectorClient
from probe.ship import Backoff, Shipper
from probe.state import WitnessFile
from probe.witness import Witness
from schema.errors import EvidenceError, FormatError, SignatureError, UnavailableError
from schema.log import Tree, is_consistent
from schema.note import read_note
from schema.record import ClockSeen
from tests.helpers.batches import START, honest, round_lines, seed_of
from tests.helpers.collector import CELLS, COLLECTOR

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from collector.receive.match import KnownPlan
    from schema.cells import Cell
    from schema.note import Checkpoint, Note
    from schema.plan import PlanVantage
    from tests.helpers.batches import Said
    from tests.helpers.collector import Running


class StandingClock:
    """Always the same time."""

    def now(self) -> datetime:
        """That."""
        return START

    def at(self, wall_ns: int) -> datetime:
        """That."""
        return START

    def seen(self) -> ClockSeen:
        """Nothing is known of it."""
        return ClockSeen(source="test")


class Custodian:
    """A process of a probe on its state folder; `sent` are the ids of batches with a receipt."""

    def __init__(self, probe: str, folder: Path, url: str) -> None:
        self.probe, self.folder = probe, folder
        folder.mkdir(parents=True, exist_ok=True)
        self.key = ProbeKey(seed_of(probe))
        self.config = ProbeConfig(probe=probe, collector=url, collector_key=COLLECTOR.public_key.hex(), state=folder)
        self.spool = open_spool(self.config, self.key, StandingClock())
        self.sent: set[str] = set()
        self.closed: set[str] = set()
        self.told: list[str] = []
        self._clients: list[CollectorClient] = []
        self.meet(url)

    def meet(self, url: str) -> None:
        """The collector answers there from now on."""
        self.close()
        self._clients = [CollectorClient(url) for _ in range(2)]
        backoff = Backoff(first_s=0.01, most_s=0.01, dice=lambda: 0.0)
        self._shipper = Shipper(self._clients[0], self.spool, collector_key=COLLECTOR.public_key, backoff=backoff)
        self._witness = Witness(
            self._clients[1], self.spool, self.key, config=self.config, clock=StandingClock(),
            state=WitnessFile(self.folder / "log.json"), told=self.told.append,
        )  # fmt: skip

    def copied(self, folder: Path, url: str) -> Custodian:
        """A process on a copy of the state folder, as somebody makes who clones the machine's disk."""
        shutil.copytree(self.folder, folder)
        return Custodian(self.probe, folder, url)

    def restarted(self, url: str) -> Custodian:
        """The next process on the same folder."""
        self.close()
        return Custodian(self.probe, self.folder, url)

    def measure(
        self,
        known: KnownPlan,
        script: Callable[[Cell, PlanVantage, int], Said] = honest,
    ) -> None:
        """Execute a plan, close the round and have it on disk."""
        vantage = known.plan.vantage(self.probe)
        assert vantage is not None
        *records, close = round_lines(known.plan, known.plan_id, CELLS, vantage, script)
        for line in records:
            self.spool.append(line, plan=known.plan_id)
        self.spool.append_to_log(close, plan=known.plan_id)
        self.spool.flush()
        self.spool.round_closed(known.plan_id)
        self.closed.add(known.plan_id)

    async def deliver(self) -> str:
        """Send what waits; why it did not all go, empty if it did."""
        waiting = {held.digest for held in self.spool.pending()}
        why = ""
        try:
            await self._shipper.drain()
        except (UnavailableError, FormatError, SignatureError, EvidenceError) as error:
            why = str(error)
        self.sent |= waiting - {held.digest for held in self.spool.pending()}
        return why

    async def look(self) -> bool:
        """One look at the collector's log; whether what it shows was confirmed."""
        try:
            await self._witness.look()
        except (UnavailableError, FormatError, SignatureError, EvidenceError) as error:
            self.told.append(str(error))
            return False
        return True

    @property
    def confirmed(self) -> Checkpoint | None:
        """The newest checkpoint that it holds."""
        held = WitnessFile(self.folder / "log.json").value
        return held.checkpoint if held else None

    def close(self) -> None:
        """Let go of the connections."""
        for client in self._clients:
            client.close()


class Shown:
    """Every checkpoint that was handed out, with the lines that it was of; without *strangers*, what witnesses confirmed."""

    def __init__(self, *, strangers: bool = True) -> None:
        self.heads: dict[Checkpoint, Tree] = {}
        self._strangers = strangers

    async def look(self, running: Running, probe: Custodian) -> bool:
        """Let a witness look; whether it confirmed what it was shown."""
        confirmed = await probe.look()
        if confirmed and (head := probe.confirmed) is not None:
            self.heads.setdefault(head, Tree(await _leaves(running)))
        return confirmed

    async def ask(self, running: Running) -> None:
        """Take what anybody is shown now."""
        if not self._strangers:
            return
        reply = await running.request("GET", "/v1/log/checkpoint")
        if reply.status == 200:
            self.add(read_note(reply.body), Tree(await _leaves(running)))

    def add(self, note: Note, tree: Tree) -> None:
        """A signed head and the lines that it is of."""
        head = note.checkpoint
        assert tree.root(head.size) == head.root
        self.heads.setdefault(head, tree)

    def inconsistent(self) -> list[tuple[Checkpoint, Checkpoint]]:
        """The pairs of one log of which the smaller is not shown to be the beginning of the larger."""
        heads = sorted(self.heads, key=lambda head: (head.origin, head.size))
        return [
            (old, new)
            for place, new in enumerate(heads)
            for old in heads[:place]
            if old.origin == new.origin
            and not is_consistent(
                old.size, old.root, new.size, new.root, self.heads[new].consistency(old.size, new.size)
            )
        ]


async def _leaves(running: Running) -> list[bytes]:
    row = await running.store.log()
    return await running.store.leaves(row.log, 0) if row else []
