"""TOML that people write, into structs: every mistake named by line, field and what to do.

Raises one error type, the caller's subclass of ConfigError. Pure.
"""

from __future__ import annotations

import re
import tomllib
from datetime import date
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

import msgspec
from msgspec import inspect

from schema.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

T = TypeVar("T")
Path = tuple[str | int, ...]

_SYNTAX: Final = re.compile(r"(?P<what>.*?) \(at (?:line (?P<line>\d+), column \d+|end of document)\)")
_INVALID: Final = re.compile(r"(?P<what>.*?)(?: - at `\$(?P<path>[^`]*)`)?")
_DATE: Final = re.compile(r"=\s*(?:\[\s*)?(\d{4}-\d{1,2}-\d{1,2})\b")
_CALENDAR: Final = "Write a day of the calendar, without quotes, as in 2022-07-11."
_STEP: Final = re.compile(r"\.([^.\[\]]+)|\[(\d+|\.\.\.)\]")
_HEADER: Final = re.compile(r"\s*(\[\[?)\s*([^\]]+?)\s*\]\]?\s*(?:#.*)?")
_KEY: Final = re.compile(r"""\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*[A-Za-z0-9_-]+)*)\s*=""")
_UNKNOWN: Final = re.compile(r"Object contains unknown field `(.+)`")
_MISSING: Final = re.compile(r"Object missing required field `(.+)`")
_ENUM: Final = re.compile(r"Invalid enum value (.+)")


class Document(NamedTuple):
    """A file that was read: its tables, and what is needed to say where in it something stands."""

    name: str
    text: str
    tables: dict[str, Any]
    refuse: type[ConfigError]

    def error(self, path: Path, what: str, remedy: str = "") -> ConfigError:
        """The refusal of what stands at *path*, ready to be raised."""
        line = line_of(self.text, path)
        field = ".".join(str(step) for step in path if isinstance(step, str))
        place = ", ".join(part for part in (self.name, f"line {line}" if line else "", field) if part)
        return self.refuse(f"{place}: {what}", remedy=remedy)


def load(data: bytes, name: str, refuse: type[ConfigError] = ConfigError) -> Document:
    """Read the bytes of the file called *name*.

    Raises:
        ConfigError: (as *refuse*) not UTF-8, or not TOML.
    """
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise refuse(f"{name}, line {line}: not UTF-8", remedy="Save the file as UTF-8.") from error
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = _SYNTAX.fullmatch(str(error))
        line = int(found["line"]) if found and found["line"] else text.count("\n") + 1
        if wrong := _no_date(text, line):
            raise Document(name, text, {}, refuse).error(wrong[0], f"{wrong[1]} is no date", _CALENDAR) from error
        raise refuse(
            f"{name}, line {line}: {found['what'] if found else error}",
            remedy="The file is not TOML here: look for a missing quote, bracket or equals sign.",
        ) from error
    except (ValueError, RecursionError) as error:  # an impossible date, or a nesting without end
        raise refuse(
            f"{name}: {error}", remedy="The file is TOML in form, but holds a value that cannot be."
        ) from error
    return Document(name, text, tables, refuse)


def convert(document: Document, kind: type[T], at: Path = ()) -> T:
    """What stands at *at* of *document*, as a *kind*.

    Raises:
        ConfigError: (as the document's `refuse`) an unknown or missing key, another type, a word outside its list.
    """
    value: Any = document.tables
    for step in at:
        value = value[step]
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        found = _INVALID.fullmatch(str(error))
        what, path = (found["what"], tuple(_steps(found["path"] or ""))) if found else (str(error), ())
        raise _explain(document, kind, at, path, what) from error


