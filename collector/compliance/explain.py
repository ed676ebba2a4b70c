"""The page of text for counsel: what an order, an operator and a name came to, day by day, and why. Pure."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING, Final, NamedTuple

from collector.compliance.challenges_wording import challenges_text
from collector.compliance.explain_words import (
    amount_words,
    covered_words,
    days_words,
    event_words,
    finding_words,
    words,
)
from collector.compliance.missing_words import missing_words
from collector.compliance.spans import grouped
from schema.scope import covers
from schema.words import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from decimal import Decimal

    from collector.compliance.challenges import DayChallenge
    from collector.compliance.facts import FindingDay, FindingReading, FindingSum
    from collector.compliance.history import History
    from collector.compliance.spans import Group

_WIDTH: Final = 110
_INDENT: Final = "  "


class Account(NamedTuple):
    """All there is on one order, operator and name; `invented` is the title of a lab's world, empty where data are measured."""

    history: History
    sum: FindingSum
    days: Sequence[FindingDay]
    readings: Sequence[FindingReading]
    challenges: Sequence[DayChallenge]
    invented: str = ""


def explain(account: Account, language: str) -> list[str]:
    """The page in `en` or `it`, as lines."""
    page = _Page(account, language)
    lines = [
        *page.head(),
        *page.section("since", page.since()),
        *page.section("sums", page.sums()),
        *page.section("counted", page.counted()),
        *page.section("not_counted", page.not_counted()),
        *page.section("hypothesis", page.hypothesis()),
        *page.section("readings", page.readings()),
        "",
        *challenges_text(account.challenges, italian=language == "it"),
        "",
        words("limits", language),
    ]
    return [part for line in lines for part in _wrapped(line)]


