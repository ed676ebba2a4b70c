"""Plays on a small disk of its own: run inside a mount namespace, so that nobody else sees the disk and it goes with us.

    unshare --mount python -m tests.acceptance.small_disk DATA SIZE SCENARIO ROUNDS

First on the small disk, which fills up; then, made larger, on what is there. Prints what came of both as JSON.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from deploy.postgres import stop
from schema.codec import encode
from tests.acceptance.command import play, rows

_ROOMY = "512m"
_MORE_ROUNDS = 2


def main(data: Path, size: str, scenario: Path, rounds: int) -> None:
    """Play twice; the small disk is at the folder above *data*."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=755", "tmpfs", str(data.parent)], check=True)
    first = play(scenario, data, rounds)
    left = sorted(path.name for path in data.iterdir())
    subprocess.run(["mount", "-o", f"remount,size={_ROOMY}", str(data.parent)], check=True)
    second = play(scenario, data, _MORE_ROUNDS)
    coverage = rows("coverage", data) if second.code == 0 else []
    stop(data, "immediate")
    sys.stdout.buffer.write(
        encode({
            "first": {"code": first.code, "out": first.out.decode(), "err": first.err},
            "left": left,
            "second": {"code": second.code, "out": second.out.decode(), "err": second.err},
            "coverage": coverage,
        })
    )  # fmt: skip


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]), int(sys.argv[4]))
