"""What a stranger needs to check a month: forged whole, verified whole, nothing extrapolated but the year."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tests.bench.evidence import DAYS_A_YEAR, verify
from tests.bench.figures import Figure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROWS: Final = ("verify a month's bundle", "verifier's memory, a month", "a month's bundle")
DAYS: Final = 30
_GIB: Final = 2**30


def month(say: Callable[[str], None]) -> Iterator[Figure]:
    """A bundle of thirty days: one name at six resolvers from three vantages. Takes a quarter of an hour and 12 GiB of disk."""
    with tempfile.TemporaryDirectory(prefix="ottempera-bench-month-") as name:
        folder = Path(name)
        run = [sys.executable, "-m", "tests.bench.evidence_day", name, str(DAYS)]
        subprocess.run(run, check=True, stdout=subprocess.DEVNULL)
        told: dict[str, Any] = json.loads((folder / "told.json").read_text())
        say(f"  forged {told['records']:,} records, {told['bytes'] / _GIB:.2f} GiB, in {told['cpu_s']:.0f} s")
        done = verify(folder, replay=True)
    if done["result"] != "valid" or done["records"] != told["records"]:
        raise RuntimeError(f"{done['result']} at {done['step']}: {done['detail']}")
    year = DAYS_A_YEAR / DAYS
    each = done["cpu_s"] / done["records"] * 1e6
    note = f"{done['records']:,} records, rules replayed: {each:.1f} us each; extrapolated: a year {done['cpu_s'] * year / 3600:.2f} h"
    yield Figure(ROWS[0], done["cpu_s"] / 60, "min", note=note)
    yield Figure(ROWS[1], done["peak_kib"] / 2**10, "MiB", note="peak, the program itself included")
    size = told["bytes"] / _GIB
    yield Figure(ROWS[2], size, "GiB", note=f"extrapolated, not measured: a year {size * year:.0f} GiB")
