"""Names that nobody may ask: every way to write one meets the list, the list tells nobody what it holds."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema.errors import FormatError
from schema.names import canonical
from schema.neverprobe import NeverProbe, digest, meant, read_never_probe, to_list

SALT = bytes(range(32))


def listed(*texts: str) -> NeverProbe:
    return NeverProbe(SALT, [digest(SALT, name) for text in texts for name in to_list(text)])


DISGUISES = [
    "never-this.example",
    "never-this.example.",
    "NEVER-This.Example",
    "  never-this.example\n",
    "www.never-this.example",
    "WWW.never-this.example.",
    "deep.below.never-this.example",
    "*.never-this.example",
    ".never-this.example",
    "ｎｅｖｅｒ－ｔｈｉｓ．ｅｘａｍｐｌｅ",  # noqa: RUF001 - full-width is the point
    "never-this。example",
    "never-this｡example",
    "never\u00ad-this.example",
    "never-\u200bthis.example",
    "n%65ver-this.example",
    "never-this%2Eexample",
    "n%2565ver-this.example",
    "http://never-this.example",
    "https://never-this.example/",
    "HTTPS://user:secret@www.never-this.example:8443/a?b#c",
    "//never-this.example/x",
    "http:never-this.example",
    "http:\\\\never-this.example\\x",
    "never-this.example/path",
    "never-this.example:8080",
    "hxxps://never-this[.]example/",
    "never-this[.]example",
    '"never-this.example"',
    "ftp://%6e%65%76%65%72-this.example",
]


@pytest.mark.parametrize("text", DISGUISES, ids=ascii)
def test_every_disguise_is_refused(text: str) -> None:
    assert listed("never-this.example").refuses(text)


@pytest.mark.parametrize(
    "text",
    [
        "example", "this.example", "anever-this.example", "never-this.example.org", "never-this.examples", "", ".", "192.0.2.1",
        "http://other.example/never-this.example", "http://[2001:db8::1]/", "%", "%zz", "a..b", "\ud800.example", "http://",
    ],
    ids=ascii,
)  # fmt: skip
def test_nothing_else_is(text: str) -> None:
    assert not listed("never-this.example").refuses(text)


@pytest.mark.parametrize("text", DISGUISES, ids=ascii)
def test_however_it_was_put_on_the_list(text: str) -> None:
    """Whoever pastes a URL or a name with www. bars the site; deeper names bar themselves only."""
    names = to_list(text)
    assert NeverProbe(SALT, [digest(SALT, name) for name in names]).refuses(text)
    if not text.startswith("deep"):
        assert names == ("never-this.example.",)


def test_a_list_of_another_program_may_name_www() -> None:
    never = NeverProbe(SALT, [digest(SALT, "www.never-this.example.")])
    assert never.refuses("never-this.example")
    assert not never.refuses("mail.never-this.example")


def test_names_in_other_letters() -> None:
    never = listed("bücher-site.example")
    for text in (
        "BÜCHER-site.example",
        "xn--bcher-site-9db.example.",
        "bu\u0308cher-site.example",
        "b%C3%BCcher-site.example",
    ):
        assert never.refuses(text)
    assert not never.refuses("bucher-site.example")


def test_two_standards_two_names() -> None:
    """`straße` is `strasse` by IDNA 2003 and a name of its own by 2008: whichever is asked, it is refused."""
    assert listed("straße.example").refuses("strasse.example")


@pytest.mark.parametrize("text", ["", "  ", "org", "http://org/", "192.0.2.1", "a b.example", "-.example", "www.org/"])
def test_what_cannot_be_listed(text: str) -> None:
    """The refusal does not say the name; a whole top level domain would bar all of it."""
    if text == "www.org/":
        assert to_list(text) == ("www.org.",)
        return
    with pytest.raises(FormatError) as refused:
        to_list(text)
    assert text.strip() == "" or text not in str(refused.value)


def test_file() -> None:
    """The salt and hashes, and nothing that a reader who does not guess the name could make of it."""
    never = listed("never-this.example", "other.example")
    data = never.pack()
    assert data.startswith(b"ottempera never-probe v1 salt " + SALT.hex().encode() + b"\n")
    assert b"example" not in data
    again = read_never_probe(data)
    assert again.digests == never.digests
    assert again.refuses("www.other.example")
    assert again.pack() == data
    assert sha256(b"other.example.").hexdigest().encode() not in data


@pytest.mark.parametrize(
    "data",
    [
        b"", b"\n", b"ottempera never-probe v2 salt " + b"0" * 64, b"ottempera never-probe v1 salt 00",
        b"ottempera never-probe v1 salt " + b"0" * 64 + b"\nxyz\n", b"ottempera never-probe v1 salt " + b"0" * 64 + b"\n\n\n",
        b"\xff\xfe", b"ottempera never-probe v1 salt " + b"0" * 64 + b"\r\n" + b"0" * 64,
    ],
)  # fmt: skip
def test_other_files_are_refused(data: bytes) -> None:
    with pytest.raises(FormatError):
        read_never_probe(data)


def test_the_empty_list_refuses_nothing() -> None:
    assert not NeverProbe().refuses("never-this.example")
    assert len(read_never_probe(NeverProbe(SALT).pack())) == 0


@given(st.binary(max_size=200))
def test_hostile_files(data: bytes) -> None:
    try:
        read_never_probe(data)
    except FormatError:
        return


@given(st.text(max_size=60))
def test_hostile_texts(text: str) -> None:
    """Any text is answered; what would be asked as a name is met as that name."""
    listed("never-this.example").refuses(text)
    try:
        name = canonical(text)
    except FormatError:
        return
    assert name in meant(text)


@given(
    st.lists(st.from_regex(r"[a-z0-9]{1,8}", fullmatch=True), max_size=3),
    st.sampled_from([str.lower, str.upper, str.title]),
    st.booleans(),
    st.sampled_from(["", "http://", "https://x@", "//"]),
)
def test_everything_below(labels: list[str], case: object, dot: bool, scheme: str) -> None:
    """Whatever stands before a listed name, however it is written."""
    assert callable(case)
    text = scheme + case(".".join([*labels, "never-this.example"])) + ("." if dot else "")
    assert listed("never-this.example").refuses(text)
