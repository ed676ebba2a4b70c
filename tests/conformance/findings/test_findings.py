"""Each case of a day: what was written by hand in the case, then every column and word, byte for byte."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest

from collector.compliance.counting import CAUSES
from collector.compliance.reasons import REASONS
from schema.order import Order
from schema.order_file import read_order
from tests.conformance.findings.expand import HERE, as_json, days_of, expand, read
from tests.conformance.findings.ours import answer

CASES = sorted(path.stem for path in (HERE / "cases").glob("*.toml"))
MOST_BYTES = 1_500_000
_OF_ROW = {"day", "from", "to", "reason", "says"}


@cache
def said_of(name: str) -> dict[str, Any]:
    told: dict[str, Any] = answer(msgspec.json.decode(as_json(expand(read(name)))))
    return told


def kept(case: dict[str, Any], told: dict[str, Any]) -> str:
    """What is kept of an answer: all rows, and sums and readings where the case is about them; one a line."""
    kinds = ["rows", *(kind for kind in ("sums", "readings") if kind in case)]
    parts = [
        f'"{kind}": [\n' + ",\n".join(json.dumps(row, ensure_ascii=False) for row in told[kind]) + "\n]"
        for kind in kinds
    ]
    return "{\n" + ",\n".join(parts) + "\n}\n"


@pytest.mark.parametrize("name", CASES)
def test_by_hand(name: str) -> None:
    """Finding, reason, what it would be and amount of each day are as a person wrote them; and no day is left out."""
    case, told = read(name), said_of(name)
    rows = {(row["day"], row["resolver"], row["name"]): row for row in told["rows"]}
    first = told["rows"][0]
    pair = {"resolver": case.get("resolver", [{}])[0].get("id", "alfa"), "name": first["name"]}
    seen = set()
    for wanted in case["expect"]:
        for day in days_of(wanted):
            key = (str(day), wanted.get("resolver", pair["resolver"]), wanted.get("name", pair["name"]))
            seen.add(key)
            row = rows[key]
            values = dict(value.split("=", 1) for value in row["reason_values"])
            plain = {"amount": None, "would_be": None, **{k: v for k, v in wanted.items() if k not in _OF_ROW}}
            assert {**{k: row[k] for k in plain}, "reason": row["reason_id"]} == {**plain, "reason": wanted["reason"]}
            assert {k: values[k] for k in wanted.get("says", {})} == wanted.get("says", {})
            assert row["counted"] == (row["finding"] == "not_compliant")
    assert seen == set(rows)


@pytest.mark.parametrize("name", CASES)
def test_sums_and_readings_by_hand(name: str) -> None:
    case, told = read(name), said_of(name)
    for kind in ("sums", "readings"):
        for wanted in case.get(kind, []):
            wanted_plain = {k: None if v == "none" else str(v) if isinstance(v, date) else v for k, v in wanted.items()}
            names = [key for key in ("operator", "name", "reading") if key in wanted]
            found = [one for one in told[kind] if all(one[key] == wanted[key] for key in names)]
            assert [{key: one[key] for key in wanted_plain} for one in found] == [wanted_plain]


@pytest.mark.parametrize("name", CASES)
def test_in_full(name: str) -> None:
    """Every column, and the reason in both languages; `OTTEMPERA_RENDER=1` writes what is then to be read."""
    file, text = HERE / "expected" / f"{name}.json", kept(read(name), said_of(name))
    if os.environ.get("OTTEMPERA_RENDER") == "1":
        file.write_text(text, encoding="utf-8")
    assert file.read_text(encoding="utf-8") == text


@pytest.mark.parametrize("name", CASES)
def test_the_days_amounts_are_the_sum(name: str) -> None:
    told = said_of(name)
    for one in told["sums"]:
        of_days = [
            Decimal(row["amount"])
            for row in told["rows"]
            if row["amount"] and (row["operator"], row["name"]) == (one["operator"], one["name"])
        ]
        assert sum(of_days) == Decimal(one["amount_counted"] or 0)


@pytest.mark.parametrize("name", CASES)
def test_says_what_is_hard(name: str) -> None:
    assert re.fullmatch(r"[A-Z0-9].{20,250}\.", read(name)["hard"])


def test_no_answer_without_a_case() -> None:
    assert sorted(path.stem for path in (HERE / "expected").iterdir()) == CASES
    assert len(CASES) >= 80


def test_every_reason_has_its_case() -> None:
    """What no case comes to, nobody has read."""
    told = {
        row["reason_id"]
        for name in CASES
        for row in json.loads((HERE / "expected" / f"{name}.json").read_bytes())["rows"]
    }
    assert told == set(REASONS)
    assert set(CAUSES) <= told


def test_a_program_that_says_otherwise_is_told(tmp_path: Path) -> None:
    """The runner needs no package of ours, passes what is right, and names the case that is not."""
    liar = tmp_path / "liar.py"
    liar.write_text(
        "import json, pathlib, sys\n"
        "name = pathlib.Path(sys.argv[1]).stem\n"
        "said = json.loads((pathlib.Path(sys.argv[2]) / f'{name}.json').read_bytes())\n"
        "if name == 'relapse':\n    said['rows'][-1]['amount'] = '10000'\n"
        "print(json.dumps(said))\n"
    )
    chosen = [word for name in ("stay", "relapse", "readings-side-by-side") for word in ("--case", name)]
    ended = subprocess.run(
        [sys.executable, "-I", HERE / "run.py", *chosen, sys.executable, liar, "{case}", HERE / "expected"],
        capture_output=True, check=False, text=True,
    )  # fmt: skip
    assert ended.returncode == 1
    assert ended.stdout.splitlines()[0].startswith("relapse: ('2026-01-24', 'alfa', 'sito-uno.example.'): amount '0'")
    assert ended.stdout.splitlines()[1:] == ["3 cases, 1 otherwise than expected"]


def test_the_orders_are_orders() -> None:
    """The base order passes the check of order files, and every order of a case is an order's whole body."""
    for name in CASES:
        for version in expand(read(name))["versions"]:
            msgspec.convert(json.loads(as_json(version["order"])), Order)
    text = (HERE / "base.toml").read_text(encoding="utf-8")
    order = text.split("[order]\n", 1)[1].split("\n[resolver]", 1)[0]
    assert read_order(order.encode(), "base").id == "invented"


def test_the_suite_stays_small() -> None:
    """What is in the repository is fetched by everybody."""
    assert sum(path.stat().st_size for path in HERE.rglob("*") if path.is_file()) < MOST_BYTES
