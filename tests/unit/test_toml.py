"""Mistakes in TOML are named by the line on which a person made them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema.errors import ConfigError
from schema.toml import Path, did_you_mean, line_of, load

TEXT = '''\
title = "x"   # [not.a.header]
long = """
[[resolver]]
title = 2
"""
penalty = { amount = "1", currency = "EUR" }

[[resolver]]
id = "one"
  [[resolver.answer]]
  reply = "truth"
  [[resolver.answer]]
  reply = "nodata"
[[resolver]]
"id" = "two"
addresses = [
  "192.0.2.1",
]
  [[resolver.answer]]
  names = []
  reply = "x"
[clock]
step.s = 1
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("title",), 1), (("long",), 2), (("penalty", "amount"), 6), (("resolver", 0, "id"), 9),
        (("resolver", 0, "answer", 0, "reply"), 11), (("resolver", 0, "answer", 1, "reply"), 13),
        (("resolver", 1), 14), (("resolver", 1, "id"), 15), (("resolver", 1, "addresses", 0), 16),
        (("resolver", 1, "answer", 0, "reply"), 21), (("resolver", 1, "answer", 0, "missing"), 19),
        (("clock",), 22), (("clock", "step", "s"), 23), (("nowhere",), None), ((), None),
    ],
)  # fmt: skip
def test_line_of(path: Path, line: int | None) -> None:
    load(TEXT.encode(), "x.toml")
    assert line_of(TEXT, path) == line


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"a = 1\nb = \n", "x.toml, line 2: "),
        (b'a = "open\n', "x.toml, line 1: "),
        (b"a = 1\na = 2\n", "x.toml, line 2: "),
        (b"a = 1\n\xff\n", "x.toml, line 2: not UTF-8"),
        (b"a = [1,\n", "x.toml, line 2: "),
        (b"a = " + b"[" * 20_000, "x.toml: "),
        (b"d = 2022-02-30\n", "x.toml"),
    ],
    ids=["value", "quote", "twice", "utf-8", "end", "nesting", "date"],
)
def test_not_toml(data: bytes, said: str) -> None:
    with pytest.raises(ConfigError) as raised:
        load(data, "x.toml")
    assert str(raised.value).startswith(said)
    assert raised.value.remedy


@given(st.binary(max_size=200) | st.text(alphabet="[]{}=\"'#\\.,ab1-:T\n ", max_size=60).map(str.encode))
def test_only_config_error_comes_out(data: bytes) -> None:
    try:
        document = load(data, "x.toml")
    except ConfigError:
        return
    assert str(document.error(("a", "b"), "wrong")).startswith("x.toml")


def test_did_you_mean() -> None:
    assert did_you_mean("exat", ["exact", "subtree"]) == "Did you mean 'exact'?"
    assert did_you_mean("zzz", ["exact", "subtree"]) == "It can be: exact, subtree."
