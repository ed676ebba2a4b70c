"""Findings as tables and pages for people, and as rows for programs."""

from __future__ import annotations

import sys
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from collector.compliance.explain import explain
from collector.compliance.explain_words import LANGUAGES, amount_words, event_words, finding_words
from collector.compliance.reasons import say
from collector.compliance.spans import grouped
from deploy.findings_heads import EMPTY, HEADS, STYLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from collector.compliance.explain import Account
    from collector.compliance.facts import FindingDay
    from collector.compliance.spans import Group

Row = dict[str, Any]
_WIDTH: Final = 200


def sum_rows(accounts: Iterable[Account]) -> list[Row]:
    """The sums, each with its readings and its days by reason."""
    return [
        {
            **_row(one.sum),
            "readings": [_row(reading) for reading in one.readings],
            "groups": [_group_row(group) for group in grouped(one.days)],
        }
        for one in accounts
    ]


def day_rows(accounts: Iterable[Account], day: date) -> list[Row]:
    """Every row of one day."""
    return [_row(row) for one in accounts for row in one.days if row.day == day]


def pages(accounts: Iterable[Account]) -> list[Row]:
    """The pages of text in both languages, with what may be said against the days."""
    return [
        {
            "order_id": one.sum.order_id,
            "operator": one.sum.operator,
            "name": one.sum.name,
            "text": {language: explain(one, language) for language in LANGUAGES},
            "challenges": [_row(challenge) for challenge in one.challenges],
        }
        for one in accounts
    ]


def print_pages(accounts: Sequence[Account], language: str, orders: Sequence[str], *, asked: bool) -> None:
    """A page for each, a blank line between them."""
    console = _console()
    if not accounts:
        console.print(empty(language, orders, asked=asked), soft_wrap=True)
    for number, one in enumerate(accounts):
        for line in [""] * (2 * bool(number)) + explain(one, language):
            console.print(Text(line), soft_wrap=True)


def print_sums(accounts: Sequence[Account], language: str, orders: Sequence[str], *, asked: bool) -> None:
    """The sums, the readings beside them, and the days by reason."""
    console = _console()
    if not accounts:
        console.print(empty(language, orders, asked=asked), soft_wrap=True)
        return
    for table in tables(accounts, language):
        console.print(table)


def print_day(accounts: Sequence[Account], day: date, language: str) -> None:
    """All rows of a day."""
    console = _console()
    rows = [row for one in accounts for row in one.days if row.day == day]
    if not rows:
        console.print(EMPTY["no_day"][LANGUAGES.index(language)].format(day=day), soft_wrap=True)
        return
    heads = ("resolver", "name", "finding", "why", "planned", "countable", "blocked", "agree", "witness", "amount")
    table = _table(f"{_title('findings', accounts, language)} · {day}", heads, language)
    for row in rows:
        table.add_row(
            row.resolver,
            row.name,
            _finding(row, language),
            say(row.reason_id, row.reason_values, language),
            str(row.samples_planned),
            str(row.samples_countable),
            str(row.samples_blocked),
            f"{row.networks} / {row.vantages}",
            "\n".join(dict.fromkeys((row.first_witness or "-", row.last_witness or "-"))),
            _amount(row.amount, row.currency, language),
        )
    console.print(table)


def tables(accounts: Sequence[Account], language: str) -> list[Table]:
    """What `print_sums` prints."""
    found = [_sums(accounts, language), _groups(accounts, language)]
    if any(reading.starts_on for one in accounts for reading in one.readings):
        found.insert(1, _readings(accounts, language))
    return found


def empty(language: str, orders: Sequence[str], *, asked: bool) -> str:
    """What to do where nothing was found; *asked*: for something in particular."""
    text = "no_order" if not orders else "no_match" if asked else "not_yet"
    return EMPTY[text][LANGUAGES.index(language)].format(orders=", ".join(orders))


def _sums(accounts: Sequence[Account], language: str) -> Table:
    heads = (
        "order", "operator", "name", "due", "days_due", "resolved", "withheld", "both", "untestable", "undetermined", "counted",
        "amount", "would", "verified",
    )  # fmt: skip
    table = _table(_title("findings", accounts, language), heads, language)
    for one in accounts:
        found = one.sum
        table.add_row(
            found.order_id,
            found.operator,
            found.name,
            str(found.due_on or "-"),
            *(
                str(number)
                for number in (
                    found.days_due, found.days_not_compliant, found.days_compliant, found.days_partly_compliant,
                    found.days_not_testable, found.days_undetermined, len({row.day for row in one.days if row.counted}),
                )
            ),
            _amount(found.amount_counted, found.currency, language),
            _amount(found.amount_would_be, found.currency, language),
            _head("yes" if found.verified else "no", language),
        )  # fmt: skip
    for row in _total(accounts, language):
        table.add_row(*row, style="bold")
    return table


