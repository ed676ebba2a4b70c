"""Rules of the house that no linter holds."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]
SHOWN_SUFFIXES = {".py", ".md", ".toml", ".sql", ".sh", ".html", ".css", ".js", ".yaml", ".yml", ".csv", ".txt", ""}


def repository_files() -> list[Path]:
    """What is committed or about to be; without git, everything that is no cache."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=TOP, capture_output=True, check=False, text=True,
    )  # fmt: skip
    if listed.returncode == 0:
        return [TOP / name for name in listed.stdout.split("\0") if name and (TOP / name).is_file()]
    return [
        file
        for file in TOP.rglob("*")
        if file.is_file() and not any(part.startswith(".") or part == "__pycache__" for part in file.parts)
    ]


FILES = repository_files()
PYTHON = [file for file in FILES if file.suffix == ".py"]
ROOMS = [file for file in PYTHON if file.relative_to(TOP).parts[0] in {"schema", "probe", "collector", "deploy"}]


def lines_of(file: Path) -> list[tuple[int, str]]:
    return list(enumerate(file.read_text(encoding="utf-8").splitlines(), 1))


def where(file: Path, line: int, text: str = "") -> str:
    return f"{file.relative_to(TOP)}:{line} {text.strip()[:100]}"


def parsed(file: Path) -> ast.Module:
    return ast.parse(file.read_bytes(), filename=str(file))


SQL = re.compile(
    r"\b(select\s[^;]*\bfrom\s+\w|insert\s+into\s+\w|update\s+[\w.]+\s+set\s|delete\s+from\s+\w|truncate\s+table\s"
    r"|(create|alter|drop)\s+(or\s+replace\s+)?(table|view|role|user|database|schema|index|function|trigger|extension)\s"
    r"|grant\s+\w+\s+(on|to)\s|copy\s+[\w.]+\s+(from|to)\s)",
    re.IGNORECASE | re.DOTALL,
)


def docstrings(tree: ast.Module) -> set[int]:
    """The identities of the constants that are docstrings."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and node.body:
            first = node.body[0]
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                found.add(id(first.value))
    return found


def test_no_sql_in_python() -> None:
    """SQL lives in .sql files, each statement named and explained, where squawk and people find it."""
    offences = []
    for file in ROOMS:
        tree = parsed(file)
        skipped = docstrings(tree)
        offences += [
            where(file, node.lineno, node.value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in skipped
            if SQL.search(re.sub(r"`[^`]*`", "", node.value))  # what a person is told to type is no statement of ours
        ]
    assert not offences, offences


@pytest.mark.parametrize(
    "text",
    ["SELECT a FROM b", "insert into x values (1)", "update a.b set c = 1", "CREATE ROLE x", "copy a.b from stdin"],
)
def test_sql_is_recognised(text: str) -> None:
    assert SQL.search(text)


def test_nothing_is_patched() -> None:
    """The world is simulated, not patched: a patched test tests the patch."""
    offences = []
    for file in PYTHON:
        for node in ast.walk(parsed(file)):
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = [alias.name for alias in node.names] + [getattr(node, "module", None) or ""]
                offences += [where(file, node.lineno, name) for name in names if name.startswith("unittest")]
    assert not offences, offences


EXCEPTIONS = re.compile(r"#\s*(noqa|type:\s*ignore|pragma)\b(?P<rest>.*)")
REASON = re.compile(r"(\[[\w, -]+\]|:\s*[A-Z]+[0-9]+(,\s*[A-Z]+[0-9]+)*)\s+\S+")


def test_exceptions_have_reasons() -> None:
    """Every silenced check names the check and, on the same line, the reason."""
    offences = [
        where(file, number, line)
        for file in PYTHON
        for number, line in lines_of(file)
        if (found := EXCEPTIONS.search(line)) and not REASON.match(found["rest"]) and file != Path(__file__)
    ]
    assert not offences, offences


def test_nothing_is_left_for_later() -> None:
    marks = re.compile(r"\b(TODO|FIXME|XXX|NotImplementedError)\b")
    offences = [
        where(file, number, line)
        for file in PYTHON
        for number, line in lines_of(file)
        if marks.search(line) and file != Path(__file__)
    ]
    assert not offences, offences


def test_words_of_judgement() -> None:
    """`blocked` says what was seen; whether it should have been is for a court, not for this program.

    What shows that a line is in a hash tree is called a proof in RFC 9162 and so in code, and in the one step of sp-008 that
    speaks of it; nothing else that people read says it. verify.html is made of the .js files.
    """
    words = re.compile(r"\b(violations?|guilty|illegal(ly)?|proof|colpevole|illegale)\b", re.IGNORECASE)
    trees = re.compile(r"\bproof\b", re.IGNORECASE)
    offences = [
        where(file, number, line)
        for file in FILES
        if file.suffix in {".py", ".js", ".html", ".sql", ".csv", ".toml"} and file != Path(__file__)
        for number, line in lines_of(file)
        if words.search(trees.sub("", line) if file.suffix in {".py", ".js"} or file.name == "verify.html" else line)
    ]
    assert not offences, offences


@pytest.mark.parametrize("file", [file for file in FILES if file.suffix in SHOWN_SUFFIXES], ids=lambda file: file.name)
def test_is_tidy(file: Path) -> None:
    """UTF-8, lines end in LF, no blanks at their ends, one newline at the end of the file."""
    data = file.read_bytes()
    data.decode()
    assert b"\r" not in data
    assert not data or data.endswith(b"\n")
    assert file.suffix == ".sql" or not data.endswith(b"\n\n")
    assert file.suffix == ".md" or not re.search(rb"[ \t]\n", data)


SCRIPTS = [file for file in FILES if file.suffix != ".zip" and file.read_bytes()[:2] == b"#!"]  # a bundle may begin so


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_script(script: Path) -> None:
    """A script can be run, is bash that parses, and stops at the first thing that fails."""
    assert script.stat().st_mode & 0o111
    assert script.read_text(encoding="utf-8").startswith("#!/usr/bin/env bash\n")
    assert "\nset -euo pipefail\n" in script.read_text(encoding="utf-8")
    checked = subprocess.run(["bash", "-n", str(script)], capture_output=True, check=False, text=True)
    assert checked.returncode == 0, checked.stderr


def test_licence_is_apache() -> None:
    text = (TOP / "LICENSE").read_text(encoding="utf-8")
    assert text.lstrip().startswith("Apache License\n")
    assert "Version 2.0, January 2004" in text
    assert "END OF TERMS AND CONDITIONS" in text


def test_decisions_are_numbered() -> None:
    """Decision records are numbered without a hole, and each says context, options, outcome."""
    records = sorted((TOP / "schema" / "decisions").glob("*.md"))
    assert [record.name[:4] for record in records] == [f"{number:04}" for number in range(1, len(records) + 1)]
    for record in records:
        text = record.read_text(encoding="utf-8")
        headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
        assert headings[:3] == ["Context", "Options", "Outcome"], record.name
        assert re.match(rf"# {record.name[:4]} \S", text), record.name
