"""The challenges to days as a page for counsel says them, in English or Italian."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final

from collector.compliance.challenge_clauses import BY_ID, CHALLENGES, CLAUSES, STANDINGS
from collector.compliance.challenges import worded
from schema.words import Challenge, Standing

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from collector.compliance.challenges import DayChallenge

_HEADINGS: Final = (
    "What the other side may say, and what stands against it",
    "Che cosa può dire la controparte, e che cosa vi si oppone",
)
_NONE: Final = (
    "There is no day on which the name resolved, so nothing to object to.",
    "Non vi è alcun giorno in cui il nome sia stato risolto: nulla da eccepire.",
)
_DAYS: Final = (("day", "days"), ("giorno", "giorni"))
_FIRST: Final = ("of {day}:", "per il {day}:")
_WITNESS: Final = ("witness", "riscontro")


def challenges_text(rows: Iterable[DayChallenge], *, italian: bool = False) -> list[str]:
    """The *rows* of one order, operator and name as lines: for each challenge on how many days it stands how, and why.

    Days that stand the same way by the same clause are put together; the witness named is the first day's.
    """
    found = sorted(rows, key=lambda row: (list(Challenge).index(row.challenge), row.day, row.resolver))
    if not found:
        return [_HEADINGS[italian], f"  {_NONE[italian]}"]
    lines = [_HEADINGS[italian]]
    for challenge, group in groupby(found, key=lambda row: row.challenge):
        said = CHALLENGES[challenge]
        lines.append(f"  {challenge.value}: {said.italian if italian else said.english}")
        lines += _standing_lines(list(group), italian=italian)
    return lines


def clauses_table() -> list[tuple[str, str, str, str]]:
    """The closed list as a table: challenge, clause, how it stands by it, source."""
    return [(one.challenge.value, one.clause_id, one.standing.value, one.source) for one in CLAUSES]


def _standing_lines(rows: Sequence[DayChallenge], *, italian: bool) -> list[str]:
    ways: dict[tuple[Standing, str], list[DayChallenge]] = {}
    for row in rows:
        ways.setdefault((row.standing, row.clause), []).append(row)
    lines = []
    for (standing, clause), held in sorted(ways.items(), key=lambda way: (list(Standing).index(way[0][0]), way[0][1])):
        first = held[0]
        days = sorted({row.day for row in held})
        words = worded(clause, first.figures, standing, italian=italian)
        noun = _DAYS[italian][len(days) != 1]
        if len({row.figures for row in held}) > 1:  # of each day others: these are the first day's
            words = f"{_FIRST[italian].format(day=first.day)} {words}"
        lines.append(f"    {STANDINGS[standing][italian]}, {len(days)} {noun} ({_span(days)}): {words}")
        if standing is Standing.EXCLUDED and first.witness:
            lines.append(f"      {_WITNESS[italian]} {days[0]}: {first.witness} [{BY_ID[clause].source}]")
    return lines


def _span(days: Sequence[date]) -> str:
    return f"{days[0]}" if len(days) == 1 else f"{days[0]} .. {days[-1]}"
