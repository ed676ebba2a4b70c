"""What a probe weighs: memory at work and at rest, CPU at a steady pace."""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from probe.identity import create_key
from tests.bench.figures import Figure
from tests.bench.probe_speed import IN_FLIGHT, QUESTIONS, WINDOW_S, stage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PER_SECOND: Final = 500
_STEADY_QUESTIONS: Final = 5_000
_STEADY_WINDOW_S: Final = 1.0
_SETTLED_S: Final = 4.0
#: A probe-only environment that `tests/bench/run` makes; the one of the tests holds the collector's parts as well.
PROBE_ONLY: Final = Path(".cache/bench/probe-only/bin/ottempera")


def memory(say: Callable[[str], None]) -> Iterator[Figure]:
    """At work with everything in flight, and idle."""
    with stage("udp") as (probe, _):
        working = probe.report()["working_mib"]
    say(f"  working {working:.1f} MiB")
    note = f"VmHWM after a round of {QUESTIONS:,} questions over UDP, {IN_FLIGHT:,} in flight, {WINDOW_S} s windows"
    yield Figure("probe memory, working", working, "MiB", 96, 64, most=True, note=note)
    idle, how = _idle_mib()
    say(f"  idle {idle:.1f} MiB")
    yield Figure("probe memory, idle", idle, "MiB", 60, 45, most=True, note=how)


def steady(say: Callable[[str], None]) -> Iterator[Figure]:
    """CPU at a steady pace."""
    with stage("udp") as (probe, _):
        report = probe.report(questions=_STEADY_QUESTIONS, per_second=PER_SECOND, window_s=_STEADY_WINDOW_S)
    percent = 100 * report["cpu_s"] / report["wall_s"]
    say(f"  {percent:.1f} % over {report['wall_s']:.1f} s")
    note = f"{_STEADY_QUESTIONS / report['wall_s']:.0f} questions/s over {report['wall_s']:.1f} s, each listening {_STEADY_WINDOW_S} s"
    yield Figure(f"probe CPU at {PER_SECOND} questions/s", percent, "%", 10, 2, most=True, note=note)


def _idle_mib() -> tuple[float, str]:
    """VmRSS of `ottempera probe run` without a plan and with a collector that cannot be reached."""
    alone = PROBE_ONLY.exists()
    command = [str(PROBE_ONLY)] if alone else [str(Path(sys.executable).with_name("ottempera"))]
    with tempfile.TemporaryDirectory(prefix="ottempera-bench-") as name:
        folder = Path(name)
        create_key(folder / "key")
        settings = folder / "probe.toml"
        settings.write_text(
            f'probe = "bench-01"\ncollector = "http://127.0.0.1:9"\ncollector_key = "{"ab" * 32}"\nstate = "{folder}"\n'
        )
        with (
            (folder / "log").open("wb") as log,
            subprocess.Popen([*command, "probe", "run", "--config", str(settings)], stdout=log, stderr=log) as process,
        ):
            time.sleep(_SETTLED_S)
            if process.poll() is not None:
                raise RuntimeError(f"`ottempera probe run` ended: {(folder / 'log').read_text()[-300:].strip()}")
            status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
            process.send_signal(signal.SIGTERM)
    kib = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:"))
    where = "installed alone" if alone else "in the environment of the tests, which holds the collector's parts too"
    return kib / 1024, f"VmRSS of `ottempera probe run`, {where}, {_SETTLED_S:.0f} s after its start"
