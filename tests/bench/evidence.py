"""What evidence costs: at the probe and the collector for each record, and for whoever verifies a day's bundle."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, Final

from collector.metrics import Metrics
from probe.log import ProbeLog, with_head
from schema.cells import applicable, expand
from schema.codec import encode
from schema.log import Tree, is_consistent, leaf_hash
from schema.note import Checkpoint, Note, NoteSigner, read_note, verify_own, witness_name
from schema.record import VERSION, Begin, Close, CloseLine, Seen, SeenLine
from tests.bench import evidence_day
from tests.bench.feed import COLLECTOR_SEED, Fleet
from tests.bench.figures import Figure
from tests.bench.serving import collector, database, postgres, spent_s
from tests.helpers.batches import START

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from deploy.postgres import Server
    from tests.helpers.batches import Signed

ROWS: Final = (
    "evidence at the probe, per record",
    "evidence at the collector, per record",
    "verify a bundle, per record",
    "verify without the rules, per record",
    "verifier's memory, a day",
    "a day's bundle",
    "the log, a day",
    "tokens, a day",
)
NAMES: Final = 9
ROUNDS: Final = 32
TIMES: Final = 7
DAYS_A_MONTH, DAYS_A_YEAR = 30, 365
_MIB, _KIB = 2**20, 2**10
_LOOKS: Final = 2  # new checkpoints that a probe sees in a round: one holds the plans, one the heads
_LINES: Final = 10_000  # of the collector's log, when a probe checks that it only grew


def evidence(say: Callable[[str], None]) -> Iterator[Figure]:
    """Logs, heads, seals and cosignatures for each record; then a day of one name at six resolvers from three vantages."""
    with tempfile.TemporaryDirectory(prefix="ottempera-bench-day-") as name:
        folder = Path(name)
        run = [sys.executable, "-m", "tests.bench.evidence_day", name, "1"]
        subprocess.run(run, check=True, stdout=subprocess.DEVNULL)
        told: dict[str, Any] = json.loads((folder / "told.json").read_text())
        say(f"  forged {told['records']:,} records, {told['bytes'] / _MIB:,.0f} MiB, in {told['cpu_s']:.0f} s")
        each = told["records"] / (evidence_day.ROUNDS_A_DAY * len(evidence_day.VANTAGES))
        yield _at_the_probe(each)
        yield _at_the_collector(say)
        yield from _verifying(folder, told)
    yield from _weights(told)


def _at_the_probe(records: float) -> Figure:
    """CPU of what a round adds: a close with its head, and checkpoints that are checked, noted and cosigned."""
    notes, theirs = NoteSigner(b"\x01" * 32), NoteSigner(COLLECTOR_SEED)
    chain = "00" * 16
    log = ProbeLog(notes, probe="mi-01", begin=Begin(chain, notes.public_key.hex(), "boot", "bench", START))
    tree = Tree(leaf_hash(b"%d" % number) for number in range(_LINES))
    old = Checkpoint("ottempera/collector/0011223344556677/1", _LINES - 20, tree.root(_LINES - 20))
    new = Checkpoint(old.origin, _LINES, tree.root())
    shown, path = Note(new, (theirs.sign(new),)).pack(), tree.consistency(old.size)
    close = encode(CloseLine(VERSION, Close("00" * 32, 568, 568, "00" * 32)))
    began = time.process_time()
    for _ in range(ROUNDS * 20):
        with_head(close, log.add(close))
        for _ in range(_LOOKS):
            note = read_note(shown)
            verify_own(note, theirs.public_key)
            if not is_consistent(old.size, old.root, new.size, note.checkpoint.root, path):
                raise RuntimeError("the log did not grow")
            own = note.signatures[0].blob
            seen = encode(SeenLine(VERSION, Seen(new.origin, new.size, new.root.hex(), own, START)))
            with_head(seen, log.add(seen))
            notes.cosign(new, name=witness_name("mi-01"), at=0)
    spent = (time.process_time() - began) / (ROUNDS * 20)
    note_ = f"a round of {records:.0f} records adds a close, {_LOOKS} checkpoints seen, and three heads: {spent * 1e6:,.0f} us of CPU"
    return Figure(ROWS[0], spent / records * 1e6, "us", 1.5, None, most=True, note=note_)


def _at_the_collector(say: Callable[[str], None]) -> Figure:
    """The same rounds with and without logs, heads and a seal after each; CPU of collector, client and Postgres."""
    fleet = Fleet.asking(NAMES)
    streams: dict[bool, list[list[Signed]]] = {}
    spent: dict[bool, list[float]] = {False: [], True: []}
    with postgres() as server:
        for _ in range(TIMES):
            for log in (False, True):
                spent[log].append(asyncio.run(_take_in(server, fleet, streams, log=log)))
                say(f"  {'with' if log else 'without'} the log: {spent[log][-1]:.2f} us a record")
    more = median(one - other for one, other in zip(spent[True], spent[False], strict=True))
    note = (
        f"{ROUNDS} rounds of {NAMES} names from three probes, sealed after each; without {median(spent[False]):.2f} us, with"
        f" {median(spent[True]):.2f} us, the middle of {TIMES} differences; time stamps and outside witnesses left out"
    )
    return Figure(ROWS[1], more, "us", 1.5, None, most=True, note=note)


async def _take_in(server: Server, fleet: Fleet, streams: dict[bool, list[list[Signed]]], *, log: bool) -> float:
    """Microseconds of CPU for each record."""
    async with database(server) as name, collector(server.dsn("ottempera", name), Metrics()) as running:
        await fleet.enrol(running.store)
        plans = await fleet.publish(running.store, ROUNDS)
        if log not in streams:
            streams[log] = fleet.streams(plans, log=log)
        if log:
            await running.sealer.seal()  # plans enter ahead, whatever is measured then
        before = spent_s(server)
        for batches in zip(*streams[log], strict=True):
            for signed in batches:
                await running.deliver(signed)
            await running.engine.idle()  # or what is judged together would differ, and that costs more than the log
            if log and await running.sealer.seal() is None:
                raise RuntimeError(f"nothing was signed: {running.sealer.barred}")
        spent = spent_s(server) - before
    cells = expand(fleet.questions)
    records = ROUNDS * sum(len(applicable(cells, vantage)) for vantage in plans[0][1].vantages)
    return spent / records * 1e6


def _verifying(folder: Path, told: dict[str, Any]) -> Iterator[Figure]:
    """By a process of its own, from the file; the one that replays the rules is the budget's."""
    whole, without = (verify(folder, replay=replay) for replay in (True, False))
    if whole["result"] != "valid" or without["result"] != "undecided":
        raise RuntimeError(f"{whole['result']} at {whole['step']}: {whole['detail']}")
    records = whole["records"]
    if records != told["records"]:
        raise RuntimeError(f"{records} records of {told['records']}")
    note = (
        f"{records:,} records of a day: {whole['cpu_s']:.1f} s of CPU, every step, rules replayed; extrapolated, not measured: a"
        f" month {whole['cpu_s'] * DAYS_A_MONTH / 60:.1f} minutes, a year {whole['cpu_s'] * DAYS_A_YEAR / 3600:.1f} hours"
    )
    yield Figure(ROWS[2], whole["cpu_s"] / records * 1e6, "us", 20, 10, most=True, note=note)
    yield Figure(ROWS[3], without["cpu_s"] / records * 1e6, "us", note="integrity, completeness, times, count of days")
    yield Figure(ROWS[4], whole["peak_kib"] / _KIB, "MiB", note="peak, the program itself included")


