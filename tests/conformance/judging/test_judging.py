"""Each hard case through the real command: the verdicts and both explanations, byte for byte."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from tests.acceptance.command import ottempera
from tests.conformance.judging.make import CASES, HERE

SAYS = {"expected.jsonl": b"{", "explained.en.txt": b"# en: ", "explained.it.txt": b"# it: "}


def rendering() -> bool:
    """Whether what the program says is to be written instead of compared."""
    return os.environ.get("OTTEMPERA_RENDER") == "1"


def kept(file: Path, said: bytes) -> bytes:
    if rendering():
        file.write_bytes(said)
    return file.read_bytes()


@pytest.mark.parametrize("case", CASES)
def test_case(case: str) -> None:
    folder = HERE / case
    told = ottempera("judge", folder / "lines.jsonl", "--world", folder / "world.toml", "--explain").well().out
    lines = told.splitlines(keepends=True)
    for file, mark in SAYS.items():
        said = b"".join(line if mark == b"{" else line[len(mark) :] for line in lines if line.startswith(mark))
        assert said.decode() == kept(folder / file, said).decode()
    assert len(lines) == sum(len((folder / file).read_bytes().splitlines()) for file in SAYS)


@pytest.mark.parametrize("case", CASES)
def test_without_explain_only_the_verdicts_are_printed(case: str) -> None:
    folder = HERE / case
    told = ottempera("judge", "-", "--world", folder / "world.toml", stdin=(folder / "lines.jsonl").read_bytes())
    assert told.well().out == (folder / "expected.jsonl").read_bytes()


@pytest.mark.parametrize("case", CASES)
def test_lines_are_made_again(case: str) -> None:
    assert CASES[case]().lines() == (HERE / case / "lines.jsonl").read_bytes()


def test_each_folder_is_a_case_and_says_what_is_hard() -> None:
    folders = {folder.name for folder in HERE.iterdir() if folder.is_dir() and folder.name != "__pycache__"}
    assert folders == set(CASES)
    for folder in folders:
        text = " ".join((HERE / folder / "README.md").read_text(encoding="utf-8").split("\n\n", 1)[1].split()) + " "
        sentences = re.findall(r"[.](?=\s)", text)
        assert 2 <= len(sentences) <= 5, folder
        assert "Hard, because" in text
