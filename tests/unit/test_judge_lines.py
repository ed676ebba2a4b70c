"""Verdicts from lines alone, and the command that prints them."""

from __future__ import annotations

import contextlib
import io
import json
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from collector.judge import judge_lines
from collector.judge.cli import judge
from schema.codec import encode
from schema.errors import FormatError, UnavailableError
from schema.record import Answer, BatchHeader, BatchLine, Certificate, Close, CloseLine, gap_line, read_record
from schema.verdict import read_verdict
from schema.words import Gap, Outcome
from tests.unit.judge_build import AT, LIVE, POLICY, TLS, UDP, WORLD, Cells

if TYPE_CHECKING:
    from pathlib import Path

CELLS = Cells().controls(LIVE).target("cloudflare", TLS, LIVE).target("cloudflare", UDP, LIVE)
LINES = [line for line, _ in CELLS.records]
WORLD_TOML = b"""
title = "other keys are passed over"
[[resolver]]
id = "cloudflare"
operator = "C1"
asn = [13335, 64500]
  [[resolver.answer]]
  reply = "truth"
[[vantage]]
id = "xx-01"
asn = 3269
"""


def other_plan(line: bytes, plan: str = "cd" * 32) -> bytes:
    return encode(replace(read_record(line), plan=plan))


def test_several_plans_in_the_order_of_their_first_line() -> None:
    lines = [other_plan(LINES[0]), *LINES, *(other_plan(line) for line in LINES[1:])]
    verdicts = list(judge_lines(lines, WORLD, POLICY))
    assert [verdict.plan[:2] for verdict in verdicts] == ["cd", "ab"]
    assert {verdict.outcome for verdict in verdicts} == {Outcome.OPEN}


def test_what_is_no_record_is_passed_over() -> None:
    plan = "ab" * 32
    others = [
        encode(BatchLine(1, BatchHeader("xx-01", "00", 1, "boot", "build", AT))),
        encode(Certificate(1, "ab" * 32, b"der")),
        encode(CloseLine(1, Close(plan, 4, 4, "ab" * 32))),
        gap_line(plan, "xx-01", 9, Gap.CEILING),
        b"",
        b"\r",
    ]
    assert list(judge_lines([*others, *LINES], WORLD, POLICY)) == list(judge_lines(LINES, WORLD, POLICY))


@pytest.mark.parametrize("bad", [b"{", b"[]", b"\xff", b'{"v":2,"plan":"x"}', LINES[0].replace(b"tls:", b"ftp:")])
def test_a_bad_line_is_named_by_its_number(bad: bytes) -> None:
    with pytest.raises(FormatError, match=r"^line 3: "):
        list(judge_lines([LINES[0], b"", bad], WORLD, POLICY))


@settings(deadline=None, derandomize=True, max_examples=300)
@given(
    st.lists(st.binary(max_size=120), max_size=3),
    st.binary(max_size=40),
    st.sampled_from(["A", "AAAA", "TYPE9", "TYPEx", "?"]),
)
def test_hostile_answers_end_in_a_verdict(wires: list[bytes], query: bytes, qtype: str) -> None:
    record = replace(CELLS.records[2][1], qtype=qtype, query=query, answers=tuple(Answer(1, wire) for wire in wires))
    lines = [encode(record), *LINES[:2]]
    (verdict,) = judge_lines(lines, WORLD, POLICY)
    assert verdict.outcome in {Outcome.INSUFFICIENT, Outcome.FAILING}


@settings(deadline=None, derandomize=True, max_examples=300)
@given(st.binary(max_size=200))
def test_any_bytes_end_in_a_format_error_or_in_verdicts(data: bytes) -> None:
    with contextlib.suppress(FormatError):
        list(judge_lines(data.split(b"\n"), WORLD, POLICY))


def test_names_that_cannot_be_written_are_no_evidence() -> None:
    for name in ("a" * 70 + ".", "ü.example.", "..", ""):
        record = replace(CELLS.records[2][1], name=name)
        (verdict,) = judge_lines([encode(record)], WORLD, POLICY)
        assert verdict.outcome is Outcome.INSUFFICIENT


class TestCommand:
    """`ottempera judge`."""

    def test_prints_a_verdict_a_line(self, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
        path = tmp_path / "lines"
        path.write_bytes(b"\n".join(LINES) + b"\n")
        judge(str(path), None, explain=False)
        (line,) = capfdbinary.readouterr().out.splitlines()
        assert read_verdict(line).resolver == "cloudflare"
        assert set(json.loads(line)) == {
            "plan", "probe", "resolver", "name", "outcome", "how", "origin", "label", "site", "rule", "witness",
            "witness_digest", "counts", "endpoints", "notes",
        }  # fmt: skip

    def test_explains(self, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
        path = tmp_path / "lines"
        path.write_bytes(b"\n".join(LINES))
        judge(str(path), None, explain=True)
        _, english, italian = capfdbinary.readouterr().out.splitlines()
        assert english.startswith(b"# en: ")
        assert italian.startswith(b"# it: ")

    def test_takes_a_world(self, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
        path, world = tmp_path / "lines", tmp_path / "world.toml"
        path.write_bytes(b"\n".join(LINES))
        world.write_bytes(WORLD_TOML)
        judge(str(path), world, explain=False)
        verdict = read_verdict(capfdbinary.readouterr().out.strip())
        assert verdict.outcome is Outcome.INSUFFICIENT  # one of the controls is of the same operator

    def test_reads_standard_input(
        self, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
    ) -> None:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\n".join(LINES))))
        judge("-", None, explain=False)
        assert len(capfdbinary.readouterr().out.splitlines()) == 1

    def test_prints_nothing_of_a_bad_file(self, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
        path = tmp_path / "lines"
        path.write_bytes(b"\n".join([*LINES, b"nonsense"]))
        with pytest.raises(FormatError, match=r"^line 5: "):
            judge(str(path), None, explain=False)
        assert capfdbinary.readouterr().out == b""

    def test_a_file_that_is_not_there(self, tmp_path: Path) -> None:
        with pytest.raises(UnavailableError):
            judge(str(tmp_path / "none"), None, explain=False)


@pytest.mark.parametrize(
    "fields",
    [
        '"at":"2026-11-21T20:00:00Z","role":"target","query":null,"answers":null,"tls":{"chain":null},"gap":"breaker"',
        '"gap":"ceiling"',
        '"role":"target","class":null,"repeat":null,"mono_us":null,"gap":"quota"',
    ],
)
def test_lines_that_others_write(fields: str) -> None:
    """Nulls spelt out, and no time where nothing was asked: the cell is one that was not asked."""
    line = (
        '{"v":1,"plan":"ab","cell":3,"probe":"p","resolver":"r","endpoint":"udp:192.0.2.1:53","name":"a.example.",'
        f'"type":"A","profile":"stub",{fields}}}'
    )
    [verdict] = judge_lines([line.encode(), b'{"v":1,"probe":"p","chain":"00","number":1}'], WORLD, POLICY)
    assert (verdict.resolver, verdict.rule) == ("r", "not_asked")
