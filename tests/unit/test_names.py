"""Names: one form for all the ways to write them, and a refusal for the rest."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema.errors import FormatError
from schema.names import ROOT, canonical, is_canonical, slug


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("kickasstorrents.to", "kickasstorrents.to."),
        ("KickAssTorrents.TO.", "kickasstorrents.to."),
        ("  limetorrents.pro\n", "limetorrents.pro."),
        ("_dmarc.example.org", "_dmarc.example.org."),
        ("bücher.example", "xn--bcher-kva.example."),
        ("a" * 63 + ".example", "a" * 63 + ".example."),
        ("com", "com."),
    ],
)
def test_canonical(written: str, stored: str) -> None:
    assert canonical(written) == stored


@pytest.mark.parametrize(
    "text",
    [
        "", ".", "a..b", ".a", "-a.example", "a-.example", "a b.example", "http://a.example/", "a.example/path",
        "1.2.3.4", "10.example.7", "a" * 64 + ".example", ".".join(["a" * 50] * 5), "a\x00.example", "*.example",
        "\ud800.example", "a.example:53",
    ],
)  # fmt: skip
def test_refused(text: str) -> None:
    with pytest.raises(FormatError):
        canonical(text)


def test_longest_name() -> None:
    """RFC 1035 §2.3.4: 253 characters and the final dot are 255 octets on the wire; one more is too long."""
    longest = ".".join(["a" * 63, "b" * 63, "c" * 63, "d" * 61])
    assert canonical(longest) == longest + "."
    with pytest.raises(FormatError):
        canonical(longest + "d")


def test_the_root_is_asked_and_never_ordered() -> None:
    """A cell may ask for it; nobody's file may name it."""
    assert is_canonical(ROOT)
    with pytest.raises(FormatError):
        canonical(ROOT)


@pytest.mark.parametrize("name", ["a.example", "A.example.", "..", "", "b\u00fccher.example.", "a.example. "])
def test_other_forms_are_not_compared(name: str) -> None:
    assert not is_canonical(name)


@given(st.text(max_size=300))
def test_only_format_error_comes_out(text: str) -> None:
    """Any text is a name or a FormatError; a name that came out goes in unchanged."""
    try:
        name = canonical(text)
    except FormatError:
        return
    assert canonical(name) == name
    assert is_canonical(name)
    assert name.isascii()
    assert name == name.lower()


@pytest.mark.parametrize(
    ("operator", "compared"),
    [("Google Public DNS", "google-public-dns"), ("  TIM S.p.A. ", "tim-s-p-a"), ("quad9", "quad9"), ("***", "")],
)
def test_slug(operator: str, compared: str) -> None:
    assert slug(operator) == compared
    assert slug(compared) == compared