def verify(folder: Path, *, replay: bool) -> dict[str, Any]:
    """What a process of its own says of the bundle in *folder*: result, step, detail, records, cpu_s, peak_kib."""
    run = [sys.executable, "-m", "tests.bench.evidence_verify", str(folder), "replay" if replay else "alone"]
    done = subprocess.run(run, check=True, stdout=subprocess.PIPE)
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def _weights(told: dict[str, Any]) -> Iterator[Figure]:
    size, weights = told["bytes"], told["weights"]
    log = sum(weights[one] for one in ("log", "checkpoints", "probes"))
    note = (
        f"{told['records']:,} records, {told['entries']:,} lines of the log; rounds {weights['rounds'] / size:.0%}, derived"
        f" {weights['derived'] / size:.0%}; as zstd -3 {told['zstd'] / _MIB:,.0f} MiB (forged answers repeat more than real"
        f" ones); extrapolated, not measured: a month {told['records'] * DAYS_A_MONTH / 1e6:.1f} M records and"
        f" {size * DAYS_A_MONTH / _MIB / _KIB:.1f} GiB, a year {told['records'] * DAYS_A_YEAR / 1e6:.0f} M and"
        f" {size * DAYS_A_YEAR / _MIB / _KIB:.0f} GiB"
    )
    yield Figure(ROWS[5], size / _MIB, "MiB", note=note)
    yearly = f"a year of it, which every later bundle carries: {log * DAYS_A_YEAR / _MIB:,.0f} MiB by extrapolation"
    yield Figure(ROWS[6], log / _KIB, "KiB", note=f"entries, checkpoints, logs of three probes; {yearly}")
    stamps = weights["stamps"]
    yearly = f"a year: {stamps * DAYS_A_YEAR / _MIB:,.0f} MiB by extrapolation; real authorities send longer chains"
    yield Figure(
        ROWS[7], stamps / _KIB, "KiB", note=f"two authorities after each round, as the forge has them; {yearly}"
    )
