from __future__ import annotations

import asyncio
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest
import zstandard

from probe.post import CollectorClient, Reply
from probe.ship import Backoff, RefusedError, Shipper
from probe.spool import Spool
from schema.codec import encode
from schema.dsse import RECEIPT, seal
from schema.errors import UnavailableError
from schema.receipt import Receipt
from schema.record import BatchHeader, BatchLine, read_line
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


class Forgetful(CollectorClient):
    """Takes the first batch, and at the second misses the first, whatever it answered before."""

    def __init__(self) -> None:
        super().__init__("http://127.0.0.1:9")
        self.sent: list[int] = []

    def request(
        self, method: str, path: str, *, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> Reply:
        assert body is not None
        first = read_line(zstandard.ZstdDecompressor().stream_reader(body).read().split(b"\n")[0])
        assert isinstance(first, BatchLine)
        self.sent.append(first.batch.number)
        if first.batch.number > 1:
            return Reply(409, encode({"title": "out of order", "expected": 1}))
        given = Receipt(2, sha256(body).hexdigest(), "p", first.batch.chain, 1, 1, NOW)
        return Reply(201, encode(seal(COLLECTOR, RECEIPT, encode(given))))


async def test_a_collector_that_forgets_at_once_is_given_time(tmp_path: Path) -> None:
    """It is gone back to the same batch once; then it is left alone for a while, and nothing is called lost."""
    client, spool = Forgetful(), _spool(tmp_path)
    spool.append(b"another line")
    spool.flush()
    backoff = Backoff(first_s=3600.0, most_s=3600.0, dice=lambda: 1.0)
    shipper = Shipper(client, spool, collector_key=COLLECTOR.public_key, backoff=backoff)
    for _ in range(2):
        with pytest.raises(UnavailableError, match="out of order") as raised:
            async with asyncio.timeout(60):
                await shipper.drain()
        assert not isinstance(raised.value, RefusedError)
    assert client.sent == [1, 2, 1, 2, 2, 1, 2]
    assert len(list(spool.held.waits())) == 2


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
