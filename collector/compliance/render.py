"""Renders the tables of sp-009 from the data that they show, with `python -m collector.compliance.render`; a test compares them."""

from __future__ import annotations

import sys
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from collector.compliance.counting import CAUSES
from collector.compliance.dayrules import DAY_RULES
from collector.compliance.reasons import REASONS

if TYPE_CHECKING:
    from collections.abc import Iterator

SPEC: Final = files("schema").joinpath("spec", "sp-009-findings.md")
_END: Final = "<!-- end -->"


def render(text: str) -> str:
    """*text*, the specification, with what the data are now between its marks."""
    for mark, lines in (("causes", _causes()), ("day rules", _day_rules()), ("reasons", _reasons())):
        head, begins, rest = text.partition(f"<!-- {mark} -->\n")
        _, ends, tail = rest.partition(_END)
        text = head + begins + "".join(f"{line}\n" for line in lines) + ends + tail
    return text


def _causes() -> Iterator[str]:
    yield ", ".join(f"`{cause}`" for cause in CAUSES) + "."


def _day_rules() -> Iterator[str]:
    yield "| id | share | parts | at least | says | source |"
    yield "|---|---|---|---|---|---|"
    for rule in DAY_RULES.values():
        share = "/".join(map(str, rule.share))
        yield f"| `{rule.rule_id}` | {share} | {rule.parts} | {rule.least} | {rule.en} | {rule.source} |"


def _reasons() -> Iterator[str]:
    yield "| id | goes with | says | in Italian |"
    yield "|---|---|---|---|"
    for row in REASONS.values():
        findings = ", ".join(row.findings)
        yield f"| `{row.reason_id}` | {findings} | {row.words.en} | {row.words.it} |"


if __name__ == "__main__":
    sys.stdout.write(render(SPEC.read_text(encoding="utf-8")))
