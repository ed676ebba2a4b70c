"""What the handlers of a collector work with."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from weakref import WeakValueDictionary

from aiohttp import web

from collector.library import Library
from collector.metrics import Metrics
from collector.receive.admit import Holder
from collector.receive.limits import Limits
from collector.receive.logs import Followers
from collector.receive.room import Room
from collector.store.facts import Facts

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from collector.engine import Engine
    from collector.evidence.seal import Sealer
    from collector.store import Store
    from schema.dsse import Signer


@dataclass(frozen=True)
class Services:
    """The parts of one collector; *now* is its clock, *title* what a scenario calls itself, empty on the real network.

    Receipts promise that what they are for is in the log `within_s` later.
    """

    store: Store
    signer: Signer
    engine: Engine
    library: Library
    now: Callable[[], datetime]
    sealer: Sealer
    metrics: Metrics = field(default_factory=Metrics)
    limits: Limits = field(default_factory=Limits)
    lab: bool = False
    title: str = ""
    within_s: int = 3600
    facts: Facts = field(default_factory=Facts)
    logs: Followers = field(default_factory=Followers)
    room: Room = field(init=False)
    _turns: WeakValueDictionary[str, asyncio.Lock] = field(default_factory=WeakValueDictionary)

    def __post_init__(self) -> None:
        """Make the room that the limits leave."""
        object.__setattr__(self, "room", Room(self.limits.waiting_bytes))

    async def keys(self) -> dict[str, Holder]:
        """Who may deliver, by key id; asked anew each time, so that a revocation holds from the next batch on."""
        return {
            one.key_id: Holder(one.probe, one.public_key, one.revoked, one.suspended)
            for one in await self.store.holdings()
        }

    def turn(self, probe: str) -> asyncio.Lock:
        """The lock under which batches of a probe go one after the other; forgotten when nobody holds or awaits it."""
        lock = self._turns.get(probe)
        if lock is None:
            lock = self._turns[probe] = asyncio.Lock()
        return lock


SERVICES: Final = web.AppKey("services", Services)