class _Page:
    def __init__(self, account: Account, language: str) -> None:
        self._account = account
        self._language = language
        self._groups = grouped(account.days)

    def _say(self, text: str, **values: object) -> str:
        return words(text, self._language, **values)

    def _days(self, number: int) -> str:
        return days_words(number, self._language)

    def section(self, title: str, lines: Iterator[str]) -> list[str]:
        """A heading and what stands below it."""
        return ["", self._say(title), *(_INDENT + line for line in lines)]

    def head(self) -> Iterator[str]:
        """Which order, whom, which name."""
        newest = self._account.history.newest
        order = newest.order
        if self._account.invented:
            yield self._say("invented", title=self._account.invented)
        yield self._say("order", order=order.id, title=order.title)
        yield self._say(
            "authority",
            authority=order.authority,
            issued=order.issued_on,
            version=newest.number,
            entered=newest.entered_at.date(),
            by=self._say("by", by=newest.entered_by) if newest.entered_by else "",
        )
        yield self._say("whom", operator=self._account.sum.operator, name=self._account.sum.name)

    def since(self) -> Iterator[str]:
        """From when it is due, by the event that the order names."""
        newest = self._account.history.newest
        days = self._account.days
        chosen = next((one for one in self._account.readings if one.chosen), None)
        if chosen and chosen.starts_on and self._account.sum.due_on:
            event = event_words(chosen.reading, self._language)
            yield self._say("runs", event=event, start=chosen.starts_on, due=self._account.sum.due_on)
        elif days:
            yield self._say("never", reason=self._groups[-1].reason(self._language))
        if days:
            last = max(row.day for row in days)
            terms = self._account.history.in_force(last) or newest
            if found := covers(terms.order, self._account.sum.name, last):
                yield covered_words(terms.order, found, terms.number, self._language)
            yield self._say("ends", last=last)
        else:
            yield self._say("no_days")

    def sums(self) -> Iterator[str]:
        """How many days of each kind."""
        found = self._account.sum
        parts = (
            (found.days_not_compliant, Finding.NOT_COMPLIANT),
            (found.days_compliant, Finding.COMPLIANT),
            (found.days_partly_compliant, Finding.PARTLY_COMPLIANT),
            (found.days_not_testable, Finding.NOT_TESTABLE),
            (found.days_undetermined, Finding.UNDETERMINED),
        )
        said = [self._say("due", n=self._days(found.days_due))]
        said += [f"{finding_words(finding, self._language)}: {number}" for number, finding in parts if number]
        yield "; ".join(said) + "."
        counted = self._days(len({row.day for row in self._account.days if row.counted}))
        yield self._say("counted_sum", days=counted, amount=self._amount(found.amount_counted, found.currency))
        if elsewhere := len({row.day for row in self._account.days if row.counted and row.reason_id == "counted_with"}):
            yield self._say("elsewhere", n=elsewhere)

    def counted(self) -> Iterator[str]:
        """The days that count, with who saw it and the records that show it."""
        found = [one for one in self._groups if one.counted]
        for group in found:
            for span in group.spans:
                rows = [row for row in group.rows if span.first <= row.day <= span.last]
                yield f"{span} ({self._days(span.days)}), {group.resolver}: {group.reason(self._language)}"
                yield _INDENT + self._agree(rows)
                yield _INDENT + self._witnesses(rows)
        if not found:
            yield self._say("none_counted")

    def not_counted(self) -> Iterator[str]:
        """The other days, by reason."""
        found = [one for one in self._groups if not one.counted]
        for group in found:
            said = ", ".join(map(str, group.spans))
            yield f"{self._days(len(group.rows))}, {group.resolver}: {self._why(group)}"
            yield _INDENT + said
        if not found:
            yield self._say("none_counted")

    def hypothesis(self) -> Iterator[str]:
        """What the days would be if every fact were verified, and which one is missing."""
        found = self._account.sum
        if not found.missing:
            yield self._say("nothing_missing")
            return
        amount = self._amount(found.amount_would_be, found.currency)
        yield self._say("would_sum", days=self._days(found.days_would_be), amount=amount)
        order = self._account.history.terms[-1].order
        italian = self._language == "it"
        yield from (_INDENT + missing_words(order, one, italian=italian) for one in found.missing)

    def readings(self) -> Iterator[str]:
        """The same days by other events."""
        for one in self._account.readings:
            event = event_words(one.reading, self._language)
            if one.starts_on is None:
                yield self._say("unknown_start", event=event)
                continue
            yield self._say(
                "reading",
                event=event,
                start=one.starts_on,
                due=one.due_on or "-",
                n=self._days(one.days_due),
                resolved=one.days_not_compliant,
                amount=self._amount(one.amount, one.currency),
                chosen=self._say("chosen") if one.chosen else "",
            )

    def _why(self, group: Group) -> str:
        if group.would_be is None or group.would_be is group.finding:
            return group.reason(self._language)
        would = self._say("would_be", finding=finding_words(group.would_be, self._language))
        return f"{group.reason(self._language)} ({would})"

    def _agree(self, rows: Sequence[FindingDay]) -> str:
        return self._say(
            "agree",
            networks=min(row.networks for row in rows),
            vantages=min(row.vantages for row in rows),
            custodians=", ".join(sorted({one or "-" for row in rows for one in row.custodians})) or "-",
            rule=", ".join(sorted({row.rule for row in rows})),
        )

    def _witnesses(self, rows: Sequence[FindingDay]) -> str:
        first, last = rows[0], rows[-1]
        return self._say(
            "witnesses", first=first.first_witness, first_day=first.day, last=last.last_witness, last_day=last.day
        )

    def _amount(self, amount: Decimal | None, currency: str | None) -> str:
        if amount is None:
            return ""
        return self._say("amount", amount=amount_words(amount, self._language), currency=currency)


def _wrapped(line: str) -> list[str]:
    """*line* at a width that can be read, what goes on below its beginning."""
    indent = line[: len(line) - len(line.lstrip())]
    below = indent + _INDENT
    said = fill(
        line.strip(),
        _WIDTH,
        initial_indent=indent,
        subsequent_indent=below,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return said.split("\n") if said else [""]
