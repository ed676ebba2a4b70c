"""A stranger's machine: an environment that holds the built wheel and what its extra `verify` asks for, and nothing else.

The third parties' packages are links to those of this environment, whose versions the lock fixes: no index is asked. The
project's own packages come from the wheel alone.
"""

from __future__ import annotations

import subprocess
import sys
import venv
from importlib.metadata import distribution
from typing import TYPE_CHECKING
from zipfile import ZipFile

from packaging.requirements import Requirement

if TYPE_CHECKING:
    from pathlib import Path

_TOP = "ottempera"


def build_wheel(checkout: Path, into: Path) -> Path:
    """The wheel of *checkout*, built by its own back end."""
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(into), str(checkout)]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    (wheel,) = into.glob("*.whl")
    return wheel


def install(wheel: Path, folder: Path, *, extra: str) -> Path:
    """An environment in *folder* with *wheel*; its `ottempera`. As pip does it: unpacked, and a script that starts it."""
    venv.create(folder, symlinks=True)
    (packages,) = folder.glob("lib/python3.*/site-packages")
    with ZipFile(wheel) as archive:
        archive.extractall(packages)
    for name in sorted(needed(packages, extra)):
        _link(name, packages)
    program = folder / "bin" / "ottempera"
    python = folder / "bin" / "python"
    program.write_text(f"#!{python} -I\nfrom deploy.cli import main\nmain()\n", encoding="utf-8")
    program.chmod(0o755)
    return program


def needed(packages: Path, extra: str) -> set[str]:
    """The names of all distributions that the wheel unpacked in *packages* needs with *extra*."""
    (metadata,) = packages.glob(f"{_TOP}-*.dist-info/METADATA")
    lines = metadata.read_text(encoding="utf-8").splitlines()
    declared = [line.partition(": ")[2] for line in lines if line.startswith("Requires-Dist: ")]
    found: set[str] = set()
    waiting = _required(declared, {extra})
    while waiting:
        name, extras = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += _required(distribution(name).requires or (), extras)
    return found


def _required(declared: list[str] | tuple[str, ...], extras: set[str]) -> list[tuple[str, set[str]]]:
    asked = [Requirement(one) for one in declared]
    return [
        (one.name, one.extras)
        for one in asked
        if one.marker is None or any(one.marker.evaluate({"extra": extra}) for extra in extras or {""})
    ]


def _link(name: str, packages: Path) -> None:
    """Have a distribution of this environment in *packages* too."""
    found = distribution(name)
    for top in sorted({file.parts[0] for file in found.files or ()} - {"..", "__pycache__"}):
        source, link = found.locate_file(top), packages / top
        if not link.exists():
            link.symlink_to(str(source))
