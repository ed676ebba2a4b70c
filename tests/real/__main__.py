"""Asks the namespace lab everything, prints the matrix, and ends with 1 unless every cell is as expected.

`python -m tests.real FOLDER [--cells FILE]`: configurations and logs of the programs go to FOLDER, cells to FILE.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import time
from pathlib import Path

import msgspec

from deploy.lab.real.lab import RealLab
from deploy.lab.real.namespace import enclosed, environment
from schema.errors import OttemperaError
from tests.real.asking import ask
from tests.real.matrix import matrix
from tests.real.table import lines

_INSIDE = "--inside"


def main() -> int:
    """Enter a namespace of our own, then do it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--cells", type=Path)
    parser.add_argument(_INSIDE, action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if not options.inside:
        command = enclosed([sys.executable, "-m", "tests.real", *sys.argv[1:], _INSIDE])
        os.execvpe(command[0], command, environment())  # noqa: S606 - our own command, arguments and all
    began = time.monotonic()
    with RealLab(options.folder) as lab:
        up = time.monotonic()
        heard = asyncio.run(ask(lab.world, lab.vantage, lab.trust))
        asked = time.monotonic()
    cells = list(matrix(heard.lines, lab.world))
    for line in lines(cells):
        sys.stdout.write(line + "\n")
    sys.stdout.write(
        f"up in {up - began:.1f} s, {len(heard.lines)} questions in {asked - up:.1f} s, "
        f"judged in {time.monotonic() - asked:.1f} s\n"
    )
    for what, count in sorted(heard.again.items()):
        sys.stdout.write(f"{count} asked twice: {what}\n")
    if options.cells is not None:
        options.cells.write_bytes(msgspec.json.encode(cells))
    return int(any(cell.expected != cell.found for cell in cells))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except OttemperaError as error:
        sys.exit(f"{error} {error.remedy}")
