"""Why a day is what it is: a closed table of reasons, each with the findings it may go with and its words.

Ids are permanent. A wording names its values in braces; they are whole numbers, days (ISO 8601), names and ids, and stand
in the row beside the id, so that the same reason can be said in either language.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from collector.compliance.reason_words import NOT_DUE_WORDS, SEEN_WORDS, UNDETERMINED_WORDS, Words
from schema.words import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable


class Reason(NamedTuple):
    """One reason: its id and the values that its wording names."""

    reason_id: str
    values: tuple[tuple[str, str], ...] = ()

    @property
    def text(self) -> str:
        """In English."""
        return say(self.reason_id, self.kept, "en")

    @property
    def kept(self) -> tuple[str, ...]:
        """The values as rows keep them."""
        return tuple(f"{key}={value}" for key, value in self.values)


class ReasonRow(NamedTuple):
    """A row of the table: the findings that a reason may go with."""

    reason_id: str
    findings: tuple[Finding, ...]
    words: Words


def because(reason_id: str, /, **values: object) -> Reason:
    """The reason *reason_id* with its *values*."""
    return Reason(reason_id, tuple((key, str(value)) for key, value in values.items()))


def _rows() -> Iterable[ReasonRow]:
    findings = {
        "name_resolved": Finding.NOT_COMPLIANT,
        "counted_with": Finding.NOT_COMPLIANT,
        "after_compliance": Finding.NOT_COMPLIANT,
        "no_sum": Finding.NOT_COMPLIANT,
        "withheld": Finding.COMPLIANT,
        "both_seen": Finding.PARTLY_COMPLIANT,
        "addresses_differ": Finding.PARTLY_COMPLIANT,
        "pool": Finding.PARTLY_COMPLIANT,
        "name_dead": Finding.NOT_TESTABLE,
        "name_parked": Finding.NOT_TESTABLE,
        "name_dead_or_parked": Finding.NOT_TESTABLE,
    }
    yield from (ReasonRow(key, (Finding.NOT_DUE,), words) for key, words in NOT_DUE_WORDS.items())
    yield from (ReasonRow(key, (findings[key],), words) for key, words in SEEN_WORDS.items())
    yield from (ReasonRow(key, (Finding.UNDETERMINED,), words) for key, words in UNDETERMINED_WORDS.items())


#: By id.
REASONS: Final = {row.reason_id: row for row in _rows()}


def say(reason_id: str, values: Iterable[str], language: str) -> str:
    """The reason in words; *values* are `key=value` as rows keep them, *language* is `en` or `it`."""
    words = REASONS[reason_id].words
    wording = words.it if language == "it" else words.en
    return wording.format_map(dict(value.split("=", 1) for value in values))
