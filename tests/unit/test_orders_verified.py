"""Which values of an order count as compared with its document, by whom, and what a day still lacks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

import pytest
from msgspec.structs import replace

from collector.compliance.history import History, Version
from collector.compliance.standing import due_from, obstacles
from collector.compliance.verification import field, fields, missing, people, unverified, verified
from schema.order import Check, Instrument, Notice, NoticeKind, Order, StartsFrom
from schema.order_file import read_order

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
PAPER, OTHER = "a" * 64, "b" * 64
ORDER = f"""\
id = "o"
title = "t"
authority = "Tribunale di Milano"
issued_on = 2022-07-11
confirmed_on = 2022-11-04
addressees = ["cloudflare", "google"]
starts_on = 2022-07-11
grace_days = 30
valid_to = 2027-01-01
document = {{ sha256 = "{PAPER}" }}
day_rule = {{ id = "daily_90" }}
measure = {{ dns_only = true }}
penalty_per_day = {{ amount = "10000.50", currency = "EUR", per = "name", relapse = false }}

[[service]]
operator = "cloudflare"
resolvers = ["cloudflare"]
addresses = ["1.1.1.1"]

[[terms]]
operator = "google"
served_on = 2022-07-20
effective_from = 2022-07-21
grace_days = 10
ends_on = 2026-01-01

[[stay]]
starts_on = 2023-08-01
ends_on = 2023-08-31

[[scope]]
name = "kickass.to"
rule = "exact"

[[scope]]
name = "kickass.to"
rule = "subtree"

