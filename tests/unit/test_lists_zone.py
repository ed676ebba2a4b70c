"""Response policy zones as lists: what they withhold, whatever the zone is called, and what a hostile one costs."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.lists.formats import read_list
from collector.lists.reading import ListFile, ListFormat
from schema.errors import FormatError


def read(text: str, form: ListFormat | None = None) -> ListFile:
    return read_list(text.encode(), "list.txt", form)


def texts(found: ListFile) -> list[str]:
    return [entry.text for entry in found.entries]


ZONE = """\
$TTL 60
@   IN SOA localhost. hostmaster.localhost. (
        2025082901 ; serial
        3600 900 604800 60 )
    IN NS localhost.
a.example       CNAME .
*.a.example     CNAME .
b.example 60 IN CNAME *.
c.example       CNAME rpz-drop.
d.example       CNAME rpz-passthru.
e.example       CNAME e.example.
f.example       CNAME rpz-tcp-only.
g.example       A 192.0.2.7
                AAAA 2001:db8::7
32.1.2.0.192.rpz-ip         CNAME .
24.0.2.0.192.rpz-ip         CNAME .
128.1.zz.db8.2001.rpz-ip    CNAME .
ns.h.example.rpz-nsdname    CNAME .
i.example       CNAME walled.garden.example.
"""


def test_a_policy_zone() -> None:
    """What is passed on is not listed; own records are; names below have their own line."""
    found = read(ZONE)
    assert found.form is ListFormat.RPZ
    assert texts(found) == [
        "a.example.", "*.a.example.", "b.example.", "c.example.", "g.example.", "192.0.2.1", "192.0.2.0/24", "2001:db8::1", "i.example.",
    ]  # fmt: skip
    assert [one.line for one in found.left_out] == [10, 11, 12, 18]
    assert found.odd == ()


@pytest.mark.parametrize(
    "zone",
    [
        "rpz.lan. 60 IN SOA l. h. 1 2 3 4 5\na.example.rpz.lan. 60 IN CNAME .\n",
        "$ORIGIN rpz.lan.\n@ SOA l. h. 1 2 3 4 5\na.example CNAME .\n",
        "$ORIGIN .\nrpz.lan SOA l. h. 1 2 3 4 5\n$ORIGIN example.rpz.lan.\na CNAME .\n",
        "rpz.lan. SOA l. h. 1 2 3 4 5\n$ORIGIN example.rpz.lan.\nA 60 CNAME .\n",
        "$ORIGIN rpz.lan.\na.example CNAME .\n",
    ],
)
def test_whatever_the_zone_is_called(zone: str) -> None:
    assert texts(read(zone)) == ["a.example."]


def test_a_zone_that_is_not_whole() -> None:
    found = read("$TTL 60\na.example CNAME .\n$GENERATE 1-9 a$ CNAME .\n$INCLUDE more\nout.example. CNAME .\n")
    assert (texts(found), [odd.line for odd in found.odd]) == (["a.example."], [3, 4, 5])
    with pytest.raises(FormatError, match="line 2: a bracket"):
        read("$TTL 60\na.example CNAME . (\nb.example CNAME .\n")


def test_quotes_without_end_cost_no_time() -> None:
    """A line of a hostile zone is read once, not once for each of its quotes."""
    began = time.process_time()
    read("$TTL 60\na.example CNAME .\nb.example TXT " + '"\\"' * 200_000 + "\n")
    assert time.process_time() - began < 5


@given(
    st.lists(
        st.sampled_from(
            [
                "$ORIGIN",
                "$TTL",
                "(",
                ")",
                "@",
                ".",
                "*.",
                "SOA",
                "CNAME",
                "IN",
                "60",
                "a.example",
                "\n",
                " ",
                '"',
                ";",
                "rpz-ip",
                "1",
            ]
        )
    )
)
def test_hostile_zones(words: list[str]) -> None:
    try:
        read(" ".join(words).replace(" \n ", "\n"), form=ListFormat.RPZ)
    except FormatError:
        return
