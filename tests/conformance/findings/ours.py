"""What Ottempera says of a case that is written out in full: `python -m tests.conformance.findings.ours FILE`."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from collector.compliance.amounts import settle_amounts
from collector.compliance.dayrules import rule_for
from collector.compliance.days import find_day, with_challenges
from collector.compliance.duty import Duties
from collector.compliance.facts import DayFacts, DaySample, FindingDay, Measured
from collector.compliance.history import History, Version
from collector.compliance.readings import readings
from collector.compliance.reasons import say
from collector.compliance.sums import sums
from collector.status.sample import Sample
from schema.order import Order
from schema.registry import Resolver


def history_of(case: dict[str, Any]) -> History:
    """The versions of the case's order."""
    return History(
        Version(
            one["number"],
            msgspec.convert(one["order"], Order),
            datetime.fromisoformat(one["entered_at"]),
            one["entered_by"],
            file_by=one["file_by"],
        )
        for one in case["versions"]
    )


def facts_of(case: dict[str, Any]) -> list[DayFacts]:
    """What was measured on each day of the case."""
    resolvers = {one["id"]: msgspec.convert(one, Resolver) for one in case["resolvers"]}
    return [
        DayFacts(
            resolvers[day["resolver"]],
            day["name"],
            datetime.fromisoformat(day["day"]).date(),
            tuple(map(_sample, day["samples"])),
            Measured(day["measure"]),
            case["custodians"],
        )
        for day in case["days"]
    ]


def _sample(one: dict[str, Any]) -> DaySample:
    return DaySample(
        one["number"],
        datetime.fromisoformat(one["at"]),
        msgspec.convert(one["sample"], Sample) if one["sample"] else None,
        one["sweep"],
        None if one["endpoints"] is None else frozenset(one["endpoints"]),
        one["compared"],
    )


def find(case: dict[str, Any]) -> list[FindingDay]:
    """The settled rows of the case."""
    history = history_of(case)
    duties = Duties(history, [one["twin"] for one in case["resolvers"] if one.get("twin")])
    rows = []
    for facts in facts_of(case):
        duty = duties.of(facts.resolver, facts.name, facts.day)
        rule = rule_for(duty.version or history.newest)
        row = find_day(duty, rule, facts, territory=case["territory"])
        if case["standings"] is not None and duty.version:
            row = with_challenges(row, duty.version.order, case["standings"])
        rows.append(row)
    return settle_amounts(history, rows)


def answer(case: dict[str, Any]) -> dict[str, Any]:
    """Rows, sums and readings as JSON; each row says its reason in both languages."""
    history, rows = history_of(case), find(case)
    return {
        "rows": [
            {**_plain(row), "reason_it": say(row.reason_id, row.reason_values, "it")}
            for row in sorted(rows, key=lambda row: (row.day, row.resolver, row.name))
        ],
        "sums": [_plain(one) for one in sums(history, rows)],
        "readings": [_plain(one) for one in readings(history, rows)],
    }


def _plain(row: msgspec.Struct) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(row))
    return plain


if __name__ == "__main__":
    told = answer(msgspec.json.decode(Path(sys.argv[1]).read_bytes()))
    sys.stdout.write(msgspec.json.encode(told).decode() + "\n")
