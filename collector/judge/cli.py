"""`ottempera judge`: verdicts from a file of lines."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from schema.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterable


def judge(file: str, world: Path | None, explain: bool) -> None:  # noqa: FBT001 - an option of the command
    """Print a verdict a line; with *explain* each is followed by `# en:` and `# it:` lines.

    Raises:
        FormatError: a line that is none; then nothing is printed. ConfigError: a world with a mistake.
        UnavailableError: a file that cannot be read.
    """
    from collector.judge.explain import explain as explained
    from collector.judge.lines import judge_lines
    from collector.registry import builtin_world, default_policy, load_world
    from schema.codec import encode

    known = builtin_world() if world is None else load_world(_bytes(world), name=str(world))
    out = sys.stdout.buffer
    for verdict in judge_lines(_lines(file), known, default_policy(known)):
        out.write(encode(verdict) + b"\n")
        if explain:
            said = explained(verdict)
            out.write(f"# en: {said.en}\n# it: {said.it}\n".encode())
    out.flush()


def _lines(file: str) -> Iterable[bytes]:
    return sys.stdin.buffer if file == "-" else _bytes(Path(file)).split(b"\n")


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UnavailableError(f"{path}: {error.strerror}", remedy="Name a file that can be read.") from error
