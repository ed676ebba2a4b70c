from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from probe.post import CollectorClient, Reply
from probe.ship import Backoff, Shipper
from probe.spool import Spool
from schema.errors import UnavailableError
from schema.record import BatchHeader
from tests.helpers.standin import COLLECTOR, NOW, PROBE

if TYPE_CHECKING:
    from pathlib import Path


class Away(CollectorClient):
    """A collector that cannot be reached."""

    def __init__(self) -> None:
        super().__init__("http://127.0.0.1:9")
        self.tries = 0

    def request(
        self, method: str, path: str, *, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> Reply:
        self.tries += 1
        raise UnavailableError(f"try {self.tries}")


def _spool(folder: Path) -> Spool:
    def header(chain: str, number: int, previous: str | None) -> BatchHeader:
        return BatchHeader("p", chain, number, "boot", "test", NOW, previous)

    spool = Spool(folder, PROBE, header=header, new_chain=lambda: "ab" * 16, quota_bytes=1 << 20)
    spool.append(b"a line")
    spool.flush()
    return spool


def test_waits_double_up_to_their_ceiling_and_begin_anew() -> None:
    backoff = Backoff(first_s=1.0, most_s=5.0, dice=lambda: 1.0)
    assert [backoff.next() for _ in range(5)] == [1.0, 2.0, 4.0, 5.0, 5.0]
    backoff.reset()
    assert backoff.next() == 1.0
    assert Backoff(first_s=1.0, most_s=5.0, dice=lambda: 0.0).next() == 0.5


async def test_what_is_new_does_not_cut_a_wait_short_and_a_call_does(tmp_path: Path) -> None:
    """A round writes every second; a collector in trouble is left alone for as long as the wait says."""
    told: asyncio.Queue[str] = asyncio.Queue()
    client = Away()
    backoff = Backoff(first_s=3600.0, most_s=3600.0, dice=lambda: 1.0)
    shipper = Shipper(
        client, _spool(tmp_path), collector_key=COLLECTOR.public_key, backoff=backoff, told=told.put_nowait
    )
    running = asyncio.create_task(shipper.run())
    async with asyncio.timeout(60):
        assert await told.get() == "try 1"
        for _ in range(100):
            shipper.nudge()
            await asyncio.sleep(0)
        assert client.tries == 1
        shipper.hurry()
        assert await told.get() == "try 2"
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
