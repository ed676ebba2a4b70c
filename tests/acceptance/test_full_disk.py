"""Disks that fill up: said in one message, nothing half made, nothing lost, and on with it when there is room again."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.acceptance.command import LISTEN, PATIENCE_S, Ended, clean_environment, ottempera, rows
from tests.acceptance.conftest import SCENARIOS
from tests.acceptance.test_bad_input import UNAVAILABLE, refused

ROOT = Path(__file__).parents[2]
POOL = SCENARIOS / "pool.toml"
MANY_ROUNDS = 400  # more than the disk has room for
FULL = "No space left on device"
# A disk of 256 KiB, all but a few pages of it taken by somebody else; after some seconds the room is given back.
FILLED = """
mount -t tmpfs -o size=256k,mode=755 tmpfs "$0" && head -c "$1" /dev/zero >"$0/filler" || exit 99
(sleep 6; rm "$0/filler") & shift; exec "$@"
"""


@pytest.fixture(autouse=True)
def own_disks() -> None:
    """Skip where no disk can be mounted that only we see."""
    if os.geteuid() != 0:
        pytest.skip("only root may mount a small disk")
    tried = subprocess.run(
        ["unshare", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True, check=False, text=True
    )
    if tried.returncode != 0:
        pytest.skip(f"this machine lets us mount nothing: {tried.stderr.strip()}")


@pytest.mark.parametrize("taken", ["200k", "236k"])
def test_probe_on_a_full_disk_goes_on(data: Path, taken: str) -> None:
    """Its plans, its progress or its spool cannot be written: it waits, says so, and every cell is accounted for."""
    state = data / "probes" / "a-01"
    state.mkdir(parents=True)
    prefix = ("unshare", "--mount", "sh", "-c", FILLED, str(state), taken)
    lab = ("up", "--lab", "--scenario", POOL, "--rounds", "3", "--interval", "0", "--no-serve")
    ottempera(*lab, "--data", data, *LISTEN, prefix=prefix).well()
    _check(rows("coverage", data), rounds=3)


@pytest.mark.parametrize("size", ["8m", "30m", "45m"])
def test_no_room_for_a_database(data: Path, size: str) -> None:
    """Nothing of it is left, and with more room it is made."""
    came = _on_a_small_disk(data, size, 1)
    first = Ended(came["first"]["code"], came["first"]["out"].encode(), came["first"]["err"])
    assert first.code == UNAVAILABLE, first
    assert FULL in first.err
    assert "Traceback" not in first.err
    assert not [name for name in came["left"] if "postgres" in name and name != "postgres.lock"]
    assert came["second"]["code"] == 0, came["second"]
    _check(came["coverage"], rounds=2)


def test_database_that_fills_its_disk(data: Path) -> None:
    """It ends with one message; what was measured is kept and delivered when there is room."""
    came = _on_a_small_disk(data, "56m", MANY_ROUNDS)
    refused(Ended(came["first"]["code"], b"", came["first"]["err"]), UNAVAILABLE, FULL, str(data))
    assert came["second"]["code"] == 0, came["second"]
    _check(came["coverage"], rounds=max(row["plan_number"] for row in came["coverage"]))


def _on_a_small_disk(data: Path, size: str, rounds: int) -> dict[str, Any]:
    module = [sys.executable, "-m", "tests.acceptance.small_disk", str(data), size, str(POOL), str(rounds)]
    done = subprocess.run(
        ["unshare", "--mount", *module],
        capture_output=True,
        timeout=3 * PATIENCE_S,
        check=False,
        cwd=ROOT,
        env=clean_environment(),
    )
    assert done.returncode == 0, done.stderr.decode()
    came: dict[str, Any] = msgspec.json.decode(done.stdout)
    return came


def _check(coverage: list[dict[str, Any]], *, rounds: int) -> None:
    assert {row["plan_number"] for row in coverage} == set(range(1, rounds + 1))
    for row in coverage:
        assert row["cells"] == row["observed"] + row["gaps"], row
        assert (row["missing"], row["closed"], row["sealed"]) == (0, True, True), row
