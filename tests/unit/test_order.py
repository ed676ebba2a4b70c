"""Order files: what is read, and how each mistake is named."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema.errors import ConfigError
from schema.order import (
    Confidence,
    OrderError,
    Penalty,
    ScopeRule,
    StartsFrom,
)
from schema.order_file import inline_orders, read_order

ORDER = """\
id = "milano-2022-example"
title = "Three labels against a resolver"
authority = "Tribunale di Milano"
issued_on = 2022-07-11
addressees = ["cloudflare"]
starts_on = 2022-07-11
starts_verified = true
grace_days = 30
grace_verified = true

[penalty_per_day]
amount = "10000.50"
currency = "EUR"
verified = true

[[scope]]
name = "KickAssTorrents.to"
rule = "exact"
verified = true
confidence = "high"

[[scope]]
name = "kickasstorrents.to"
rule = "adjudicated"

[[scope.attached]]
name = "kickass.example"
by = "A. Rossi"
on = 2022-12-01
reason = "same content"
evidence = "capture 17"
"""


def test_read() -> None:
    order = read_order(ORDER.encode(), "order.toml")
    assert order.addressees == ("cloudflare",)
    assert order.timezone == "Europe/Rome"
    assert order.starts_from is StartsFrom.ORDER
    assert order.penalty_per_day == Penalty("10000.50", "EUR", verified=True)
    exact, adjudicated = order.scope
    assert (exact.name, exact.rule, exact.confidence) == ("kickasstorrents.to.", ScopeRule.EXACT, Confidence.HIGH)
    assert adjudicated.attached[0].name == "kickass.example."


def test_scope_rules_are_closed() -> None:
    assert [rule.value for rule in ScopeRule] == [
        "exact",
        "subtree",
        "same_label_any_tld",
        "listed_alias",
        "adjudicated",
    ]


MISTAKES: list[tuple[str, str, str, str]] = [
    # what is changed, into what, what the message says, what the remedy says
    ('id = "milano', 'id = "Milano', "line 1, id: 'Milano-2022-example' is no id", "lower case"),
    ("grace_days = 30", 'grace_days = "30"', "line 8, grace_days: expected `int`", "kind"),
    ("grace_days = 30", "grace_days = -1", "line 8, grace_days", "kind"),
    ("grace_days = 30", "grace_day = 30", "line 8, grace_day: unknown key", "Did you mean 'grace_days'?"),
    ("grace_days = 30\n", "", "order.toml: the key 'grace_days' is missing", "Add a line: grace_days = ..."),
    ('"10000.50"', "10000.50", "line 12, penalty_per_day.amount: 10000.5 is a number", "in quotes"),
    ('"10000.50"', '"10.000,50"', "line 12, penalty_per_day.amount: '10.000,50' is no amount", "a point before cents"),
    ('"EUR"', '"euro"', "line 13, penalty_per_day.currency", "ISO 4217"),
    ('currency = "EUR"', 'curency = "EUR"', "line 13, penalty_per_day.curency: unknown key", "'currency'"),
    ("starts_on = 2022-07-11", "starts_on = 2022-07-10", "line 6, starts_on: 2022-07-10 is before", "mistaken"),
    ("starts_on = 2022-07-11", "starts_on = 9999-12-31", "line 6, starts_on", "year"),
    ("starts_on = 2022-07-11", "starts_on = 2022-02-30", "line 6, starts_on: 2022-02-30 is no date", "calendar"),
    ("starts_on = 2022-07-11", 'starts_on = "2022-02-30"', "line 6, starts_on: '2022-02-30' is no date", "calendar"),
    ("on = 2022-12-01", "on = 2022-13-01", "line 29, scope.attached.on: 2022-13-01 is no date", "calendar"),
    ("on = 2022-12-01", "on = 2022-07-10", "line 29, scope.attached.on: 2022-07-10 is before", "mistaken"),
    (
        "starts_on = 2022-07-11",
        "starts_on = 2022-07-11T00:00:00Z",
        "line 6, starts_on: 2022-07-11 00:00:00+00:00 is no date",
        "calendar",
    ),
    ("grace_days = 30", "grace_days = 30\nvalid_to = 2021-01-01", "line 9, valid_to", "no end is known"),
    ("grace_days = 30", 'grace_days = 30\ntimezone = "Rome time"', "line 9, timezone", "Europe/Rome"),
    ('["cloudflare"]', '["Cloudflare Inc"]', "line 5, addressees: 'Cloudflare Inc'", "'cloudflare-inc'"),
    ('["cloudflare"]', '["cloudflare", "cloudflare"]', "line 5, addressees: 'cloudflare' stands twice", "Remove"),
    ('["cloudflare"]', "[]", "line 5, addressees", "kind"),
    ('rule = "exact"', 'rule = "exactly"', "line 18, scope.rule: 'exactly'", "Did you mean 'exact'?"),
    ('rule = "exact"', 'rule = "wildcard"', "line 18, scope.rule", "subtree"),
    ('rule = "exact"', 'rule = "adjudicated"', "line 22, scope: kickasstorrents.to. stands twice", "Remove"),
    ('rule = "adjudicated"', 'rule = "subtree"', "attached: an entry with the rule subtree", "adjudicated"),
    ('"KickAssTorrents.to"', '"http://kickasstorrents.to/"', "line 17, scope.name", "example.org"),
    ('"KickAssTorrents.to"', '"104.16.1.1"', "line 17, scope.name", "names only"),
    ('"KickAssTorrents.to"', '"to"', "line 17, scope.name: 'to' is a whole top level domain", "one site"),
    ('"kickass.example"', '"kick ass.example"', "line 27, scope.attached.name", "example.org"),
    ('by = "A. Rossi"\n', "", "line 26, scope.attached: the key 'by' is missing", "Add a line"),
    ('"high"', '"certain"', "line 20, scope.confidence", "high, medium, low"),
    ('title = "Three', 'title = "\\u001b[31mThree', "line 2, title", ""),
    ("[[scope]]", "[[scope]", "line 16", "bracket"),
    ('title = "Three', 'territory = "it"\ntitle = "Three', "line 2, territory", ""),
    (
        'title = "Three',
        'instrument = "warning"\ntitle = "Three',
        "line 2, instrument: 'warning'",
        "injunction, authority_order, demand, watch",
    ),
    ('title = "Three', 'persons = 0\ntitle = "Three', "line 2, persons", ""),
    (
        'title = "Three',
        'require_excluded = ["paths"]\ntitle = "Three',
        "line 2, require_excluded: 'paths'",
        "Did you mean 'path'?",
    ),
    (
        'title = "Three',
        'require_excluded = ["path", "path"]\ntitle = "Three',
        "line 2, require_excluded: 'path' stands twice",
        "Remove",
    ),
    (
        'title = "Three',
        'starts_from = "confirmation"\ntitle = "Three',
        "line 2, starts_from: time runs from a confirmation",
        "confirmed_on",
    ),
    (
        'title = "Three',
        'terms_from = 2022-07-01\ntitle = "Three',
        "line 2, terms_from: 2022-07-01 is before",
        "mistaken",
    ),
    ('title = "Three', 'grace_minutes = 1440\ntitle = "Three', "line 2, grace_minutes", ""),
    (
        '"KickAssTorrents.to"\nrule = "exact"',
        '"www.kickass.to"\nrule = "same_label_any_tld"',
        "line 17, scope.name: www.kickass.to. does not lie directly below a public suffix",
        "kickass.to.",
    ),
    (
        '"KickAssTorrents.to"\nrule = "exact"',
        '"kickass.github.io"\nrule = "same_label_any_tld"',
        "line 17, scope.name: kickass.github.io. does not lie",
        "github.io.",
    ),
]
#: Tables that are added at the end (line 33 on), what the message says, what the remedy says.
TABLES: list[tuple[str, str, str]] = [
    ('[[terms]]\noperator = "google"', "line 34, terms.operator: 'google' is no addressee", "cloudflare"),
    (
        '[[terms]]\noperator = "cloudflare"\n[[terms]]\noperator = "cloudflare"',
        "line 36, terms.operator: 'cloudflare' stands twice",
        "one table",
    ),
    (
        '[[terms]]\noperator = "cloudflare"\nserved_on = 2022-07-10',
        "line 35, terms.served_on: 2022-07-10 is before",
        "mistaken",
    ),
    (
        '[[terms]]\noperator = "cloudflare"\nserved_on = 2022-09-01\nends_on = 2022-08-01',
        "line 36, terms.ends_on: 2022-08-01 is before these terms start, 2022-09-01",
        "no end",
    ),
    ('[[service]]\noperator = "cloudfare"', "line 34, service.operator: 'cloudfare'", "Did you mean 'cloudflare'?"),
    (
        '[[service]]\noperator = "cloudflare"\nresolvers = ["Cloud Flare"]',
        "line 35, service.resolvers: 'Cloud Flare'",
        "'cloud-flare'",
    ),
    (
        '[[service]]\noperator = "cloudflare"\naddresses = ["one.one.one.one"]',
        "line 35, service.addresses: 'one.one.one.one' is no address",
        "Nothing is looked up",
    ),
    (
        '[[service]]\noperator = "cloudflare"\naddresses = ["2606:4700:4700:0::1111"]',
        "line 35, service.addresses",
        "'2606:4700:4700::1111'",
    ),
    (
        '[[service]]\noperator = "cloudflare"\ntransports = ["dot"]',
        "line 35, service.transports: 'dot'",
        "udp, tcp, tls, https, quic",
    ),
    (
        "[[stay]]\nstarts_on = 2023-08-31\nends_on = 2023-08-01",
        "line 35, stay.ends_on: 2023-08-01 is before the stay begins",
        "mistaken",
    ),
    ("[[stay]]\nstarts_on = 2021-08-31", "line 34, stay.starts_on: 2021-08-31 is before the order", "mistaken"),
    ('[[stay]]\nstarts_on = 2023-08-31\noperator = "google"', "line 35, stay.operator: 'google' is no addressee", ""),
    (
        "[[stay]]\nstarts_on = 2023-08-01\nends_on = 2023-08-31\n[[stay]]\nstarts_on = 2023-08-31",
        "line 37, stay.starts_on: the stay that begins on 2023-08-31 overlaps the one that begins on 2023-08-01",
        "mend a date",
    ),
    (
        "[[stay]]\nstarts_on = 2023-08-01\n[[stay]]\nstarts_on = 2024-08-31",
        "line 36, stay.starts_on: the stay that begins on 2024-08-31 overlaps",
        "mend a date",
    ),
    (
        '[[notice]]\nkind = "letter"\noperator = "cloudflare"\nat = 2022-08-01T00:00:00Z\nby = "C"',
        "line 34, notice.kind: 'letter'",
        "service, notification, demand, reply",
    ),
    (
        '[[notice]]\nkind = "reply"\noperator = "google"\nat = 2022-08-01T00:00:00Z\nby = "C"',
        "line 35, notice.operator: 'google' is no addressee",
        "",
    ),
    (
        '[[notice]]\nkind = "service"\noperator = "cloudflare"\nat = 2022-07-10T21:59:59Z\nby = "C"',
        "line 36, notice.at: 2022-07-10 is before",
        "mistaken",
    ),
    (
        '[[notice]]\nkind = "service"\noperator = "cloudflare"\nat = 2022-08-01T00:00:00\nby = "C"',
        "line 36, notice.at",
        "kind",
    ),
    (
        '[[notice]]\nkind = "reply"\noperator = "cloudflare"\nat = 2022-08-01T00:00:00Z\nby = "C"\nnames = ["a b"]',
        "line 38, notice.names: 'a b'",
        "example.org",
    ),
    (
        '[[notice]]\nkind = "reply"\noperator = "cloudflare"\nat = 2022-08-01T00:00:00Z\nby = "C"\nreceipt = "abc"',
        "line 38, notice.receipt",
        "",
    ),
    ('[document]\nsha256 = "ABC"', "line 34, document.sha256", ""),
    (
        '[[check]]\nfield = "starts"\nvalue = "x"\ndocument = "ab"\npage = "1"\nby = "C"\non = 2026-01-01',
        "line 36, check.document",
        "",
    ),
]


@pytest.mark.parametrize(("table", "said", "remedy"), TABLES, ids=[row[1][:60] for row in TABLES])
def test_table(table: str, said: str, remedy: str) -> None:
    """The tables beside the order's own values."""
    with pytest.raises(OrderError) as raised:
        read_order(f"{ORDER}\n{table}\n".encode(), "order.toml")
    assert said in str(raised.value)
    assert remedy in raised.value.remedy


