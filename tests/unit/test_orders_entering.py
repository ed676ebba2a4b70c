"""What may come after the versions there are, what a new one keeps of them, and orders written and compared."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from collector.compliance.difference import difference
from collector.compliance.entering import (
    continued,
    everywhere,
    refuse_strangers,
    refuse_twice,
    refuse_words_of_others,
)
from collector.compliance.history import History, Version
from collector.compliance.order_files import builtin_orders, read_checked
from collector.compliance.people import distinct, person
from collector.compliance.written import write_order
from schema.codec import encode, reader
from schema.order import (
    Attached,
    Check,
    DayRuleChoice,
    Document,
    Measure,
    Notice,
    NoticeKind,
    Order,
    OrderError,
    Penalty,
    Per,
    Scope,
    ScopeRule,
    Service,
    Stay,
    Terms,
    Unknown,
)
from schema.order_file import read_order
from schema.words import Challenge, Transport

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
DAY = date(2022, 7, 11)
NOTICE = Notice(NoticeKind.SERVICE, "cloudflare", AT, "Carla")
CHECK = Check("starts", "2022-07-11 order", "a" * 64, "p. 3", "Bruno", date(2026, 11, 22))
LATER = Attached("kick.example.", "A. Rossi", date(2023, 5, 1), "same content", "capture 17")


def order(**more: object) -> Order:
    values = {
        "id": "o", "title": "t", "authority": "Tribunale di Milano", "issued_on": DAY, "addressees": ("cloudflare",),
        "starts_on": DAY, "grace_days": 30,
        "scope": (Scope("kickass.to.", ScopeRule.EXACT), Scope("kickass.to.", ScopeRule.ADJUDICATED)),
    }  # fmt: skip
    return Order(**(values | more))  # type: ignore[arg-type]  # the values of a test are its own


def history(*orders: Order) -> History:
    return History(Version(number, one, AT, "Anna") for number, one in enumerate(orders, 1))


def test_the_first_version() -> None:
    assert continued(None, order(), "o.toml") == (order(), 0, None, None)


@pytest.mark.parametrize(
    ("change", "field"),
    [({"authority": "Tribunale di Roma"}, "authority"), ({"issued_on": date(2022, 7, 10)}, "issued_on")],
)
def test_two_orders_with_one_id(change: dict[str, object], field: str) -> None:
    with pytest.raises(OrderError, match=f"o.toml, {field}: 'o' is held as an order with {field} = ") as raised:
        continued(history(order()), order(**change), "o.toml")
    assert raised.value.remedy == "Give the other order an id of its own."


@pytest.mark.parametrize(
    ("held", "day", "wanted"),
    [
        ((None,), None, True),  # a correction
        ((None,), DAY, True),  # the day of issue is the first day where none is said
        ((None,), date(2023, 1, 1), True),  # a change of terms
        ((None, date(2023, 1, 1)), DAY, True),  # a correction of the first terms
        ((None, date(2023, 1, 1)), date(2023, 1, 1), True),
        ((None, date(2023, 1, 1)), date(2022, 12, 31), False),
        ((None, date(2023, 1, 1)), date(2024, 1, 1), True),
    ],
)
def test_overlapping_versions(held: tuple[date | None, ...], day: date | None, wanted: bool) -> None:
    before = history(*(order(terms_from=one) for one in held))
    if wanted:
        assert continued(before, order(terms_from=day), "o.toml").after == len(held)
        return
    with pytest.raises(OrderError, match="terms from 2022-12-31 overlap with those of version 2, from 2023-01-01"):
        continued(before, order(terms_from=day), "o.toml")


def test_what_people_entered_stays() -> None:
    """A file that leaves out a notice does not mean that it never was."""
    grown = order(
        notice=(NOTICE,), check=(CHECK,), document=Document("a" * 64),
        scope=(order().scope[0], replace(order().scope[1], attached=(LATER,))),
    )  # fmt: skip
    mended = order(grace_days=31)
    assert continued(history(order(), grown), mended, "o.toml").order == replace(grown, grace_days=31)
    assert continued(history(order(), grown), mended, "o.toml", exactly=True).order == mended
    own = Notice(NoticeKind.REPLY, "cloudflare", AT, "Anna")
    both = continued(history(order(), grown), replace(mended, notice=(own, NOTICE)), "o.toml").order
    assert both.notice == (NOTICE, own)  # `notice 1` goes on being the same one


def grown(**more: object) -> Order:
    """An order with a name that was attached."""
    return order(scope=(order().scope[0], replace(order().scope[1], attached=(LATER,))), **more)


@pytest.mark.parametrize(
    ("given", "by", "said"),
    [
        (order(check=(CHECK,)), "Anna", "o.toml, check 1: it is the word of Bruno, and Anna enters this file"),
        (order(notice=(NOTICE,)), "Anna", "o.toml, notice 1: it is the word of Carla, and Anna enters this file"),
        (grown(), "Anna", r"kick\.example\. is attached to kickass\.to\.: A\. Rossi attached it, and Anna enters"),
        (grown(persons=2), "A. Rossi", "2 people accept a later name, and a file is one person's"),
    ],
    ids=["a-check", "a-notice", "a-name", "a-name-that-two-accept"],
)
def test_a_file_brings_nobody_elses_word(given: Order, by: str, said: str) -> None:
    """It could bring any name: one person would be as many as the order asks for."""
    for held in (None, history(order(persons=given.persons))):
        with pytest.raises(OrderError, match=said):
            refuse_words_of_others(held, given, "o.toml", by)
        with pytest.raises(OrderError, match=said):
            refuse_words_of_others(held, replace(given, terms_from=date(2023, 1, 1)), "o.toml", by)


@pytest.mark.parametrize("given", [order(check=(CHECK,)), order(notice=(NOTICE,)), grown(), grown(persons=2)])
def test_what_was_said_before_may_be_said_again(given: Order) -> None:
    """A file that was exported, with whatever people had entered by commands."""
    refuse_words_of_others(history(order(), given, order(persons=given.persons)), given, "o.toml", "Anna")


def test_ones_own_word_may_stand_in_a_file() -> None:
    refuse_words_of_others(None, order(check=(CHECK,)), "o.toml", "BRUNO")
    refuse_words_of_others(history(order()), order(notice=(NOTICE,)), "o.toml", " carla ")
    refuse_words_of_others(None, grown(), "o.toml", "Rossi, A.")


def test_nobody_lowers_how_many_must_agree() -> None:
    held = history(order(), order(persons=2))
    refuse_words_of_others(held, order(persons=3), "o.toml", "Anna")
    with pytest.raises(OrderError, match=r"o\.toml, persons: o asks for 2 people, and this says 1"):
        refuse_words_of_others(held, order(), "o.toml", "Anna")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Anna Rossi", "anna  ROSSI", True),
        ("Anna Rossi", "Rossi, Anna", True),
        ("José Álvaro", "Jose\u0301 A\u0301lvaro", True),
        ("José Álvaro", "Jose Alvaro", True),
        ("Anna\u200b Rossi", "Anna Rossi", True),
        ("\uff21\uff4e\uff4e\uff41", "Anna", True),
        ("Straße", "STRASSE", True),
        ("Anna Rossi", "Anna Russo", False),
        ("Anna", "Anna Rossi", False),
        ("Анна", "Anna", False),
    ],
)
def test_one_person_under_two_spellings(one: str, other: str, *, same: bool) -> None:
    assert (person(one) == person(other)) is same
    assert len(distinct([one, other])) == 2 - same


def test_who_has_no_name_may_be_anybody() -> None:
    assert distinct(["", "Anna"]) == distinct(["Anna", " ", "-"]) == ("Anna",)
    assert len(distinct(["", " "])) == 1
    assert distinct([]) == ()


def test_an_entry_that_names_are_attached_to_is_not_dropped_by_the_way() -> None:
    grown = order(scope=(order().scope[0], replace(order().scope[1], attached=(LATER,))))
    with pytest.raises(OrderError, match=r"kickass\.to\. adjudicated is gone, and kick\.example\. is attached to it"):
        continued(history(grown), order(scope=order().scope[:1]), "o.toml")
    assert continued(history(grown), order(scope=order().scope[:1]), "o.toml", exactly=True)


def test_a_notice_holds_under_all_terms() -> None:
    held = history(order(), order(terms_from=date(2023, 1, 1)), order(grace_days=29))
    drafts = everywhere(held, lambda one: replace(one, notice=(*one.notice, NOTICE)))
    assert [(one.order.grace_days, one.after) for one in drafts] == [(29, 3), (30, 4)]
    assert everywhere(held, lambda one: one) == everywhere(held, lambda _: None) == ()


def test_two_files_of_one_order() -> None:
    refuse_twice([("a.toml", order()), ("b.toml", order(id="p"))])
    with pytest.raises(OrderError, match=r"a\.toml and b\.toml: the order 'o' stands in 2 files"):
        refuse_twice([("a.toml", order()), ("b.toml", order())])


def test_an_addressee_that_is_no_operator() -> None:
    refuse_strangers(order(), "o.toml", {"cloudflare"})
    with pytest.raises(OrderError, match=r"o\.toml, addressees: .*'cloudflair'") as raised:
        refuse_strangers(order(addressees=("cloudflair",)), "o.toml", {"cloudflare", "google"})
    assert raised.value.remedy.startswith("Did you mean 'cloudflare'?")


FULL = order(
    title='Sony, "Universal" and Warner \\ altri: è così',
    confirmed_on=date(2022, 11, 4), valid_to=date(2027, 1, 1), territory="", persons=2,
    document=Document("a" * 64, "ordinanza.pdf", DAY, verified=True, source="counsel"), grace_minutes=30,
    penalty_per_day=Penalty("10000.50", "EUR", per=Per.NAME, relapse=False, per_verified=True),
    service=(Service("cloudflare", ("cloudflare",), ("1.1.1.1", "2606:4700:4700::1111"), (Transport.UDP,)),),
    terms=(Terms("cloudflare", "Cloudflare, Inc.", served_on=date(2022, 7, 20), grace_days=10),),
    stay=(Stay(date(2023, 8, 1), date(2023, 8, 31), reason="appeal"),), day_rule=DayRuleChoice("daily_90"),
    measure=Measure(dns_only=True), require_excluded=(Challenge.PATH, Challenge.STALE_CACHE),
    scope=(order().scope[0], replace(order().scope[1], attached=(LATER, replace(LATER, name="k.example.")))),
    unknown=(Unknown("starts_from", "From what?"),), check=(CHECK,),
    notice=(NOTICE, replace(NOTICE, at=datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=timezone(timedelta(hours=2))), names=("kickass.to.",))),
)  # fmt: skip


@pytest.mark.parametrize("one", [FULL, order(), *(order for _, order in builtin_orders())], ids=lambda one: one.title)
def test_written_and_read_it_is_the_same(one: Order) -> None:
    text = write_order(one, "A comment.")
    assert read_order(text.encode(), "again.toml") == one
    assert reader(Order, "order")(encode(one)) == one


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=60))
def test_any_text_is_written_so_that_it_is_read(text: str) -> None:
    one = order(title=text, unknown=(Unknown("a", text),), penalty_per_day=Penalty("1", "EUR", source=text))
    assert read_order(write_order(one).encode(), "again.toml") == one


@given(st.data())
def test_nothing_but_order_errors_comes_out(data: st.DataObject) -> None:
    """Bytes of a full file, changed anywhere."""
    mutated = bytearray(write_order(FULL).encode())
    for _ in range(data.draw(st.integers(1, 4))):
        mutated[data.draw(st.integers(0, len(mutated) - 1))] = data.draw(st.integers(0, 255))
    try:
        read_checked(bytes(mutated), "order.toml")
    except OrderError as error:
        assert str(error).startswith("order.toml")  # noqa: PT017  most mutants are refused, not all


CHANGES: list[tuple[Callable[[Order], Order], tuple[str, str | None, str | None]]] = [
    (lambda one: replace(one, grace_days=31), ("grace_days", "30", "31")),
    (lambda one: replace(one, starts_verified=True), ("starts_verified", None, "yes")),
    (lambda one: replace(one, scope=one.scope[:1]), ("scope kickass.to. adjudicated", "name kickass.to.; rule adjudicated", None)),
    (lambda one: replace(one, scope=(replace(one.scope[0], verified=True), one.scope[1])), ("scope kickass.to. exact.verified", None, "yes")),
    (lambda one: replace(one, check=(CHECK,)), ("check starts Bruno", None, f"field starts; value 2022-07-11 order; document {'a' * 64}; page p. 3; by Bruno; on 2026-11-22")),
    (lambda one: replace(one, addressees=("cloudflare", "google")), ("addressees", "cloudflare", "cloudflare, google")),
    (lambda one: replace(one, penalty_per_day=Penalty("5.00", "EUR")), ("penalty_per_day", None, "amount 5.00; currency EUR")),
]  # fmt: skip


@pytest.mark.parametrize(("change", "wanted"), CHANGES, ids=[wanted[0] for _, wanted in CHANGES])
def test_difference(change: Callable[[Order], Order], wanted: tuple[str, str | None, str | None]) -> None:
    assert difference(order(), change(order())) == (wanted,)
    field, before, after = wanted
    assert difference(change(order()), order()) == ((field, after, before),)
    assert difference(order(), order()) == ()
