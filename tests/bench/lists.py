"""What a list of 65,000 invented names costs: to take, to compare, and to go through question by question."""

from __future__ import annotations

import asyncio
import random
import tempfile
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from collector.store import Store
from schema.order_file import read_order
from tests.bench.figures import Figure
from tests.bench.running import run_module
from tests.bench.serving import database, postgres

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from deploy.postgres import Server

NAMES: Final = 65_000
MANY: Final = 100_000
ADDED, REMOVED = 700, 500
ORDER_ID: Final = "elenco"
BARRED: Final = 100
_SEED: Final = 2025
_WORDS: Final = (
    "calcio",
    "film",
    "serie",
    "stream",
    "torrent",
    "live",
    "sport",
    "tv",
    "musica",
    "libri",
    "mirror",
    "guarda",
)
_ORDER: Final = f"""
id = "{ORDER_ID}"
title = "Elenco inventato"
authority = "Nobody"
instrument = "authority_order"
issued_on = 2025-08-29
addressees = ["cloudflare"]
starts_on = 2025-08-29
grace_days = 3
""".encode()

ROWS: Final = (
    "import a list of 100,000 names",
    "import a list of 65,000 names",
    "memory of that import",
    "difference to a second version",
    "the same, with a never-probe list",
    "a list's names in force",
    "cut a list into sweeps",
    "question sets and cells of a whole sweep",
    "memory of that",
    "schedule of one sweep plan",
    "a whole sweep",
)


def names(number: int, *, seed: int = _SEED) -> list[str]:
    """So many invented names, each once, as lists have them: words, figures, a few top level domains that nobody has."""
    dice = random.Random(seed)
    found: dict[str, None] = {}
    for serial in count():
        words = "-".join(dice.choices(_WORDS, k=dice.choice((1, 2, 2, 3))))
        www = "www." if dice.random() < 0.2 else ""
        found[f"{www}{words}{serial if dice.random() < 0.9 else ''}.{dice.choice(('example', 'test', 'invalid'))}"] = (
            None
        )
        if len(found) == number:
            return list(found)
    raise AssertionError("count() does not end")


def allegato(listed: list[str], number: int) -> bytes:
    """A list as AGCOM writes it: header, CRLF, some repetitions, URLs and addresses, no last newline."""
    lines = [f"{number:07d}_2025.{number % 28 + 1:02d}.08", *listed, *listed[:50]]
    lines += [f"http://{name}/a/path" for name in listed[:100]] + [f"192.0.2.{last}" for last in range(100)]
    return "\r\n".join(lines).encode()


def lists(say: Callable[[str], None]) -> Iterator[Figure]:
    """Import, difference, question sets, cells and the sweep's schedule, each in a process of its own."""
    large = names(MANY)
    first = large[:NAMES]
    second = first[REMOVED:] + large[NAMES : NAMES + ADDED]
    with tempfile.TemporaryDirectory(prefix="ottempera-bench-lists-") as folder, postgres() as server:
        files = {
            "large": (large, 1), "first": (first, 1), "second": (second, 2), "third": (second[REMOVED:], 3),
        }  # fmt: skip
        for name, (listed, number) in files.items():
            (Path(folder) / name).write_bytes(allegato(listed, number))
        told = asyncio.run(_imports(server, Path(folder), say))
        swept = _sweep(Path(folder), first, say)
    yield from _import_figures(told)
    yield from _sweep_figures(swept)


async def _imports(server: Server, folder: Path, say: Callable[[str], None]) -> dict[str, dict[str, Any]]:
    told: dict[str, dict[str, Any]] = {}

    async def step(dsn: str, what: str, **settings: object) -> None:
        told[what] = await asyncio.to_thread(run_module, "lists_work", step=what.partition(" ")[0], dsn=dsn, **settings)
        say(f"  {what}: {told[what]['wall_s']:.2f} s, {told[what]['peak_mib']:.0f} MiB")

    async with database(server) as name:
        await _enter(server.dsn("ottempera", name))
        await step(server.dsn("ottempera", name), "import large", file=str(folder / "large"))
    async with database(server) as name:
        dsn = server.dsn("ottempera", name)
        await _enter(dsn)
        await step(dsn, "import first", file=str(folder / "first"))
        await step(dsn, "import second", file=str(folder / "second"))
        await step(dsn, "bar", barred=BARRED)
        await step(dsn, "import third", file=str(folder / "third"))
        await step(dsn, "read")
    return told


async def _enter(dsn: str) -> None:
    store = await Store.connect(dsn)
    try:
        order = read_order(_ORDER, "elenco.toml")
        await store.append_order(order, by="Bench", reason="bench", at=datetime(2025, 9, 1, tzinfo=UTC))
    finally:
        await store.close()


def _sweep(folder: Path, listed: list[str], say: Callable[[str], None]) -> dict[str, Any]:
    file = folder / "names"
    file.write_text("\n".join(sorted(f"{name}." for name in listed)))
    told = run_module("lists_work", step="sweep", file=str(file))
    say(f"  {told['chunks']:,} plans, {told['cells']:,} cells, {told['peak_mib']:.0f} MiB")
    return told


def _import_figures(told: dict[str, dict[str, Any]]) -> Iterator[Figure]:
    large, first, second, third = (told[f"import {one}"] for one in ("large", "first", "second", "third"))
    note = (
        "the command as a person runs it, reading, comparing, COPY and Postgres on two cores; starting Python left out"
    )
    yield Figure(ROWS[0], large["wall_s"], "s", 10, None, most=True, note=f"{large['taken']:,} entries; {note}")
    yield Figure(ROWS[1], first["wall_s"], "s", note=f"{first['taken']:,} entries, {first['cpu_s']:.2f} s of CPU here")
    yield Figure(ROWS[2], first["peak_mib"], "MiB", note="peak of the process; at its start, everything imported, "
                 f"{first['started_mib']:.0f} MiB")  # fmt: skip
    yield Figure(ROWS[3], second["wall_s"], "s", note=f"import of a second version: {second['change']}")
    yield Figure(ROWS[4], third["wall_s"], "s", note=f"a third version: {third['change']}; {BARRED} hashes on the list")
    yield Figure(ROWS[5], told["read"]["wall_s"], "s", note=f"{told['read']['taken']:,} names out of three versions")


def _sweep_figures(told: dict[str, Any]) -> Iterator[Figure]:
    note = (
        f"{told['chunks']:,} plans of at most {told['most']} names, which fit {told['window_s']:.0f} s at the built-in registry's"
        " resolvers under the ceilings of a probe"
    )
    yield Figure(ROWS[6], told["cut_s"], "s", note=note)
    note = f"{told['cells']:,} cells of {NAMES:,} names, {told['set_bytes']:,} bytes of question sets, one plan after the other"
    yield Figure(ROWS[7], told["expand_s"], "s", note=note)
    yield Figure(
        ROWS[8], told["peak_mib"], "MiB", note=f"peak of the process; at its start {told['started_mib']:.0f} MiB"
    )
    note = f"{told['turns']:,} turns from {told['first_s']:.0f} to {told['last_s']:.0f} s after its start, {told['left']} left over"
    yield Figure(ROWS[9], told["schedule_ms"], "ms", note=note)
    note = f"{told['plans_a_day']:.0f} sweep plans a day beside a docket of {told['docket_s']:.0f} s every {told['interval_s']:.0f} s"
    yield Figure(ROWS[10], told["hours"], "h", note=note)
