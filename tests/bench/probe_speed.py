"""Questions per CPU-second: the probe against dnsperf, which records nothing, and against dnspython's bare query."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tests.bench.asked import write_for_dnsperf
from tests.bench.figures import Figure, interleaved, ratio
from tests.bench.running import Dnsperf, run_module
from tests.bench.servers import ADDRESSES, PORTS, TLS_NAME, answering, answering_doh

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.bench.servers import Answering

QUESTIONS: Final = 20_000
IN_FLIGHT: Final = 1_000
WINDOW_S: Final = 0.3  # a UDP question listens so long, whatever has arrived
PATIENCE_S: Final = 5.0  # a question on a connection ends with its answer
TIMES: Final = 3
_BARE_QUESTIONS: Final = 4_000
_MODES: Final = {"udp": "udp", "tls": "dot", "https": "doh"}
_RATIO: Final = "x"


class Probe:
    """The probe as a contender; each run has a spool of its own."""

    def __init__(self, server: Answering, folder: Path, transport: str) -> None:
        self._settings: dict[str, Any] = {
            "endpoints": server.endpoints(transport),
            "questions": QUESTIONS,
            "in_flight": IN_FLIGHT,
            "window_s": WINDOW_S if transport == "udp" else PATIENCE_S,
            "trust": str(server.trust),
        }
        self._folder = folder
        self._runs = 0

    def report(self, **changes: object) -> dict[str, Any]:
        """Run once; see `tests.bench.probing`.

        Raises:
            RuntimeError: a question was not answered, or its record is not in the spool.
        """
        self._runs += 1
        settings = self._settings | {"state": str(self._folder / f"spool-{self._runs}")} | changes
        report = run_module("probing", **settings)
        if not settings["questions"] == report["records"] == report["answered"] == report["closed"]:
            raise RuntimeError(f"the probe did not get and keep every answer: {report}")
        return report

    def per_cpu_second(self) -> float:
        """Questions per CPU-second: asked, listened to, recorded, hashed, signed, and fsynced with their close."""
        return float(QUESTIONS / self.report()["cpu_s"])


@contextmanager
def stage(transport: str) -> Iterator[tuple[Probe, Dnsperf]]:
    """Both contenders before a running resolver."""
    with tempfile.TemporaryDirectory(prefix="ottempera-bench-") as name:
        folder = Path(name)
        port = PORTS[transport]
        uri = f"https://{TLS_NAME}:{port}/dns-query"
        with (answering_doh if transport == "https" else answering)(folder) as server:
            yield (
                Probe(server, folder, transport),
                Dnsperf(
                    mode=_MODES[transport],
                    address=ADDRESSES[0],
                    port=port,
                    questions=write_for_dnsperf(folder / "questions.txt", QUESTIONS),
                    in_flight=IN_FLIGHT,
                    connections=8,
                    options=("-O", f"doh-uri={uri}", "-O", "doh-method=POST") if transport == "https" else (),
                ),
            )


def udp(say: Callable[[str], None]) -> Iterator[Figure]:
    """Over UDP, the whole window listened to."""
    with stage("udp") as (probe, dnsperf):

        def bare() -> float:
            report = run_module(
                "bare", questions=_BARE_QUESTIONS, address=ADDRESSES[0], port=PORTS["udp"], in_flight=IN_FLIGHT
            )
            return float(_BARE_QUESTIONS / report["cpu_s"])

        contenders = {
            "probe": probe.per_cpu_second,
            "dnsperf": lambda: dnsperf.per_cpu_second(QUESTIONS),
            "dns.asyncquery.udp": bare,
        }
        results = interleaved(contenders, times=TIMES, say=say)
    note = (
        f"{QUESTIONS:,} questions, {IN_FLIGHT:,} in flight, each listening {WINDOW_S} s; medians of {TIMES} turns of"
        f" questions per CPU-second: " + _medians(results)
    )
    yield Figure(
        "probe UDP : dns.asyncquery.udp", ratio(results["probe"], results["dns.asyncquery.udp"]), _RATIO, 10, note=note
    )
    yield Figure("probe UDP : dnsperf", ratio(results["probe"], results["dnsperf"]), _RATIO, None, 0.5)


def dot(say: Callable[[str], None]) -> Iterator[Figure]:
    """Over persistent DoT connections."""
    return _connected("tls", "DoT", say)


def doh(say: Callable[[str], None]) -> Iterator[Figure]:
    """Over persistent DoH connections."""
    return _connected("https", "DoH", say)


def _connected(transport: str, shown: str, say: Callable[[str], None]) -> Iterator[Figure]:
    with stage(transport) as (probe, dnsperf):
        contenders = {"probe": probe.per_cpu_second, "dnsperf": lambda: dnsperf.per_cpu_second(QUESTIONS)}
        results = interleaved(contenders, times=TIMES, say=say)
    note = (
        f"{QUESTIONS:,} questions, {IN_FLIGHT:,} in flight, 8 connections; medians of {TIMES} turns of questions per"
        f" CPU-second: " + _medians(results)
    )
    yield Figure(f"probe {shown} : dnsperf", ratio(results["probe"], results["dnsperf"]), _RATIO, 0.5, 1.0, note=note)


def _medians(results: dict[str, list[float]]) -> str:
    return ", ".join(f"{name} {sorted(values)[len(values) // 2]:,.0f}" for name, values in results.items())
