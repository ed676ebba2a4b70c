"""Where in a TOML text each table and key stands, so that an error can name the line a person has to change."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Keys and indexes from the root, as in `("resolver", 2, "answer", 0, "reply")`; indexes count from 0.
Path = tuple[str | int, ...]

_HEADER = re.compile(r"\s*(\[\[?)\s*([^\[\]#]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"""\s*("[^"]*"|'[^']*'|[A-Za-z0-9_-]+)\s*[=.]""")
_STEP = re.compile(r"\.([A-Za-z0-9_-]+)|\[(\d+)\]")
_LONG_QUOTES = ('"""', "'''")


def lines_of(text: str) -> dict[Path, int]:
    """Line numbers, from 1, of the tables and keys of *text*; what stands inside a value has its key's line.

    A reader for errors only: text that TOML refuses gives some map, never an exception.
    """
    lines: dict[Path, int] = {(): 1}
    newest: dict[Path, int] = {}  # array of tables -> index of its newest table
    table: Path = ()
    inside = ""
    for number, line in enumerate(text.splitlines(), 1):
        if inside:
            inside = "" if inside in line else inside
            continue
        if header := _HEADER.match(line):
            table = _resolve(header[2], newest, starts=header[1] == "[[")
            lines.setdefault(table, number)
        elif key := _KEY.match(line):
            lines.setdefault((*table, key[1].strip("\"'")), number)
        inside = next((quotes for quotes in _LONG_QUOTES if line.count(quotes) % 2), "")
    return lines


def _resolve(header: str, newest: dict[Path, int], *, starts: bool) -> Path:
    """The path that a table header opens; *starts* when it starts a further table of an array."""
    path: Path = ()
    parts = [part.strip().strip("\"'") for part in header.split(".")]
    for number, part in enumerate(parts, 1):
        path = (*path, part)
        if starts and number == len(parts):
            newest[path] = newest.get(path, -1) + 1
        if path in newest:
            path = (*path, newest[path])
    return path


def line_at(lines: Mapping[Path, int], path: Path) -> int:
    """The line of *path*, or of the nearest thing around it that has one."""
    while path not in lines:
        path = path[:-1]
    return lines[path]


def path_of(dotted: str) -> Path:
    """The path in `$.resolver[2].answer[0].reply`, the form in which msgspec names one."""
    return tuple(key or int(index) for key, index in _STEP.findall(dotted))


def spoken(path: Path, data: object) -> str:
    """*path* for people, tables by number from 1 and by id: `resolver 3 (google), answer 1, reply`."""
    words: list[str] = []
    here = data
    for step in path:
        if isinstance(step, int):
            here = here[step] if isinstance(here, list) and step < len(here) else None
            identity = (here.get("id") or here.get("name")) if isinstance(here, dict) else None
            words[-1] += f" {step + 1}" + (f" ({identity})" if isinstance(identity, str) else "")
        else:
            here = here.get(step) if isinstance(here, dict) else None
            words.append(step)
    return ", ".join(words)