def test_an_instant_on_no_calendar() -> None:
    """The first hours of the year 1, in a zone behind its own, are no day there."""
    table = '[[notice]]\nkind = "reply"\noperator = "cloudflare"\nat = 0001-01-01T00:00:00+14:00\nby = "C"\n'
    with pytest.raises(OrderError, match="is on no calendar"):
        read_order(f"{ORDER}\n{table}".encode(), "order.toml")


def test_a_list_order_names_nothing_itself() -> None:
    """Its names come as a list, later."""
    assert read_order(ORDER.split("[[scope]]", maxsplit=1)[0].encode(), "order.toml").scope == ()


def test_everybodys_stay_and_ones_own_may_overlap() -> None:
    table = '[[stay]]\nstarts_on = 2023-08-01\n[[stay]]\nstarts_on = 2023-08-05\noperator = "cloudflare"\n'
    assert len(read_order(f"{ORDER}\n{table}".encode(), "order.toml").stay) == 2


@pytest.mark.parametrize(("wrote", "instead", "said", "remedy"), MISTAKES, ids=[row[1][:40] for row in MISTAKES])
def test_mistake(wrote: str, instead: str, said: str, remedy: str) -> None:
    """The message names file, line and field, the remedy what to write."""
    assert wrote in ORDER
    with pytest.raises(OrderError) as raised:
        read_order(ORDER.replace(wrote, instead, 1).encode(), "order.toml")
    assert said in str(raised.value)
    assert str(raised.value).startswith("order.toml")
    assert remedy in raised.value.remedy
    assert raised.value.exit_code == ConfigError.exit_code


