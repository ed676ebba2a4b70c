"""Writes a case out in full, for a program that is to be run against it: all samples of all days, one by one.

What a case may say, and what stands for what it leaves out, is in README.md. Standard library only.
"""

from __future__ import annotations

import json
import sys
import tomllib
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)


def read(name: str) -> dict[str, Any]:
    """The case called *name*, as it is kept."""
    return tomllib.loads((HERE / "cases" / f"{name}.toml").read_text(encoding="utf-8"))


def expand(case: dict[str, Any]) -> dict[str, Any]:
    """*case* in full."""
    base = tomllib.loads((HERE / "base.toml").read_text(encoding="utf-8"))
    versions = list(_versions(base["order"], case.get("version", [{}])))
    resolvers = [{**base["resolver"], **one} for one in case.get("resolver", [{}])]
    order = versions[-1]["order"]
    first = {
        "resolver": resolvers[0]["id"],
        "name": order["scope"][0]["name"] if order["scope"] else "sito-uno.example.",
    }
    zone = ZoneInfo(order.get("timezone", "Europe/Rome"))
    days = [
        {
            "resolver": pair["resolver"],
            "name": pair["name"],
            "day": day,
            "measure": said.get("measure", "not_tested"),
            "samples": list(_samples(pair, said, day, zone, base["sample"])),
        }
        for said in case.get("days", [])
        for pair in _pairs(first, said)
        for day in days_of(said)
    ]
    return {
        "versions": versions,
        "resolvers": resolvers,
        "territory": case.get("territory", base["territory"]),
        "custodians": base["custodians"],
        "standings": case.get("standings"),
        "days": days,
    }


def days_of(said: dict[str, Any]) -> list[date]:
    """One day, or all from the first to the last."""
    first: date = said["day"] if "day" in said else said["from"]
    last: date = said["day"] if "day" in said else said["to"]
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def as_json(value: object) -> str:
    """Days and times as ISO 8601."""
    return json.dumps(value, default=lambda one: one.isoformat(), ensure_ascii=False)


def _versions(base: dict[str, Any], said: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    order = base
    for number, one in enumerate(said, 1):
        order = {**order, **one.get("order", {})}
        for key in one.get("without", []):
            order = {other: value for other, value in order.items() if other != key}
        yield {
            "number": number,
            "entered_by": one.get("by", "A. Rossi"),
            "file_by": one.get("file_by"),
            "entered_at": datetime(2026, 1, 11, number, tzinfo=UTC),
            "order": order,
        }


def _pairs(first: dict[str, str], said: dict[str, Any]) -> Iterator[dict[str, str]]:
    for resolver in said.get("resolvers", [first["resolver"]]):
        for name in said.get("names", [first["name"]]):
            yield {"resolver": resolver, "name": name}


def _samples(
    pair: dict[str, str], said: dict[str, Any], day: date, zone: ZoneInfo, default: dict[str, Any]
) -> Iterator[dict[str, Any]]:
    """One for each round that is planned; a run without a number takes what is left of the day."""
    starts = datetime.combine(day, time.min, zone).astimezone(UTC)
    ends = datetime.combine(day + timedelta(days=1), time.min, zone).astimezone(UTC)
    step = timedelta(seconds=said.get("step_s", 600))
    at = starts
    for run in said.get("runs", [{}]):
        if "at_s" in run:
            times = [starts + timedelta(seconds=offset) for offset in run["at_s"]]
        else:
            number = run.get("n", -(-(ends - at) // step))
            times = [at + step * position for position in range(number)]
            at += step * number
        if run.get("planned", True):
            yield from (_sample(pair, run, one, default) for one in times)


def _sample(pair: dict[str, str], run: dict[str, Any], at: datetime, default: dict[str, Any]) -> dict[str, Any]:
    number = (at - _EPOCH) // timedelta(seconds=1)
    found: dict[str, Any] = {"number": number, "at": at, "sweep": run.get("sweep", False)}
    found["endpoints"], found["compared"] = run.get("endpoints"), run.get("compared", True)
    found["sample"] = None
    if run.get("came", True):
        sample = {**default, **{key: value for key, value in run.items() if key in default}}
        decided = sample["state"] in {"open", "blocked", "dead", "failing"}
        found["sample"] = {
            "plan_number": number,
            "at": at,
            **pair,
            **sample,
            "how": "nxdomain" if sample["state"] == "blocked" else None,
            "origin": sample["origin"] if sample["state"] in {"open", "blocked"} else None,
            "label": None,
            "rule": "invented",
            "witness_digest": sha256(f"{pair['resolver']} {pair['name']} {number}".encode()).hexdigest()
            if decided
            else None,
            "supporters": [f"v{one + 1}" for one in range(sample["vantages"])],
        }
    return found


if __name__ == "__main__":
    sys.stdout.write(as_json(expand(read(sys.argv[1]))) + "\n")
