"""A probe at work, in a process of its own: one round from plan to fsynced spool; reports what that cost.

Settings, one JSON object: endpoints, questions, in_flight, window_s, state, trust; optional: per_second, a ceiling.
"""

from __future__ import annotations

import asyncio
import json
import resource
import secrets
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from probe.asking import Dice, Window
from probe.batchfile import read_batch
from probe.clock import SystemClock
from probe.facts import boot_id, build_id, net_seen
from probe.round import Round
from probe.spool import Spool
from probe.transport import Carriers, make_carriers
from schema.cells import expand
from schema.codec import encode
from schema.dsse import Signer
from schema.pace import Pace
from schema.record import VERSION, BatchHeader, Certificate, CloseLine, Record, read_line
from tests.bench.asked import VANTAGE, held_plan, question_set

_JITTERED = 1.25  # the schedule's jitter adds a quarter to the time between two questions


def cpu_s() -> float:
    """CPU seconds of this process so far, user and system."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def memory_mib(what: str) -> float:
    """VmRSS or VmHWM of this process."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{what}:"):
            return int(line.split()[1]) / 1024
    raise KeyError(what)


def open_spool(folder: Path) -> Spool:
    """A spool with the header that the agent writes."""
    clock, net, boot, build = SystemClock(), net_seen(), boot_id(), build_id()

    def header(chain: str, number: int, previous: str | None) -> BatchHeader:
        return BatchHeader(
            probe=VANTAGE.id, chain=chain, number=number, boot=boot, build=build, at=clock.now(), previous=previous,
            clock=clock.seen(), net=net,
        )  # fmt: skip

    signer = Signer(secrets.token_bytes(32))
    return Spool(folder, signer, header=header, new_chain=lambda: secrets.token_hex(16), quota_bytes=1 << 30)


async def _flush_each_second(spool: Spool) -> None:
    """What the agent does beside a round."""
    while True:
        await asyncio.sleep(1)
        spool.flush()


async def work(settings: dict[str, Any]) -> dict[str, object]:
    """One round; costs are from its first question to its close on disk."""
    questions = question_set(settings["endpoints"], settings["questions"])
    cells, held = expand(questions), held_plan(questions, window_s=3600)
    spool = open_spool(Path(settings["state"]))

    def keep_certificate(digest: str, der: bytes) -> None:
        if spool.first_use(digest):
            spool.append(encode(Certificate(VERSION, digest, der)))

    carriers = make_carriers(trust=settings["trust"], on_certificate=keep_certificate)
    current = Round(held, cells, VANTAGE, spool=spool, clock=SystemClock(), never=lambda _: False)
    flushing = asyncio.create_task(_flush_each_second(spool))
    cost = await _round(current, carriers, settings)
    flushing.cancel()
    await carriers.close()
    working = memory_mib("VmHWM")
    return {**cost, "working_mib": working, **_kept(spool)}


async def _round(current: Round, carriers: Carriers, settings: dict[str, Any]) -> dict[str, object]:
    per_second = settings.get("per_second", 0) * _JITTERED
    between_s = len(settings["endpoints"]) / per_second if per_second else 0.0
    before, began = cpu_s(), time.monotonic()
    await current.ask(
        carriers,
        Dice(secrets.token_bytes),
        pace=Pace(between_s, between_s, 0),
        window=Window(settings["window_s"]),
        in_flight=settings["in_flight"],
    )
    current.close()
    return {"cpu_s": cpu_s() - before, "wall_s": time.monotonic() - began}


def _kept(spool: Spool) -> dict[str, object]:
    """What is in the spool: it is read again, nothing is taken at its word."""
    records = answered = answers = size = closed = 0
    failures: Counter[str] = Counter()
    for held in spool.pending():
        size += held.path.stat().st_size
        for line in read_batch(held.path).lines():
            parsed = read_line(line)
            if isinstance(parsed, Record):
                records += 1
                answered += bool(parsed.answers)
                answers += len(parsed.answers)
                failures.update([parsed.failure] if parsed.failure else [])
            elif isinstance(parsed, CloseLine):
                closed += parsed.close.observed
    return {
        "records": records,
        "answered": answered,
        "answers": answers,
        "bytes": size,
        "closed": closed,
        "failures": failures,
    }


if __name__ == "__main__":
    print(json.dumps(asyncio.run(work(json.loads(sys.argv[1])))))
