from __future__ import annotations

import re

from collector.compliance.facts import FindingDay, FindingReading, FindingSum
from collector.compliance.reasons import REASONS
from collector.compliance.render import SPEC, render
from schema.order import Instrument, Per, StartsFrom
from schema.words import Finding

TEXT = SPEC.read_text(encoding="utf-8")


def test_tables_are_what_the_data_are() -> None:
    """`python -m collector.compliance.render` writes them."""
    assert render(TEXT) == TEXT
    assert TEXT.count("<!-- end -->") == 3


def test_rules_are_numbered_without_a_hole() -> None:
    for section, body in re.findall(r"^## (\d) [^\n]+\n(.*?)(?=^## |\Z)", TEXT, re.MULTILINE | re.DOTALL):
        numbers = re.findall(rf"^(?:\| )?{section}\.(\d+)(?: |\b)", body, re.MULTILINE)
        assert numbers == [str(n) for n in range(1, len(numbers) + 1)], section


def test_every_reason_stands_in_a_rule() -> None:
    """Which rule a reason comes from is said, but for those of the list of causes and of the cascade's findings."""
    rules = TEXT.split("## 8 ", maxsplit=1)[0]
    told = set(re.findall(r"`([a-z_]+)`", rules))
    assert set(REASONS) - told == {
        "name_resolved", "withheld", "both_seen", "name_dead", "name_parked", "name_dead_or_parked",
    }  # fmt: skip
    assert {str(one) for one in (*Per, *StartsFrom)} <= {*re.findall(r"\w+", rules)}
    assert {"demand", "watch"} <= set(Instrument)


def test_a_reason_goes_with_findings_that_there_are() -> None:
    assert {finding for row in REASONS.values() for finding in row.findings} == set(Finding) - {Finding.OVER_BLOCKING}


def test_rows_have_the_columns_that_people_rely_on() -> None:
    """DESIGN section 6, in its order, and what came later after them."""
    assert FindingDay.__struct_fields__[:16] == (
        "order_id", "operator", "resolver", "name", "day", "finding", "reason", "state", "networks", "samples_planned",
        "samples_countable", "first_witness", "last_witness", "rule", "amount", "currency",
    )  # fmt: skip
    assert FindingSum.__struct_fields__[:11] == (
        "order_id", "operator", "name", "due_on", "days_due", "days_compliant", "days_not_compliant", "days_undetermined",
        "amount_counted", "currency", "verified",
    )  # fmt: skip
    assert FindingReading.__struct_fields__[:4] == ("order_id", "operator", "name", "reading")