[[notice]]
kind = "service"
operator = "cloudflare"
at = 2022-07-12T10:00:00+02:00
by = "Carla"
receipt = "{OTHER}"
"""


def order(text: str = ORDER) -> Order:
    return read_order(text.encode(), "o.toml")


def check(one: Order, name: str, by: str, *, document: str = PAPER) -> Order:
    found = field(one, name)
    assert found is not None
    made = Check(found.name, found.value, document, "p. 3", by, date(2026, 11, 22))
    return replace(one, check=(*one.check, made))


def test_every_value_has_its_name() -> None:
    assert [one.name for one in fields(order())] == [
        "document", "starts", "confirmed", "grace", "valid_to", "penalty_per_day", "penalty_per_day.per",
        "penalty_per_day.relapse", "terms google served", "terms google effective", "terms google grace",
        "terms google ends", "day_rule", "measure", "service 1", "stay 1", "notice 1", "scope kickass.to exact",
        "scope kickass.to subtree",
    ]  # fmt: skip


def test_one_person() -> None:
    one = order()
    assert not verified(one, "starts", "Anna")
    assert people(check(one, "starts", "Bruno"), "starts", "Anna") == ("Bruno",)
    assert verified(check(one, "starts", "Bruno"), "starts", "Anna")
    assert verified(order(ORDER.replace("grace_days = 30", "grace_days = 30\ngrace_verified = true")), "grace", "Anna")


@pytest.mark.parametrize(
    ("said", "by", "wanted"),
    [
        (True, (), False),  # the file's own word is one person
        (True, ("Bruno",), True),
        (True, ("Anna",), False),  # who entered the file has said so already
        (True, ("  anna ",), False),  # and is no second person in other letters
        (False, ("Bruno",), False),
        (False, ("Bruno", "BRUNO"), False),
        (False, ("Bruno", "Anna"), True),
    ],
)
def test_two_people(said: bool, by: tuple[str, ...], wanted: bool) -> None:
    one = replace(order(), persons=2, grace_verified=said)
    for person in by:
        one = check(one, "grace", person)
    assert verified(one, "grace", "Anna") == wanted


def test_a_check_is_of_the_value_as_it_stands() -> None:
    one = check(order(), "grace", "Bruno")
    assert verified(one, "grace", "Anna")
    assert not verified(replace(one, grace_days=31), "grace", "Anna")
    assert verified(
        replace(one, grace_days=31, check=check(replace(one, grace_days=31), "grace", "B").check), "grace", ""
    )


def test_a_check_is_against_the_document_as_it_stands() -> None:
    assert not verified(check(order(), "grace", "Bruno", document=OTHER), "grace", "Anna")


@pytest.mark.parametrize("spelt", ["scope kickass.to exact", "scope KickAss.to. exact", " scope  kickass.to. EXACT"])
def test_names_of_fields_take_any_spelling(spelt: str) -> None:
    found = field(order(), spelt)
    assert found is not None
    assert found.name == "scope kickass.to exact"


def test_a_notice_is_shown_by_its_receipt() -> None:
    one = order()
    assert people(one, "notice 1", "Anna") == ("Carla",)
    assert not verified(replace(one, notice=(replace(one.notice[0], receipt=None),)), "notice 1", "Anna")


def test_a_long_value_fits_into_a_check() -> None:
    names = tuple(f"n{number}.example." for number in range(200))
    one = replace(order(), notice=(Notice(NoticeKind.NOTIFICATION, "google", AT, "Carla", names),))
    other = replace(one, notice=(replace(one.notice[0], names=(*names[:-1], "n.example.")),))
    assert verified(check(one, "notice 1", "Bruno", document=OTHER), "notice 1", "Anna")
    assert field(one, "notice 1") != field(other, "notice 1")


def test_what_a_day_lacks() -> None:
    lacking = missing(order(), operator="cloudflare", name="kickass.to", on=date(2023, 1, 1), entered_by="Anna")
    assert lacking == (
        "document", "starts", "grace", "penalty_per_day", "day_rule", "service 1", "scope kickass.to exact",
    )  # fmt: skip
    other = missing(order(), operator="google", name="www.kickass.to", on=date(2023, 1, 1), entered_by="Anna")
    assert other == (
        "document", "terms google effective", "terms google grace", "penalty_per_day", "day_rule",
        "scope kickass.to subtree",
    )  # fmt: skip


def test_one_verified_rule_is_enough() -> None:
    """A name that two rules cover needs one of them."""
    one = check(order(), "scope kickass.to subtree", "Bruno")
    lacking = missing(one, operator="google", name="kickass.to", on=date(2023, 1, 1), entered_by="Anna")
    assert not [field for field in lacking if field.startswith("scope")]


def test_open_questions_block_everything() -> None:
    one = order(ORDER + '\n[[unknown]]\nfield = "starts_from"\nquestion = "From what does time run?"\n')
    for each in unverified(one, "Anna"):
        one = check(one, each, "Bruno", document=OTHER if each.startswith("notice") else PAPER)
    lacking = missing(one, operator="cloudflare", name="kickass.to", on=date(2023, 1, 1), entered_by="Anna")
    assert lacking == ("unknown starts_from",)
    standing = obstacles(Version(1, one, AT, "Anna"))
    assert [each.words for each in standing if each.blocks] == ["open question: From what does time run?"]


def test_whoever_adds_a_notice_vouches_for_nothing() -> None:
    """A version that a command made keeps the word of whoever entered the file."""
    one = replace(order(), persons=2, grace_verified=True)
    by_hand = Version(2, check(one, "grace", "Anna"), AT, "Carla", file_by="Anna")
    assert by_hand.vouched_by == "Anna"
    assert not verified(by_hand.order, "grace", by_hand.vouched_by)
    assert Version(1, one, AT, "Anna").vouched_by == "Anna"


def test_what_stands_before_the_first_counted_day() -> None:
    one = order()
    found = obstacles(Version(1, one, AT, "Anna"))
    assert {each.field for each in found if each.blocks} == {
        "document", "starts", "grace", "valid_to", "penalty_per_day", "terms google served", "terms google effective",
        "terms google grace", "terms google ends", "day_rule", "service 1", "stay 1", "scope kickass.to exact",
        "scope kickass.to subtree",
    }  # fmt: skip
    assert {each.field for each in found if not each.blocks} == {
        "confirmed", "measure", "penalty_per_day.per", "penalty_per_day.relapse"
    }  # fmt: skip
    assert all(each.remedy for each in found)
    grace = next(each for each in found if each.field == "grace")
    assert grace.words == "grace (30 days 0 minutes): nobody has compared it with the document"
    assert grace.remedy == "ottempera orders verify o grace --document FILE --page PAGE --by NAME"
    half = next(each for each in obstacles(Version(1, check(replace(one, persons=2), "grace", "Bruno"), AT)) if each.field == "grace")  # fmt: skip
    assert "compared with the document by Bruno only, and 2 are needed" in half.words


def test_from_when_each_is_due() -> None:
    google, cloudflare = sorted(due_from(order()), key=lambda one: one.operator, reverse=True)
    assert (google.start, google.due_on) == (date(2022, 7, 21), date(2022, 8, 1))
    assert (cloudflare.start, cloudflare.due_on) == (date(2022, 7, 11), date(2022, 8, 11))


def test_time_that_does_not_run() -> None:
    one = replace(order(), starts_from=StartsFrom.NOTICE, terms=(), notice=())
    found = [each for each in obstacles(Version(1, one, AT)) if each.field.startswith("start of")]
    assert [each.field for each in found] == ["start of cloudflare", "start of google"]
    assert "orders notice o --kind notification --operator cloudflare" in found[0].remedy


@pytest.mark.parametrize("instrument", [Instrument.DEMAND, Instrument.WATCH])
def test_what_obliges_nobody(instrument: Instrument) -> None:
    (only,) = obstacles(Version(1, replace(order(), instrument=instrument), AT))
    assert "no day of it ever falls due" in only.words


def test_an_order_that_names_nothing() -> None:
    one = replace(order(), scope=())
    assert "scope" in {each.field for each in obstacles(Version(1, one, AT))}
    assert "scope" not in {each.field for each in obstacles(Version(1, one, AT), listed=True)}


@dataclass
class Case:
    """Versions by number and first day, and which of them holds on a day."""

    days: tuple[date | None, ...]
    on: date
    number: int | None


@pytest.mark.parametrize(
    "case",
    [
        Case((None,), date(2022, 7, 10), None),
        Case((None,), date(2022, 7, 11), 1),
        Case((None, None), date(2022, 7, 11), 2),  # the second corrects the first, for all its days
        Case((None, date(2023, 1, 1)), date(2022, 12, 31), 1),
        Case((None, date(2023, 1, 1)), date(2023, 1, 1), 2),
        Case((None, date(2023, 1, 1), None), date(2022, 12, 31), 3),
        Case((None, date(2023, 1, 1), None), date(2023, 1, 1), 2),
    ],
    ids=str,
)
def test_which_version_holds(case: Case) -> None:
    history = History(Version(number, replace(order(), terms_from=day), AT) for number, day in enumerate(case.days, 1))
    found = history.in_force(case.on)
    assert (found.number if found else None) == case.number
