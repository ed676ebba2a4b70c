"""One step of the bench of lists, as a process of its own, so that its memory is its own."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import sys
import time
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from collector.config import Config
from collector.lists.cli import import_list
from collector.planning.chunks import chunks
from collector.planning.forecast import room, sweep_forecast
from collector.planning.slots import Step
from collector.planning.sweeping import sweep_questions
from collector.registry import builtin_world
from collector.store import Store
from schema.cells import applicable, expand
from schema.neverprobe import to_list
from schema.pace import Pace, schedule
from schema.plan import PlanVantage
from tests.bench.probing import cpu_s

if TYPE_CHECKING:
    from collections.abc import Callable

VANTAGE: Final = PlanVantage("bench-01", 3269, "IT", "TIM")
_DAY_S: Final = 86_400
_ORDER_ID: Final = "elenco"


def peak_mib() -> float:
    """Of this program alone: what getrusage says counts who started it, too (proc(5), VmHWM)."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:")) / 1024


def take(settings: dict[str, Any]) -> dict[str, object]:
    """Import a list by the command."""
    said = io.TextIOWrapper(io.BytesIO())
    with contextlib.redirect_stdout(said):
        import_list(
            settings["dsn"], Path(settings["file"]), _ORDER_ID, by="Bench", reason="bench", yes=True, as_json=True
        )
    said.seek(0)
    told = json.loads(said.read())
    return {"taken": told["entries"], "change": f"{told['added']:,} added, {told['removed']:,} removed"}


def bar(settings: dict[str, Any]) -> dict[str, object]:
    """Put invented names on the never-probe list."""

    async def run() -> int:
        store = await Store.connect(settings["dsn"])
        try:
            names = [one for number in range(settings["barred"]) for one in to_list(f"barred-{number}.example")]
            return await store.add_never_probe(names, salt=b"\x05" * 32, by="B", reason="b", at=datetime.now(UTC))
        finally:
            await store.close()

    return {"taken": asyncio.run(run())}


def read(settings: dict[str, Any]) -> dict[str, object]:
    """Ask for the names in force."""

    async def run() -> int:
        store = await Store.connect(settings["dsn"])
        try:
            return len(await store.list_names(_ORDER_ID))
        finally:
            await store.close()

    return {"taken": asyncio.run(run())}


def sweep(settings: dict[str, Any]) -> dict[str, object]:
    """Cut a list into plans, make and expand the question set of each, and set the turns of one."""
    listed = frozenset(Path(settings["file"]).read_text(encoding="ascii").split())
    config, world, pace = Config("", ""), builtin_world(), Pace()
    step = Step(config.interval_s, config.window_s)
    began = time.monotonic()
    plans = chunks(listed, room(partial(sweep_questions, world), (VANTAGE,), pace, step.half_s))
    cut_s = time.monotonic() - began
    began, cells, size = time.monotonic(), 0, 0
    for plan in plans:
        body = sweep_questions(world, plan)
        size += len(body)
        cells += len(expand(body))
    expand_s = time.monotonic() - began
    if {name for plan in plans for name in plan} != listed:
        raise RuntimeError("a name is in no plan")
    largest = max(plans, key=len)
    asked = applicable(expand(sweep_questions(world, largest)), VANTAGE)
    began = time.monotonic()
    turns, left = schedule(asked, seed="5eed", probe=VANTAGE.id, pace=pace, room_s=step.half_s - 5)
    schedule_s = time.monotonic() - began
    a_day = len(step.halves(datetime.now(UTC))) * _DAY_S / step.interval_s
    most = len(largest)
    return {
        "chunks": len(plans), "most": most, "window_s": step.half_s, "cut_s": cut_s, "cells": cells,
        "set_bytes": size, "expand_s": expand_s, "turns": len(turns), "left": len(left), "first_s": turns[0].offset_s,
        "last_s": turns[-1].offset_s, "schedule_ms": schedule_s * 1000, "plans_a_day": a_day,
        "hours": sweep_forecast(len(listed), most, cells, len(plans), a_day).hours, "docket_s": step.window_s,
        "interval_s": step.interval_s,
    }  # fmt: skip


STEPS: Final[dict[str, Callable[[dict[str, Any]], dict[str, object]]]] = {
    "import": take,
    "bar": bar,
    "read": read,
    "sweep": sweep,
}


def main(settings: dict[str, Any]) -> None:
    """Print what the step came to, and what it took."""
    started, began, before = peak_mib(), time.monotonic(), cpu_s()
    told = STEPS[settings["step"]](settings)
    spent = {"wall_s": time.monotonic() - began, "cpu_s": cpu_s() - before}
    print(json.dumps(told | spent | {"peak_mib": peak_mib(), "started_mib": started}))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