def test_inline() -> None:
    """A scenario carries orders as [[order]] tables; lines are the scenario's."""
    inline = "[[order]]\n" + ORDER.replace("[penalty_per_day]", "[order.penalty_per_day]").replace("[[", "[[order.")
    other = inline.replace("milano-2022-example", "milano-2023-example")
    scenario = 'title = "a world"\n' + inline + other
    assert [order.id for order in inline_orders(scenario.encode(), "x.toml")] == [
        "milano-2022-example",
        "milano-2023-example",
    ]
    assert inline_orders(b'title = "none"', "x.toml") == ()
    with pytest.raises(OrderError, match=r"x\.toml, line 10, order\.grace_days"):
        inline_orders(scenario.replace("grace_days = 30", "grace_days = -3", 1).encode(), "x.toml")
    with pytest.raises(OrderError, match=r"line 34, order\.id: 'milano-2022-example' stands twice"):
        inline_orders((inline + inline).encode(), "x.toml")
    with pytest.raises(OrderError, match="one table in place of a list"):
        inline_orders(b"[order]\nid = 1\n", "x.toml")


@given(st.data())
def test_only_order_error_comes_out(data: st.DataObject) -> None:
    mutated = bytearray(ORDER.encode())
    for _ in range(data.draw(st.integers(1, 5))):
        mutated[data.draw(st.integers(0, len(mutated) - 1))] = data.draw(st.integers(0, 255))
    try:
        read_order(bytes(mutated), "order.toml")
    except OrderError as error:
        assert str(error).startswith("order.toml")  # noqa: PT017  most mutants are refused, not all
