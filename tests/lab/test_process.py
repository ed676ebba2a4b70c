"""The lab in its own process: it follows the parent's rounds and never outlives the parent."""

from __future__ import annotations

import asyncio
import os
import select
import sys

import dns.message
import dns.rcode
import pytest

from deploy.lab.process import LabProcess
from schema.errors import ConfigError, UnavailableError
from tests.lab.ask import ask, way

WORLD = b"""
[[name]]
name = "site.test"
addresses = ["198.51.100.7"]
[[resolver]]
id = "cloudflare"
address = "1.1.1.1"
  [[resolver.answer]]
  names = ["site.test"]
  from_round = 2
  reply = "refused"
"""
SITE = dns.message.make_query("site.test", "A")

PARENT = """
import asyncio, sys
from deploy.lab.process import LabProcess

async def main():
    lab = LabProcess()
    await lab.start(sys.stdin.buffer.read(), "test")
    print(lab.pid, flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


async def test_rounds_are_followed() -> None:
    """Once set_round has returned, every answer is of that round."""
    async with LabProcess() as lab:
        routes = await lab.start(WORLD, "test")
        for number, rcode in ((1, dns.rcode.NOERROR), (2, dns.rcode.REFUSED), (1, dns.rcode.NOERROR)):
            await lab.set_round(number)
            for transport in ("udp", "tls"):
                assert (await ask(way(routes, "lab-01", transport), SITE)).rcode() == rcode
        with routes.ca_file() as file:
            assert file.read_bytes() == routes.ca_pem


async def test_a_bad_scenario_is_the_configurations_fault() -> None:
    """The child's refusal arrives with its remedy."""
    lab = LabProcess()
    with pytest.raises(ConfigError, match="line 1, titel") as refused:
        await lab.start(b'titel = "x"', "mine.toml")
    assert "title" in refused.value.remedy
    with pytest.raises(UnavailableError):
        await lab.set_round(1)


async def test_stopping_twice_and_before_the_start() -> None:
    """Whoever cleans up need not know how far it came."""
    lab = LabProcess()
    await lab.stop()
    await lab.start(WORLD, "test")
    await lab.stop()
    await lab.stop()


async def test_the_child_ends_with_a_killed_parent() -> None:
    """`kill -9` of the parent leaves nothing behind."""
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PARENT, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert parent.stdin is not None
    assert parent.stdout is not None
    parent.stdin.write(WORLD)
    parent.stdin.close()
    child = os.pidfd_open(int(await parent.stdout.readline()))
    try:
        parent.kill()
        await parent.wait()
        ended = select.poll()
        ended.register(child, select.POLLIN)  # readable once the process has ended
        assert await asyncio.to_thread(ended.poll, 10_000)
    finally:
        os.close(child)