def _total(accounts: Sequence[Account], language: str) -> Iterator[tuple[str, ...]]:
    """For an order and operator with several names: on how many days any of them counts, and what all come to."""
    by_order: dict[tuple[str, str], list[Account]] = {}
    for one in accounts:
        by_order.setdefault((one.sum.order_id, one.sum.operator), []).append(one)
    for (order, operator), held in by_order.items():
        currencies = {one.sum.currency for one in held}
        if len(held) == 1 or len(currencies) != 1:
            continue
        (currency,) = currencies
        counted = {row.day for one in held for row in one.days if row.counted}
        sums = [
            sum((amount for one in held if (amount := getattr(one.sum, field)) is not None), Decimal(0))
            for field in ("amount_counted", "amount_would_be")
        ]
        amounts = [_amount(one, currency, language) if currency else "-" for one in sums]
        yield (order, operator, _head("all", language), *[""] * 7, str(len(counted)), *amounts, "")


def _readings(accounts: Sequence[Account], language: str) -> Table:
    heads = ("order", "operator", "name", "from", "starts", "due", "days_due", "resolved", "sum", "chosen")
    table = _table(_title("readings", accounts, language), heads, language)
    for one in (reading for account in accounts for reading in account.readings if reading.starts_on):
        table.add_row(
            one.order_id,
            one.operator,
            one.name,
            event_words(one.reading, language),
            str(one.starts_on or "-"),
            str(one.due_on or "-"),
            str(one.days_due),
            str(one.days_not_compliant),
            _amount(one.amount, one.currency, language),
            _head("yes" if one.chosen else "no", language),
        )
    return table


def _groups(accounts: Sequence[Account], language: str) -> Table:
    heads = ("order", "resolver", "name", "counted", "number", "spans", "finding", "why")
    table = _table(_title("days", accounts, language), heads, language)
    for account in accounts:
        for one in grouped(account.days):
            table.add_row(
                account.sum.order_id,
                one.resolver,
                one.name,
                _head("yes" if one.counted else "no", language),
                str(len(one.rows)),
                "\n".join(map(str, one.spans)),
                _finding(one, language),
                one.reason(language),
            )
    return table


def _finding(row: FindingDay | Group, language: str) -> Text:
    said = finding_words(row.finding, language)
    if row.would_be:
        said += f" ({_head('would', language)}: {finding_words(row.would_be, language)})"
    return Text(said, style=STYLES.get(row.finding, ""))


def _title(text: str, accounts: Sequence[Account], language: str) -> str:
    invented = next((one.invented for one in accounts if one.invented), "")
    return _head(text, language) + (f" · {_head('invented', language)}: {invented}" if invented else "")


def _table(title: str, heads: Sequence[str], language: str) -> Table:
    table = Table(title=title, box=SIMPLE_HEAD, title_justify="left", pad_edge=False, title_style="bold")
    for head in heads:
        number = head in {
            "days_due",
            "resolved",
            "withheld",
            "both",
            "untestable",
            "undetermined",
            "number",
            "amount",
            "would",
            "sum",
        }
        table.add_column(
            _head(head, language),
            justify="right" if number else "left",
            no_wrap=(whole := head in {"name", "resolver", "spans", "due"}),
            overflow="ellipsis" if whole else "fold",  # an id that is cut off cannot be quoted
        )
    return table


def _head(text: str, language: str) -> str:
    return HEADS[text][LANGUAGES.index(language)]


def _amount(amount: Decimal | None, currency: str | None, language: str) -> str:
    return f"{amount_words(amount, language)} {currency}" if amount is not None else "-"


def _row(value: Any) -> Row:  # noqa: ANN401  any struct of rows
    return {field: getattr(value, field) for field in value.__struct_fields__}


def _group_row(group: Group) -> Row:
    return {
        "resolver": group.resolver,
        "finding": group.finding,
        "would_be": group.would_be,
        "counted": group.counted,
        "reason_id": group.reason_id,
        "reason": group.reason("en"),
        "days": len(group.rows),
        "spans": [[span.first, span.last] for span in group.spans],
    }


def _console() -> Console:
    return Console(width=None if sys.stdout.isatty() else _WIDTH, highlight=False)
