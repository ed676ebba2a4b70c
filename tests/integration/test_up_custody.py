"""The agents of `up` hold their state folders as any other probe does, and its data says whom to trust."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import pytest

from deploy.local.custody import Custody
from deploy.local.datadir import DataFolder
from deploy.local.probing import LiveProbe
from deploy.local.setting import live_setting
from deploy.local.voice import Voice
from probe.clock import SystemClock
from probe.identity import create_key, next_key
from probe.lock import locked
from schema.errors import ConfigError, UnavailableError
from schema.neverprobe import NeverProbe
from schema.registry import Vantage
from schema.trust import TrustedLog, read_trust
from tests.helpers.standin import COLLECTOR

if TYPE_CHECKING:
    from pathlib import Path


class Signing:
    """A sealer that has nothing to sign."""

    origin = f"ottempera/collector/{COLLECTOR.key_id[:16]}/1"
    public_key = COLLECTOR.public_key
    barred = "nothing is there"

    async def seal(self) -> None:
        """Nothing."""


class Unstamped:
    """Nobody stamps."""

    authorities = ()


class Collector:
    """Where the agent would find one; nobody answers there."""

    url = "http://127.0.0.1:9"
    signer = COLLECTOR


async def open_probe(folder: DataFolder) -> None:
    """Bring the probe of *folder* up, and down again."""
    setting = live_setting([], Vantage("local"))
    async with AsyncExitStack() as stack:
        await LiveProbe.open(stack, folder, setting, SystemClock(), Collector())  # type: ignore[arg-type]  # its address and key are all that is read


async def test_a_folder_has_one_agent(tmp_path: Path) -> None:
    """Whoever came second would send and free the batches of the first; afterwards the folder is free again."""
    folder = DataFolder(tmp_path)
    folder.never_probe.write_bytes(NeverProbe().pack())  # the collector of `up` brings it
    state = folder.probe("local")
    create_key(state / "key")
    with locked(state), pytest.raises(UnavailableError, match="another probe uses"):
        await open_probe(folder)
    create_key(next_key(state))
    with pytest.raises(ConfigError, match="change of key was begun"):
        await open_probe(folder)
    next_key(state).unlink()
    for _ in range(2):
        await open_probe(folder)
    with locked(state):
        assert len(list(state.glob("spool"))) == 1


async def test_a_trust_file_for_which_there_is_no_room(tmp_path: Path) -> None:
    """`up` ends with a sentence, or goes on; the file comes when it can be written."""
    folder = DataFolder(tmp_path)
    custody = Custody(Signing(), Unstamped(), folder, Voice(), lab=True)  # type: ignore[arg-type]  # what the file is made of
    in_the_way = folder.trust.with_name("trust.json.part")
    in_the_way.mkdir()
    with pytest.raises(UnavailableError, match=r"cannot write .*trust\.json"):
        await custody.seal()
    in_the_way.rmdir()
    assert await custody.seal() is None
    assert read_trust(folder.trust.read_bytes()).logs == (TrustedLog(Signing.origin, COLLECTOR.public_key.hex()),)
