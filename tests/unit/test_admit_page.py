"""The first page: what it shows, and that nothing from the network is shown as markup."""

from __future__ import annotations

from datetime import UTC, datetime

from collector.errors import PROBLEMS, ForkError, OutOfOrderError, TooLargeError, problem_of
from collector.ui.pages import render_first
from schema.errors import FormatError

ROW = {
    "resolver": "alpha",
    "operator": "Alpha",
    "name": "example.org.",
    "state": "blocked",
    "since": datetime(2026, 7, 1, 22, 30, tzinfo=UTC),
    "covered_until": datetime(2026, 12, 1, 22, 30, tzinfo=UTC),
    "how": "nxdomain",
    "origin": "resolver",
    "label": None,
    "vantages": 3,
    "networks": 2,
    "absent": 1,
    "notes": ["dead_name", "pool"],
    "rule": "ede_censored",
    "witness_digest": "ab" * 32,
    "indicative": False,
}
AROUND = {
    "name": "example.org.",
    "asn": 3269,
    "own_resolver": "isp-tim",
    "own_how": "loopback",
    "public_resolver": "alpha",
    "rounds": 12,
    "first_at": datetime(2026, 7, 1, 22, 30, tzinfo=UTC),
    "last_at": datetime(2026, 7, 2, 22, 30, tzinfo=UTC),
}


def test_a_row_is_shown_with_its_counts_and_its_witness() -> None:
    """Times are Rome's, summer and winter."""
    page = render_first([ROW], [AROUND], title="")
    for text in (
        "alpha",
        "02.07.2026 00:30",
        "01.12.2026 23:30",
        "dead_name, pool",
        "ede_censored",
        "abababababab",
        "AS3269",
    ):
        assert text in page
    assert "Invented data" not in page
    assert "Indicative" not in page


def test_an_empty_page_says_why() -> None:
    """Nothing is not good news."""
    page = render_first([], [], title="")
    assert "No round has been judged yet" in page
    assert "<table" not in page


def test_a_lab_says_that_its_data_is_invented() -> None:
    """Above everything else."""
    page = render_first([ROW], [], title="Cloudflare starts to block")
    assert page.index("Invented data") < page.index("<table")
    assert "Cloudflare starts to block" in page


def test_a_lowered_floor_is_shown_on_the_page_and_in_the_row() -> None:
    """Twice, because people copy rows."""
    assert render_first([ROW | {"indicative": True}], [], title="").lower().count("indicative") >= 2


def test_what_comes_from_outside_is_escaped() -> None:
    """Wherever it is shown."""
    evil = "<script>alert(1)</script>\"'"
    texts = ("resolver", "operator", "name", "state", "how", "origin", "label", "rule", "witness_digest")
    page = render_first([ROW | dict.fromkeys(texts, evil) | {"notes": [evil]}], [AROUND | {"name": evil}], title=evil)
    assert "<script" not in page
    assert "\"'" not in page


def test_a_class_stands_before_its_parents() -> None:
    """The first row that fits decides, so no row may hide a later one."""
    for place, row in enumerate(PROBLEMS):
        assert not any(issubclass(row.error, earlier.error) for earlier in PROBLEMS[:place])
    assert problem_of(TooLargeError("")).status == 413
    assert problem_of(FormatError("")).status == 422
    assert problem_of(ForkError("")).slug == "fork"
    assert problem_of(OutOfOrderError("", expected=4)).status == 409
