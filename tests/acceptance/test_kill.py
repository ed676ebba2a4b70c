"""Killed at any instant, again and again: nothing acknowledged is lost, nothing lands twice, what is missing is said."""

from __future__ import annotations

import os
import random
import subprocess
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from probe.batchfile import read_batch
from probe.identity import load_key
from schema.receipt import open_receipt
from tests.acceptance.command import LISTEN, PROGRAM, clean_environment, ottempera, play, rows
from tests.acceptance.conftest import SCENARIOS
from tests.acceptance.killing import kill_all, members
from tests.acceptance.ledger import BATCHES, FORKS, GAPS, TWICE, ask, derived

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SCENARIO = SCENARIOS / "late-vantage.toml"
KILLS = 20
EARLIEST_S, LATEST_S = 0.1, 6.0
FIRST_STARTS, FIRST_START_S = 4, 1.5  # so that the making of the database is among what is cut short
ENDLESS = 10_000  # rounds: it never ends by itself
SEED = os.environ.get("OTTEMPERA_TEST_SEED")  # to see a failure again, as far as a schedule can be seen again
LAST_ROUNDS = 3


class Kept:
    """What the probes of a folder held on disk at any of the kills."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self.batches: set[str] = set()
        self.receipted: set[str] = set()

    def look(self) -> None:
        """Take note of every whole batch and every receipt, each checked with its key."""
        for path in self._files("*.batch"):
            digest = sha256(read_batch(path).body).hexdigest()
            self.batches.add(digest)
            receipt = path.with_suffix(".receipt")
            if receipt.exists():
                open_receipt(
                    receipt.read_bytes(), batch=digest, collector_key=load_key(self._data / "collector.key").public_key
                )
                self.receipted.add(digest)

    def _files(self, pattern: str) -> Iterator[Path]:
        return (self._data / "probes").glob(f"*/spool/*/{pattern}")


@pytest.mark.slow
def test_killed_again_and_again(data: Path, show: Callable[[str], None]) -> None:
    seed = SEED or str(random.SystemRandom().randrange(10**9))
    dice = random.Random(seed)
    kept = Kept(data)
    story: list[str] = []
    for number in range(1, KILLS + 1):
        delay_s = dice.uniform(EARLIEST_S, LATEST_S if number > FIRST_STARTS else FIRST_START_S)
        story.append(f"kill {number:>2} after {delay_s:.2f} s: {_run_and_kill(data, delay_s, kept)}")
    play(SCENARIO, data, LAST_ROUNDS).well()
    kept.look()
    show("\n".join([*story, f"seed {seed}: {KILLS} kills; {_summary(data, kept)}"]))
    _check_coverage(data)
    assert ask(data, TWICE) == []
    assert ask(data, FORKS) == [{"forks": 0}]
    stored = ask(data, BATCHES)
    held = {row["batch"] for row in stored}
    assert kept.receipted <= held, "acknowledged and lost"
    assert kept.batches <= held, "durable at the probe, and never delivered"
    for chain in {(row["probe"], row["chain"]) for row in stored}:
        numbers = [row["number"] for row in stored if (row["probe"], row["chain"]) == chain]
        assert numbers == list(range(1, len(numbers) + 1)), chain
    checked = ottempera("collector", "fsck", "--json", "--data", data).well().document
    assert checked == {"batches": len(stored), "faults": []}
    before = derived(data)
    ottempera("collector", "rebuild", "--data", data).well()
    assert derived(data) == before


def _run_and_kill(data: Path, delay_s: float, kept: Kept) -> str:
    lab = ["up", "--lab", "--scenario", str(SCENARIO), "--rounds", str(ENDLESS), "--interval", "0", "--no-serve"]
    command = [str(PROGRAM), *lab, "--data", str(data), *LISTEN]
    log = data.parent / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, stdout=output, stderr=subprocess.STDOUT, env=clean_environment(), start_new_session=True
        )
        try:
            process.wait(delay_s)
        except subprocess.TimeoutExpired:
            pass
        else:
            raise AssertionError(f"it ended by itself with {process.returncode}: {log.read_text()[-3000:]}")
        killed = kill_all(process.pid, data)
        process.wait()
    assert not members(process.pid, data)
    said = log.read_text(errors="replace")
    assert "Traceback" not in said, said[-3000:]
    kept.look()
    return f"{killed} processes; last said {said.splitlines()[-1][:60] if said else 'nothing'!r}"


def _check_coverage(data: Path) -> None:
    found = rows("coverage", data)
    plans = {row["plan_number"] for row in found}
    assert plans == set(range(1, len(plans) + 1))
    assert len(found) == len(plans) * len({row["probe"] for row in found})
    for row in found:
        assert row["cells"] == row["observed"] + row["gaps"], row
        assert (row["missing"], row["closed"], row["sealed"]) == (0, True, True), row


def _summary(data: Path, kept: Kept) -> str:
    found = rows("coverage", data)
    reasons = ", ".join(row["reason"] for row in ask(data, GAPS)) or "no reason"
    return (
        f"{len({row['plan_number'] for row in found})} plans, {sum(row['cells'] for row in found)} cells, "
        f"{sum(row['observed'] for row in found)} observed, "
        f"{sum(row['gaps'] for row in found)} gaps ({reasons}); "
        f"{len(kept.batches)} batches and {len(kept.receipted)} receipts seen on disk at the kills"
    )
