"""Looks in a plan: of public addresses only, each once, for names that are listed; and the probe's own refusal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from collector.looks import MOST_LOOKS, Looks, Sight, look_cells, site_of
from schema.cells import VERSION, Asked, Cell, Group, QuestionSet, expand
from schema.codec import encode
from schema.endpoint import parse_endpoint
from schema.looks import is_look_at, look_endpoint, may_look
from schema.words import Profile, Role

if TYPE_CHECKING:
    from collections.abc import Iterable

SITE, OTHER = "kickasstorrents.to.", "limetorrents.pro."
NAMES = (SITE, OTHER)
TARGETS = (Asked("cloudflare", ("udp:1.1.1.1:53",)),)


def cells(looks: Looks, names: Iterable[str] = NAMES) -> list[Cell]:
    """The looks among the cells of a plan that asks something besides."""
    groups = (Group(Role.TARGET, tuple(names), ("cloudflare",), ("A",), (Profile.STUB,)), *looks.groups)
    questions = QuestionSet(VERSION, tuple(names), (*TARGETS, *looks.asked), groups)
    return [cell for cell in expand(encode(questions)) if cell.role is Role.LOOK]


def test_a_cell_for_each_address_of_a_name() -> None:
    found = cells(
        look_cells([Sight("cloudflare", SITE, "104.21.32.1"), Sight("quad9", SITE, "2606:4700:3030::6815:2001")], NAMES)
    )
    assert [(cell.resolver, cell.endpoint, cell.name, cell.repeat) for cell in found] == [
        (site_of(SITE), "tls:104.21.32.1:443#kickasstorrents.to", SITE, 0),
        (site_of(SITE), "tls:[2606:4700:3030::6815:2001]:443#kickasstorrents.to", SITE, 0),
    ]


def test_nothing_seen_nothing_planned() -> None:
    assert look_cells([], NAMES) == Looks()


def test_an_address_once_whoever_says_it_and_its_names_in_turn() -> None:
    sights = [Sight(who, name, "104.21.32.1") for who in ("cloudflare", "quad9") for name in NAMES]
    first, second, third = (cells(look_cells(reversed(sights), NAMES, turn=turn)) for turn in range(3))
    assert [cell.name for cell in first] == [SITE]
    assert [cell.name for cell in second] == [OTHER]
    assert third == first


def test_only_names_that_the_plan_lists() -> None:
    assert look_cells([Sight("cloudflare", "elsewhere.example.", "104.21.32.1")], NAMES) == Looks()
    assert look_cells([Sight("cloudflare", ".", "104.21.32.1")], (".",)) == Looks()


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "0.0.0.0", "::1", "::ffff:104.21.32.1", "fe80::1", "site.example"]
)  # fmt: skip
def test_no_address_that_is_special(address: str) -> None:
    assert look_cells([Sight("cloudflare", SITE, address)], NAMES) == Looks()


def test_many_addresses_take_turns() -> None:
    sights = [Sight("cloudflare", SITE, f"104.21.{number}.1") for number in range(150)]
    rounds = [{cell.endpoint for cell in cells(look_cells(sights, NAMES, turn=turn))} for turn in range(3)]
    assert [len(looked) for looked in rounds] == [MOST_LOOKS] * 3
    assert len(set.union(*rounds)) == 150


@pytest.mark.parametrize(
    ("text", "may"),
    [
        ("tls:104.21.32.1:443#site.to", True),
        ("tls:[2606:4700:3030::6815:2001]:443#site.to", True),
        ("tls:104.21.32.1:853#site.to", False),
        ("tls:104.21.32.1:22#site.to", False),
        ("tls:192.168.1.1:443#site.to", False),
        ("tls:[::1]:443#site.to", False),
        ("https:104.21.32.1:443#site.to/", False),
        ("quic:104.21.32.1:443#site.to", False),
        ("tcp:104.21.32.1:443", False),
    ],
)
def test_what_may_be_looked_at(text: str, may: bool) -> None:
    assert may_look(parse_endpoint(text)) is may


def test_only_the_name_of_the_cell_is_told() -> None:
    assert is_look_at(look_endpoint("104.21.32.1", SITE), SITE)
    assert not is_look_at(look_endpoint("104.21.32.1", OTHER), SITE)
    assert not is_look_at(parse_endpoint("quic:104.21.32.1:443#kickasstorrents.to"), SITE)


def test_an_endpoint_is_read_as_it_is_written() -> None:
    for address in ("104.21.32.1", "2606:4700:3030::6815:2001"):
        assert parse_endpoint(str(look_endpoint(address, SITE))) == look_endpoint(address, SITE)
