"""Verifies the forged day as a process of its own: `python -m tests.bench.evidence_verify FOLDER replay|alone`."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from collector.evidence.replay import Replayer
from schema.verifier.verify import open_trust, verify


def _peak_kib() -> int:
    """Of this program alone: what getrusage says counts who started it, too (proc(5), VmHWM)."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:"))


def main(folder: Path, *, replay: bool) -> None:
    """Print what it came to, and what it took."""
    trust = open_trust((folder / "trust.json").read_bytes())
    began = time.process_time()
    with (folder / "bundle.zip").open("rb") as file:
        report = verify(file, trust, replay=Replayer() if replay else None)
    told = {
        "result": report.result,
        "step": report.step,
        "detail": report.detail,
        "records": report.counts["records"],
        "cpu_s": time.process_time() - began,
        "peak_kib": _peak_kib(),
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main(Path(sys.argv[1]), replay=sys.argv[2] == "replay")