def _explain(document: Document, kind: type, at: Path, path: Path, what: str) -> ConfigError:
    """The refusal that tells a person what to change, from what msgspec said of *path* below *at*."""
    here = _type_at(inspect.type_info(kind), path)
    if unknown := _UNKNOWN.fullmatch(what):
        known = [field.encode_name for field in here.fields] if isinstance(here, inspect.StructType) else []
        return document.error((*at, *path, unknown[1]), f"unknown key {unknown[1]!r}", did_you_mean(unknown[1], known))
    if missing := _MISSING.fullmatch(what):
        return document.error((*at, *path), f"the key {missing[1]!r} is missing", f"Add a line: {missing[1]} = ...")
    if (word := _ENUM.fullmatch(what)) and isinstance(here, inspect.EnumType):
        words = [str(member.value) for member in here.cls]
        return document.error(
            (*at, *path), f"{word[1]} is not a word it can be", did_you_mean(word[1].strip("'"), words)
        )
    if what == "Invalid RFC3339 encoded date" or what.startswith(("Expected `date`", "Expected `date |")):
        return document.error((*at, *path), f"{_value_at(document, (*at, *path))} is no date", _CALENDAR)
    remedy = "Put the value in quotes." if what.startswith("Expected `str`") else "Write a value of the kind it names."
    return document.error((*at, *path), what[:1].lower() + what[1:], remedy)


def _no_date(text: str, number: int) -> tuple[Path, str] | None:
    """Where line *number* of *text* gives a day that no calendar has, and that day."""
    for found in _DATE.finditer((*text.splitlines(), "")[number - 1]):
        try:
            date.fromisoformat(found[1])
        except ValueError:
            return next((path for line, path in _places(text) if line == number), ()), found[1]
    return None


def _value_at(document: Document, path: Path) -> str:
    value: Any = document.tables
    for step in path:
        value = value[step]
    return repr(value) if isinstance(value, str) else str(value)


def did_you_mean(wrong: str, known: Iterable[str]) -> str:
    """A remedy that names the nearest of *known*, or all of them."""
    words = list(known)
    near = get_close_matches(wrong, words, n=1)
    return f"Did you mean {near[0]!r}?" if near else f"It can be: {', '.join(words)}."


def _steps(path: str) -> Iterator[str | int]:
    """`.scope[2].rule` as scope, 2, rule; `[...]` stands for any member of a map."""
    for key, index in _STEP.findall(path):
        yield key or (int(index) if index.isdigit() else index)


def _type_at(here: inspect.Type, path: Path) -> inspect.Type | None:
    """The type that *path* leads to from *here*; none where the path leaves what is known."""
    for step in path:
        members = here.types if isinstance(here, inspect.UnionType) else (here,)
        found: inspect.Type | None = None
        for member in members:
            if isinstance(step, str) and isinstance(member, inspect.StructType):
                found = next((field.type for field in member.fields if field.encode_name == step), None)
            elif isinstance(step, int) and isinstance(member, inspect.VarTupleType | inspect.ListType):
                found = member.item_type
        if found is None:
            return None
        here = found
    if isinstance(here, inspect.UnionType):
        return next((member for member in here.types if not isinstance(member, inspect.NoneType)), None)
    return here


def line_of(text: str, path: Path) -> int | None:
    """The line, from 1, on which the deepest step of *path* that has one begins; none for an empty path."""
    best: tuple[int, int] | None = None
    for line, found in _places(text):
        depth = len(found)
        if found == path[:depth] and depth and (best is None or depth > best[0]):
            best = (depth, line)
    return best[1] if best else None


def _places(text: str) -> Iterator[tuple[int, Path]]:
    """Every header and key of *text* with its line; text in triple quotes is passed over."""
    table: Path = ()
    counts: dict[Path, int] = {}
    quote = ""
    for number, line in enumerate(text.splitlines(), 1):
        if quote:
            quote = "" if line.count(quote) % 2 else quote
            continue
        if header := _HEADER.fullmatch(line):
            keys = [key.strip().strip("\"'") for key in header[2].split(".")]
            table = _enter(keys, counts, is_array=header[1] == "[[")
            yield number, table
        elif key := _KEY.match(line):
            yield number, (*table, *(part.strip().strip("\"'") for part in key[1].split(".")))
        quote = next((mark for mark in ('"""', "'''") if line.count(mark) % 2), "")


def _enter(keys: list[str], counts: dict[Path, int], *, is_array: bool) -> Path:
    """The path of a table's header, each array of tables with the number of its last element."""
    path: Path = ()
    for position, key in enumerate(keys):
        path = (*path, key)
        if is_array and position == len(keys) - 1:
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path = (*path, counts[path])
    return path
