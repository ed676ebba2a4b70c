"""`ottempera judge` and `ottempera rules`: verdicts from a file of lines, and what decides them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from schema.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from schema.policy import Policy
    from schema.registry import World


def judge(file: str, world: Path | None, explain: bool) -> None:  # noqa: FBT001 - an option of the command
    """Print a verdict a line; with *explain* each is followed by `# en:` and `# it:` lines.

    Raises:
        FormatError: a line that is none; then nothing is printed. ConfigError: a world with a mistake.
        UnavailableError: a file that cannot be read.
    """
    from collector.judge.lines import judge_lines
    from collector.registry import builtin_world, default_policy, load_world
    from schema.codec import encode

    known = builtin_world() if world is None else load_world(_bytes(world), name=str(world))
    policy, out = default_policy(known), sys.stdout.buffer
    if explain:
        out.writelines(_explained(_lines(file), known, policy))
    else:
        out.writelines(encode(verdict) + b"\n" for verdict in judge_lines(_lines(file), known, policy))
    out.flush()


def rules(ids: Sequence[str], language: str, *, as_json: bool) -> None:
    """Print the rules called *ids*, by default all, in *language* (en or it), or in both as JSON.

    Raises:
        ConfigError: an id of no rule.
    """
    from collector.judge.rulebook import as_text, rulebook
    from schema.codec import encode
    from schema.errors import ConfigError

    known = {row.rule: row for row in rulebook()}
    for one in ids:
        if one not in known:
            raise ConfigError(f"no rule is called {one!r}", remedy="`ottempera rules` lists them.")
    chosen = [known[one] for one in dict.fromkeys(ids)] or list(known.values())
    out = sys.stdout.buffer
    if as_json:
        out.write(encode(chosen) + b"\n")
    else:
        out.writelines(f"{as_text(row, language)}\n".encode() for row in chosen)
    out.flush()


def _explained(lines: Iterable[bytes], world: World, policy: Policy) -> Iterator[bytes]:
    from collector.judge.account import judge_explained
    from collector.judge.explain import explain
    from collector.judge.lines import rounds
    from collector.judge.setting import Memory
    from schema.codec import encode

    memory = Memory()
    for records in rounds(lines):
        for verdict, account in judge_explained(records, world, policy, memory=memory):
            said = explain(account)
            yield encode(verdict) + f"\n# en: {said.en}\n# it: {said.it}\n".encode()


def _lines(file: str) -> Iterable[bytes]:
    return sys.stdin.buffer if file == "-" else _bytes(Path(file)).split(b"\n")


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UnavailableError(f"{path}: {error.strerror}", remedy="Name a file that can be read.") from error
