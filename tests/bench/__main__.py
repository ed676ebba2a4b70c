"""Measures what the budgets are about, all in one run, and prints each figure beside its budget.

`make bench` calls this through tests/bench/run, which provides the programs and a network of its own.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.bench import (
    evidence,
    evidence_month,
    findings,
    ingest,
    installed,
    judging,
    lists,
    probe_speed,
    probe_weight,
    standing,
)
from tests.bench.figures import Figure, Section, SkippedError, as_json, table

if TYPE_CHECKING:
    from collections.abc import Sequence

SECTIONS: Final = (
    Section("udp", probe_speed.udp, ("probe UDP : dns.asyncquery.udp", "probe UDP : dnsperf")),
    Section("dot", probe_speed.dot, ("probe DoT : dnsperf",)),
    Section("doh", probe_speed.doh, ("probe DoH : dnsperf",)),
    Section("memory", probe_weight.memory, ("probe memory, working", "probe memory, idle")),
    Section("steady", probe_weight.steady, ("probe CPU at 500 questions/s",)),
    Section("ingest", ingest.ingest, ("ingest : psql \\copy", "disk per observation")),
    Section("latency", ingest.latency, ("received to visible, p99",)),
    Section("judging", judging.judging, judging.ROWS),
    Section("history", standing.history, ("history of a pair", "matrix of all")),
    Section("evidence", evidence.evidence, evidence.ROWS),
    Section("month", evidence_month.month, evidence_month.ROWS, named=True),
    Section("lists", lists.lists, lists.ROWS),
    Section("findings", findings.findings, findings.ROWS),
    Section("size", installed.installed, ("probe installed", "collector's parts in a probe")),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure; 0 whatever the figures are, 1 if a measurement broke."""
    names = [section.name for section in SECTIONS]
    parser = argparse.ArgumentParser(prog="tests/bench/run", description="Figures beside their budgets.")
    parser.add_argument("--only", action="append", choices=names, help="this section; may be given again")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    options = parser.parse_args(arguments)
    figures: list[Figure] = []
    broken = False
    for section in SECTIONS:
        if section.name not in options.only if options.only else section.named:
            continue
        began = time.monotonic()
        _say(f"{section.name}: {(section.measure.__doc__ or '').strip()}")
        reason = ""
        try:
            for figure in section.measure(_say):
                figures.append(figure._replace(section=section.name))  # noqa: PERF401  what was measured before it broke stays
        except SkippedError as error:
            reason = str(error)
        except Exception as error:  # noqa: BLE001  one measurement that breaks leaves the others standing
            reason, broken = f"broke: {type(error).__name__}: {error}", True
        if reason:
            _say(f"  not measured: {reason}")
            done = {figure.what for figure in figures}
            figures += [
                Figure(row, None, "", note=reason, section=section.name) for row in section.rows if row not in done
            ]
        _say(f"  {time.monotonic() - began:.0f} s")
    print(table(figures))
    if options.json:
        options.json.write_text(json.dumps(as_json(figures), indent=1) + "\n")
    return int(broken)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
