"""Which names an order covers: each rule with its near misses, and what holds of any name."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema.errors import FormatError
from schema.names import canonical
from schema.order import Attached, Order, Scope, ScopeRule
from schema.scope import Covered, coverings, covers, label, registrable

DAY = date(2026, 11, 22)
LABEL = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?", fullmatch=True)
NAME = st.builds(lambda labels, suffix: ".".join([*labels, suffix]) + ".", st.lists(LABEL, min_size=1, max_size=3), st.sampled_from(["to", "co.uk", "pro", "gov.it", "example"]))  # fmt: skip


def order(*scope: Scope, **more: Any) -> Order:
    values = {"id": "o", "title": "t", "authority": "a", "issued_on": DAY, "addressees": ("x",), "starts_on": DAY}
    return Order(**(values | {"grace_days": 30, "scope": scope} | more))  # type: ignore[arg-type]  # the test's own


def attached(name: str, on: date = DAY) -> Attached:
    return Attached(name=name, by="A. Rossi", on=on, reason="same content", evidence="capture 17")


EXACT, SUBTREE, ANY_TLD = ScopeRule.EXACT, ScopeRule.SUBTREE, ScopeRule.SAME_LABEL_ANY_TLD
LISTED, ADJUDICATED = ScopeRule.LISTED_ALIAS, ScopeRule.ADJUDICATED

#: rule, the name it stands with, the name asked about, whether that is covered
CASES = [
    (EXACT, "kickass.to.", "kickass.to", True),
    (EXACT, "kickass.to.", "KickAss.TO.", True),
    (EXACT, "kickass.to.", "kickass.to..", True),
    (EXACT, "kickass.to.", "www.kickass.to", False),
    (EXACT, "www.kickass.to.", "kickass.to", False),
    (EXACT, "www.kickass.to.", "www.kickass.to", True),
    (EXACT, "kickass.to.", "xkickass.to", False),
    (EXACT, "kickass.to.", "kickass.too", False),
    (EXACT, "xn--cole-9oa.fr.", "École.fr", True),
    (EXACT, "xn--fa-hia.de.", "faß.de", True),
    (EXACT, "fass.de.", "faß.de", False),  # IDNA 2003 would have made them one
    (EXACT, "example.org.", "\uff45\uff58ample\u3002org", True),
    (EXACT, "example.org.", "ex\u00adample.org", True),
    (LISTED, "kickass.to.", "kickass.to", True),
    (LISTED, "kickass.to.", "www.kickass.to", False),
    (SUBTREE, "kickass.to.", "kickass.to", True),
    (SUBTREE, "kickass.to.", "www.kickass.to", True),
    (SUBTREE, "kickass.to.", "a.b.c.kickass.to", True),
    (SUBTREE, "kickass.to.", "notkickass.to", False),
    (SUBTREE, "kickass.to.", "kickass.to.example.org", False),
    (SUBTREE, "www.kickass.to.", "kickass.to", False),
    (ANY_TLD, "kickass.to.", "kickass.to", True),
    (ANY_TLD, "kickass.to.", "kickass.bz", True),
    (ANY_TLD, "kickass.to.", "kickass.co.uk", True),
    (ANY_TLD, "kickass.to.", "KICKASS.com.au", True),
    (ANY_TLD, "kickass.to.", "www.kickass.bz", False),
    (ANY_TLD, "kickass.to.", "kickass2.bz", False),
    (ANY_TLD, "kickass.to.", "kickass.example.bz", False),
    (ANY_TLD, "ilcorsaronero.pro.", "ilcorsaronero.nocensor.sbs", False),  # a proxy: the label is somebody else's
    (ANY_TLD, "kickass.to.", "kickass.github.io", False),  # a suffix of the private section is no top level domain
    (ANY_TLD, "kickass.to.", "kickass.blogspot.com", False),
    (ANY_TLD, "github.example.", "github.io", True),
    (ANY_TLD, "kickass.to.", "kickass.notatopleveldomain", True),  # the list's rule for what it does not know
    (ADJUDICATED, "kickass.to.", "kickass.to", False),  # it says of which site the attached names are
]


@pytest.mark.parametrize(("rule", "named", "asked", "wanted"), CASES, ids=[f"{c[0]}-{c[1]}-{c[2]}" for c in CASES])
def test_rule(rule: ScopeRule, named: str, asked: str, wanted: bool) -> None:
    assert (covers(order(Scope(named, rule)), asked, DAY) is not None) == wanted


def test_said() -> None:
    """People count rules from 1, and read why."""
    found = covers(order(Scope("a.example.", EXACT), Scope("kickass.to.", ANY_TLD)), "kickass.co.uk", DAY)
    assert found is not None
    assert found[:3] == (1, ANY_TLD, None)
    assert found.said(3) == (
        "covered by rule 2 of version 3, because kickass.co.uk. has the label 'kickass' of kickass.to. directly left of "
        "the public suffix co.uk., and the order names that label under every suffix"
    )


@pytest.mark.parametrize("rule", [LISTED, ADJUDICATED])
def test_attached_from_its_day_on(rule: ScopeRule) -> None:
    one = order(Scope("kickass.to.", rule, attached=(attached("kick.example."),)))
    assert covers(one, "kick.example", DAY - timedelta(days=1)) is None
    found = covers(one, "kick.example", DAY)
    assert found == Covered(0, rule, 0, "A. Rossi attached kick.example. to kickass.to. on 2026-11-22: same content")
    assert covers(one, "www.kick.example", DAY) is None


def test_the_orders_own_names_come_first() -> None:
    """What the order names is due from the order, whoever attached it too."""
    one = order(Scope("a.to.", ADJUDICATED, attached=(attached("b.to."),)), Scope("b.to.", EXACT))
    assert [found.attached for found in coverings(one, "b.to", DAY)] == [None, 0]
    assert one.names == ("a.to.", "b.to.")


@pytest.mark.parametrize(
    ("name", "part", "left"),
    [
        ("a.b.co.uk", "b.co.uk.", "b"),
        ("co.uk", None, None),
        ("to", None, None),
        ("x.github.io", "github.io.", "github"),
        ("ilcorsaronero.nocensor.sbs", "nocensor.sbs.", "nocensor"),
        ("www.ck", "www.ck.", "www"),  # an exception of the list
        ("a.b.kawasaki.jp", "a.b.kawasaki.jp.", "a"),  # its wildcard
    ],
)
def test_suffixes(name: str, part: str | None, left: str | None) -> None:
    assert (registrable(name), label(name)) == (part, left)


@pytest.mark.parametrize("wrong", ["", "a..b", "http://a.b/", "192.0.2.1", "a b.c"])
def test_no_name(wrong: str) -> None:
    with pytest.raises(FormatError):
        covers(order(Scope("a.example.", EXACT)), wrong, DAY)


@given(NAME, NAME, st.sampled_from(ScopeRule), st.integers(0, 3), st.booleans())
def test_spelling_changes_nothing(named: str, asked: str, rule: ScopeRule, dots: int, upper: bool) -> None:
    """Case and final dots are no part of a name."""
    one = order(Scope(named, rule))
    spelt = (asked.upper() if upper else asked).rstrip(".") + "." * dots
    assert covers(one, spelt, DAY) == covers(one, asked, DAY)


@given(NAME, NAME, LABEL)
def test_below(named: str, asked: str, more: str) -> None:
    """Below a covered name only `subtree` covers, and it always does."""
    for rule in (EXACT, LISTED, ADJUDICATED, ANY_TLD):
        one = order(Scope(named, rule, attached=(attached(asked),) if rule is ADJUDICATED else ()))
        assert covers(one, f"{more}.{named}", DAY) is None or f"{more}.{named}" == asked or registrable(named) is None
    assert covers(order(Scope(named, SUBTREE)), f"{more}.{named}", DAY) is not None


@given(NAME, NAME)
def test_same_label_is_symmetric(one: str, other: str) -> None:
    """Of two names that somebody can register, each covers the other or neither does."""
    if registrable(one) == one and registrable(other) == other:
        there = covers(order(Scope(one, ANY_TLD)), other, DAY)
        back = covers(order(Scope(other, ANY_TLD)), one, DAY)
        assert (there is None) == (back is None) == (label(one) != label(other))


@given(st.lists(st.tuples(NAME, st.sampled_from(ScopeRule)), max_size=6, unique=True), NAME)
def test_every_covering_names_its_rule(entries: list[tuple[str, ScopeRule]], asked: str) -> None:
    one = order(*(Scope(name, rule) for name, rule in entries))
    for found in coverings(one, asked, DAY):
        alone = order(one.scope[found.scope])
        assert covers(alone, asked, DAY) == found._replace(scope=0)


@given(st.text(max_size=40))
def test_any_text(text: str) -> None:
    """A text is a name in the one form, or refused; nothing else comes out."""
    try:
        found = canonical(text)
    except FormatError:
        return
    assert canonical(found) == found
    assert found.isascii()
