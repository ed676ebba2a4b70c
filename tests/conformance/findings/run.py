"""Runs any program against the cases beside this file: `run.py [--case NAME]... PROGRAM ARGUMENT...`, with {case} in it.

In place of {case} it is given a file with the case in full (README.md); it prints what the days come to as JSON. Needs
nothing but Python. Ends with 1 if the program said anything else than what is expected of a case.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
from expand import HERE, as_json, expand, read  # type: ignore[import-not-found]  # beside this file, in no package

#: What a program must say of a row; words are its own affair.
SAID = (
    "resolver", "name", "day", "finding", "reason_id", "would_be", "counted", "amount", "currency", "amount_beside",
    "version", "rule", "samples_planned", "samples_countable", "samples_blocked", "first_witness", "last_witness",
)  # fmt: skip


def main(command: list[str]) -> int:
    """Run them all, or those that are named; how many came out otherwise decides the exit code."""
    names = []
    while command[:1] == ["--case"] and command[1:]:
        names.append(command[1])
        command = command[2:]
    if not any("{case}" in word for word in command):
        sys.stderr.write(f"{__doc__}\n")
        return 2
    names = names or sorted(path.stem for path in (HERE / "cases").glob("*.toml"))
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            file = Path(folder) / f"{name}.json"
            file.write_text(as_json(expand(read(name))), encoding="utf-8")
            words = [word.format(case=file) for word in command]
            ended = subprocess.run(words, stdout=subprocess.PIPE, check=False)
            if difference := compare(name, ended.stdout):
                wrong += 1
                sys.stdout.write(f"{name}: {difference}\n")
    sys.stdout.write(f"{len(names)} cases, {wrong} otherwise than expected\n")
    return 1 if wrong else 0


def compare(name: str, said: bytes) -> str:
    """The first thing in which *said* is not what is expected; empty where there is none."""
    expected = json.loads((HERE / "expected" / f"{name}.json").read_bytes())
    try:
        told: dict[str, Any] = json.loads(said)
        rows = {_key(row): row for row in told["rows"]}
    except (ValueError, KeyError, TypeError) as error:
        return f"it does not print rows as JSON: {error!r}"
    for row in expected["rows"]:
        found = rows.pop(_key(row), None)
        if found is None:
            return f"no row of {_key(row)}"
        for column in SAID:
            if found.get(column) != row[column]:
                return (
                    f"{_key(row)}: {column} {row[column]!r} is expected, it says {found.get(column)!r}: {row['reason']}"
                )
    if rows:
        return f"rows that nobody expects: {sorted(rows)}"
    for kind in ("sums", "readings"):
        if kind in expected and told.get(kind) != expected[kind]:
            return f"{kind} {expected[kind]} are expected, it says {told.get(kind)}"
    return ""


def _key(row: dict[str, Any]) -> tuple[str, str, str]:
    return row["day"], row["resolver"], row["name"]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
