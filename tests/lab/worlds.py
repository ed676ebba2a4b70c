"""The scenario files that come with the project, and what must be said of them."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import deploy.lab

BUILT_IN = Path(deploy.lab.__file__).parent / "scenarios"
FILES = sorted(
    path
    for folder in (BUILT_IN, Path(__file__).parent / "scenarios")
    for path in folder.glob("*.toml")
    if not path.name.endswith(".truth.toml")
)


def truth_beside(path: Path) -> dict[str, Any]:
    """The truth file of the scenario at *path*."""
    return tomllib.loads(path.with_suffix(".truth.toml").read_text())
