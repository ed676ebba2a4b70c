"""Lists as they are written: which format, what each line says, what is told and what is refused."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.lists.difference import difference
from collector.lists.entries import Entry, Kind, kind_of, read_entry
from collector.lists.formats import read_list
from collector.lists.reading import ListFile, ListFormat
from schema.errors import FormatError

ALLEGATO = "0000350_2025.29.08\n"


def read(text: str | bytes, name: str = "list.txt", form: ListFormat | None = None) -> ListFile:
    return read_list(text.encode() if isinstance(text, str) else text, name, form)


def texts(found: ListFile) -> list[str]:
    return [entry.text for entry in found.entries]


@pytest.mark.parametrize(
    ("text", "kind", "kept"),
    [
        ("Example.ORG", Kind.NAME, "example.org."),
        ("example.org.", Kind.NAME, "example.org."),
        ("www.example.org", Kind.NAME, "www.example.org."),
        ("bücher.example", Kind.NAME, "xn--bcher-kva.example."),
        ("_x.example.org", Kind.NAME, "_x.example.org."),
        ("http://example.org", Kind.NAME, "example.org."),
        ("HTTPS://Example.org/", Kind.NAME, "example.org."),
        ("example.org/", Kind.NAME, "example.org."),
        ("*.example.org", Kind.BELOW, "*.example.org."),
        ("http://example.org/a?b", Kind.URL, "http://example.org/a?b"),
        ("http://example.org:8080/", Kind.URL, "http://example.org:8080/"),
        ("ftp://example.org/", Kind.URL, "ftp://example.org/"),
        ("example.org/a", Kind.URL, "example.org/a"),
        ("192.0.2.1", Kind.ADDRESS, "192.0.2.1"),
        ("192.0.2.0/24", Kind.ADDRESS, "192.0.2.0/24"),
        ("http://192.0.2.1/", Kind.ADDRESS, "192.0.2.1"),
        ("http://192.0.2.1/a", Kind.URL, "http://192.0.2.1/a"),
        ("2001:DB8::1", Kind.ADDRESS, "2001:db8::1"),
        ("http://[2001:db8::1]/", Kind.ADDRESS, "2001:db8::1"),
    ],
)
def test_an_entry(text: str, kind: Kind, kept: str) -> None:
    assert read_entry(text) == (kept,)
    assert kind_of(kept) is kind


def test_a_dot_before_a_name_means_it_and_all_below() -> None:
    assert read_entry(".example.org") == ("example.org.", "*.example.org.")


@pytest.mark.parametrize(
    "text", ["", "a b", "org", "*.org", "-.example", "http://", "http:///x", "a..b", "a\x00.example", "300.0.2.1", "\u202ea.example",
             "x" * 3000, "a\ufffd.example", "http://user@example.org/", "999"],
)  # fmt: skip
def test_no_entry(text: str) -> None:
    with pytest.raises(FormatError):
        read_entry(text)


@given(st.text(max_size=80))
def test_any_line_is_an_entry_or_refused(text: str) -> None:
    try:
        found = read_entry(text)
    except FormatError:
        return
    assert all(read_entry(one) == (one,) for one in found), "what was kept reads as itself"


@pytest.mark.parametrize(
    ("header", "day", "doubtful"),
    [
        ("0000350_2025.29.08", date(2025, 8, 29), False),
        ("0000350_2025.05.08", date(2025, 8, 5), False),
        ("0000350_2014.08.29", date(2014, 8, 29), True),
        ("350-2025-29-08", date(2025, 8, 29), False),
        ("350:2025:29:08", date(2025, 8, 29), False),
        ("350 2025 29 08", date(2025, 8, 29), False),
        ("350_2025_29_08", date(2025, 8, 29), False),
        ("  350_2025.29.08  ", date(2025, 8, 29), False),
    ],
)
def test_header(header: str, day: date, doubtful: bool) -> None:
    """The day stands before the month; where only the other way is a day, it is taken and told."""
    found = read(f"{header}\na.example\n")
    assert found.form is ListFormat.AGCOM
    assert found.header is not None
    assert (found.header.raw, found.header.day, bool(found.header.doubt)) == (header.strip(), day, doubtful)
    assert found.header.number.lstrip("0") == "350"


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("Allegato B Elenco URL 349_2025_29_08.txt", "number 349, not 0000350"),
        ("Allegato B Elenco URL 350_2024_29_08.txt", "year 2024, not 2025"),
        ("Allegato B Elenco URL 350_2025_30_08.txt", "day 30 and 8, not 29 and 8"),
        ("Allegato_B_349_2024.txt", "number 349, not 0000350; year 2024, not 2025"),
    ],
)
def test_a_name_that_contradicts_the_header(name: str, says: str) -> None:
    with pytest.raises(FormatError, match="contradict") as refused:
        read(ALLEGATO + "a.example\n", name)
    assert says in str(refused.value)
    assert "nothing was taken" in refused.value.remedy


@pytest.mark.parametrize(
    "name",
    [
        "Allegato B Elenco URL 350_2025_29_08.txt",
        "Allegato B Elenco URL 350_2025_08_29.txt",
        "Allegato B 350_2025.txt",
        "list.txt",
    ],
)
def test_a_name_that_agrees(name: str) -> None:
    assert texts(read(ALLEGATO + "a.example", name)) == ["a.example."]


@pytest.mark.parametrize("first", ["a.example", "350_2025.31.02", "350_2025.00.00"])
def test_an_allegato_without_a_day(first: str) -> None:
    with pytest.raises(FormatError, match=r"header"):
        read(f"{first}\na.example\n", "Allegato B.txt")


def test_as_it_comes() -> None:
    """Byte order mark, CRLF, trailing blanks, repetitions, no last newline: entries once, with the line of the first."""
    found = read(
        "\ufeff"
        + ALLEGATO.replace("\n", "\r\n")
        + "A.example \r\n\r\nb.example\r\nhttp://a.example/\r\n192.0.2.1\r\nc.example/x"
    )
    assert found.entries == (
        Entry(Kind.NAME, "a.example.", 2),
        Entry(Kind.NAME, "b.example.", 4),
        Entry(Kind.ADDRESS, "192.0.2.1", 6),
        Entry(Kind.URL, "c.example/x", 7),
    )
    assert (found.repeated, found.odd) == (1, ())


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8", "utf-8-sig"])
def test_encodings(encoding: str) -> None:
    assert texts(read((ALLEGATO + "a.example\r\nb.example\r\n").encode(encoding))) == ["a.example.", "b.example."]


def test_a_byte_that_is_no_letter_spoils_its_line_alone() -> None:
    found = read(b"# perch\xe9\na.example\nb\xe9.example\nc.example\n")
    assert texts(found) == ["a.example.", "c.example."]
    assert [odd.line for odd in found.odd] == [3]


def test_hosts() -> None:
    found = read(
        "127.0.0.1 localhost\n::1 ip6-localhost\n0.0.0.0 a.example  b.example # both\n0.0.0.0\tc.example\nd.example\n"
    )
    assert found.form is ListFormat.HOSTS
    assert texts(found) == ["a.example.", "b.example.", "c.example."]
    assert ([one.line for one in found.left_out], [one.line for one in found.odd]) == ([1, 2], [5])


def test_plain() -> None:
    found = read("# names\na.example\n\nb.example # why\nfoo bar\n; old\n")
    assert (found.form, texts(found), [one.line for one in found.odd]) == (
        ListFormat.PLAIN,
        ["a.example.", "b.example."],
        [5],
    )


@pytest.mark.parametrize(
    "text",
    ["rank,Domain\n1,a.example\n2,b.example\n", '# made\nname;note\na.example;x\nb.example;"y; z"\n', "n\tfqdn\n1\ta.example\n2\tb.example",
     "domain\na.example\nb.example\n"],
)  # fmt: skip
def test_csv(text: str) -> None:
    found = read(text)
    assert (found.form, texts(found), found.odd) == (ListFormat.CSV, ["a.example.", "b.example."], ())


def test_csv_says_what_is_wrong_with_a_row() -> None:
    assert [odd.line for odd in read("rank,domain\n1,a.example\n2\n3,\n").odd] == [3, 4]
    with pytest.raises(FormatError, match="line 3"):
        read('rank,domain\n1,a.example\n2,"b.example\n3,c.example\n')
    with pytest.raises(FormatError, match="column"):
        read("a.example,1\n", form=ListFormat.CSV)


def test_the_format_can_be_said() -> None:
    with pytest.raises(FormatError, match="header"):
        read("a.example\n", form=ListFormat.AGCOM)
    assert texts(read("name\na.example\n", form=ListFormat.PLAIN)) == ["a.example."]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no entry"),
        ("# nothing\n\n", "no entry"),
        ("foo bar\n", "line 1"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "no text|line 1"),
    ],
)
def test_nothing_in_it(text: str | bytes, says: str) -> None:
    with pytest.raises(FormatError, match=says):
        read(text)


def test_names_that_are_never_probed() -> None:
    """Only their lines are known: neither entry nor message holds them."""
    found = read_list(
        b"a.example\nB.example\nhttp://b.example/x\nb%2Eexample\n", "x", refuses=lambda text: "b" in text.lower()
    )
    assert texts(found) == ["a.example."]
    assert (found.barred, found.odd) == ((2, 3, 4), ())


def test_difference() -> None:
    now = [Entry(Kind.NAME, "c.example.", 1), Entry(Kind.NAME, "a.example.", 2)]
    found = difference(["a.example.", "z.example.", "b.example."], now)
    assert found.added == (now[0],)
    assert found.removed == ("b.example.", "z.example.")
    assert not difference(["a.example.", "c.example."], now)


@given(st.binary(max_size=400), st.sampled_from([None, *ListFormat]))
def test_hostile_bytes(data: bytes, form: ListFormat | None) -> None:
    try:
        found = read_list(data, "list.txt", form)
    except FormatError:
        return
    assert found.entries
