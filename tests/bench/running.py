"""Runs a contender in a process of its own and says what it cost."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.bench.servers import program

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


class Cost(NamedTuple):
    """CPU seconds, user and system, of a whole process, and what it printed."""

    cpu_s: float
    printed: str


def run(command: Sequence[str]) -> Cost:
    """Run *command* to its end.

    Raises:
        RuntimeError: it failed; with what it said.
    """
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout is not None
        printed = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}: {printed[-2000:]}")
    return Cost(usage.ru_utime + usage.ru_stime, printed)


def run_module(module: str, **settings: object) -> dict[str, Any]:
    """What `python -m tests.bench.MODULE` reports, given *settings* as one JSON object."""
    printed = run([sys.executable, "-m", f"tests.bench.{module}", json.dumps(settings)]).printed
    report: dict[str, Any] = json.loads(printed.splitlines()[-1])
    return report


class Dnsperf(NamedTuple):
    """dnsperf with one thread; `mode` is udp, dot or doh."""

    mode: str
    address: str
    port: int
    questions: Path
    in_flight: int
    connections: int = 1
    options: tuple[str, ...] = ()

    def per_cpu_second(self, asked: int) -> float:
        """Questions per CPU-second, its start-up taken off.

        Raises:
            RuntimeError: not every question was answered.
        """
        cost = run(self._command(self.questions))
        completed = re.search(r"Queries completed:\s+(\d+)", cost.printed)
        if completed is None or int(completed[1]) < asked * 0.99:
            raise RuntimeError(f"dnsperf did not get its answers: {cost.printed[-1000:]}")
        return int(completed[1]) / max(cost.cpu_s - self._start_up_s(), 1e-6)

    def _start_up_s(self) -> float:
        one = self.questions.with_name("one-question.txt")
        one.write_text("example.org A\n")
        return run(self._command(one)).cpu_s

    def _command(self, questions: Path) -> list[str]:
        return [
            program("dnsperf", "dnsperf"), "-m", self.mode, "-s", self.address, "-p", str(self.port),
            "-d", str(questions), "-n", "1", "-q", str(self.in_flight), "-c", str(self.connections), "-T", "1",
            "-e", "-t", "5", *self.options,
        ]  # fmt: skip
