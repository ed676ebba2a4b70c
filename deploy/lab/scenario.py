"""Reads a scenario file whole or refuses it, naming line, field and what to write instead."""

from __future__ import annotations

import re
import tomllib
from difflib import get_close_matches
from hashlib import sha256
from typing import Any

import msgspec
from msgspec.structs import replace

from deploy.lab.check import Trouble, checked
from deploy.lab.endpoints import endpoints, to_registry
from deploy.lab.shapes import (
    Answer,
    Clock,
    Ede,
    Intercept,
    Mode,
    Name,
    ReplyKind,
    Resolver,
    Scenario,
    Vantage,
)
from deploy.lab.toml_lines import Path, line_at, lines_of, path_of, spoken
from schema.errors import ConfigError
from schema.words import Kind, Transport

__all__ = ["Scenario", "ScenarioError", "endpoints", "load_scenario", "to_registry"]

_TABLES: dict[tuple[str, ...], type[msgspec.Struct]] = {
    (): Scenario,
    ("clock",): Clock,
    ("name",): Name,
    ("resolver",): Resolver,
    ("resolver", "answer"): Answer,
    ("resolver", "answer", "ede"): Ede,
    ("vantage",): Vantage,
    ("vantage", "intercept"): Intercept,
}
_WORDS: dict[str, list[str]] = {
    "kind": list(Kind),
    "mode": list(Mode),
    "reply": list(ReplyKind),
    "transports": [word for word in Transport if word is not Transport.QUIC],
}
_TOML_LINE = re.compile(r"\(at line (\d+), column \d+\)")
_MSGSPEC = re.compile(r"(?P<problem>.*?)(?: - at `(?P<path>\$.*)`)?", re.DOTALL)
_QUOTED = re.compile(r"[`'](.*)[`']")
_NO_LINE = 1


class ScenarioError(ConfigError):
    """A scenario that cannot be played.

    Attributes:
        line: where in the file, from 1.
        field: the field for people, `resolver 3 (google), answer 1, reply`; empty when the file is no TOML.
    """

    def __init__(self, name: str, line: int, field: str, problem: str, remedy: str) -> None:
        """Say that *field* on *line* of the file *name* has *problem*."""
        super().__init__(f"{name}, line {line}: {field}{': ' if field else ''}{problem}", remedy=remedy)
        self.line = line
        self.field = field


def load_scenario(data: bytes, name: str) -> Scenario:
    """The scenario in *data*; *name* is what errors call the file.

    Raises:
        ScenarioError: not TOML, a key, word, type, address or name that cannot be, an id that is twice or nowhere.
    """
    text, tables = _read_toml(data, name)
    lines = lines_of(text)

    def refuse(path: Path, problem: str, remedy: str) -> ScenarioError:
        return ScenarioError(name, line_at(lines, path), spoken(path, tables), problem, remedy)

    if "digest" in tables:
        raise refuse(("digest",), "the key is not known", "Remove it: the digest is computed from the file's bytes.")
    try:
        scenario = msgspec.convert(tables, Scenario)
    except msgspec.ValidationError as error:
        raise refuse(*_explain(str(error))) from error
    try:
        return checked(replace(scenario, digest=sha256(data).hexdigest(), title=scenario.title or name))
    except Trouble as trouble:
        raise refuse(trouble.path, trouble.problem, trouble.remedy) from trouble


def _read_toml(data: bytes, name: str) -> tuple[str, dict[str, Any]]:
    try:
        text = data.decode()
        return text, tomllib.loads(text)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ScenarioError(name, line, "", "the bytes are not UTF-8", "Save the file as UTF-8 text.") from error
    except tomllib.TOMLDecodeError as error:
        found = _TOML_LINE.search(str(error))
        line = int(found[1]) if found else text.count("\n") + 1
        problem = _TOML_LINE.sub("", str(error)).replace("(at end of document)", "").strip()
        raise ScenarioError(name, line, "", problem, "Write it as TOML: key = value, texts in quotes.") from error
    except RecursionError as error:
        raise ScenarioError(name, _NO_LINE, "", "values inside values without end", "Nest less.") from error


def _explain(message: str) -> tuple[Path, str, str]:
    """The path, the problem and the remedy in what msgspec says of a table."""
    found = _MSGSPEC.fullmatch(message)
    problem, path = (found["problem"], path_of(found["path"] or "")) if found else (message, ())
    keys = tuple(step for step in path if isinstance(step, str))
    quoted = _QUOTED.search(problem)
    word = quoted[1] if quoted else ""
    if problem.startswith("Object contains unknown field"):
        known = [key for key in _keys(keys) if key != "digest"]
        return (*path, word), "the key is not known here", _suggest(word, known)
    if problem.startswith("Object missing required field"):
        return path, f"`{word}` is missing", f"Add a line `{word} = ...` to this table."
    if problem.startswith("Invalid enum value"):
        known = _WORDS.get(keys[-1], [])
        return path, f"`{word}` is not a word for it", _suggest(word, known)
    return path, problem[:1].lower() + problem[1:], "Write the value as the problem says it is expected."


def _keys(keys: tuple[str, ...]) -> list[str]:
    table = _TABLES.get(keys)
    return [field.encode_name for field in msgspec.structs.fields(table)] if table else []


def _suggest(word: str, known: list[str]) -> str:
    close = get_close_matches(word.lower(), known, 1)
    choice = f"It is one of: {', '.join(known)}."
    return f"Did you mean `{close[0]}`? {choice}" if close else choice
