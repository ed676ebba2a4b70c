"""`ottempera judge` on the lines of real spools says what the collector said of the same rounds."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest

from probe.batchfile import BatchFile, list_batches, read_batch
from tests.acceptance.command import ottempera
from tests.acceptance.ledger import BATCHES, ask

if TYPE_CHECKING:
    from pathlib import Path

    from tests.acceptance.conftest import Finished

SAID = ("outcome", "how", "origin", "label", "site", "rule", "witness_digest")
VERDICTS = "SELECT * FROM analyst.verdicts"


@pytest.fixture(scope="module")
def lines(finished: Finished) -> bytes:
    """Every line of every probe, from the batches as they were shipped; those still in a spool are the same bytes."""
    batches = ask(finished.data, BATCHES)
    shipped = {row["batch"]: row["body"] for row in batches}
    spooled = [read_batch(path) for folder in finished.data.glob("probes/*/spool/*") for path in list_batches(folder)]
    assert spooled
    for batch in spooled:
        assert shipped[sha256(batch.body).hexdigest()] == batch.body
    return b"".join(line + b"\n" for row in batches for line in BatchFile("", b"", row["body"]).lines())


def test_says_what_the_collector_said(finished: Finished, lines: bytes) -> None:
    ended = ottempera("judge", "-", "--world", finished.scenario, stdin=lines).well()
    judged = {_place(verdict): _said(verdict, verdict["counts"]) for verdict in ended.documents}
    rows = ask(finished.data, VERDICTS)
    stored = {_place(row): _said(row, {"blocked": row["blocked_n"], "open": row["open_n"]}) for row in rows}
    assert len(rows) == len(stored) == len(judged) > 0
    differing = {place: (judged.get(place), stored[place]) for place in stored if judged.get(place) != stored[place]}
    assert not differing, (len(differing), next(iter(differing.items())))


def test_file_is_the_same_as_standard_input(finished: Finished, lines: bytes, tmp_path: Path) -> None:
    file = tmp_path / "lines"
    file.write_bytes(lines)
    by_file = ottempera("judge", file, "--world", finished.scenario).well()
    assert by_file.out == ottempera("judge", "-", "--world", finished.scenario, stdin=lines).well().out


def test_every_verdict_is_explained(finished: Finished, lines: bytes) -> None:
    """In English and in Italian, beside the verdict and never instead of it."""
    plain = ottempera("judge", "-", "--world", finished.scenario, stdin=lines).well().out.splitlines()
    explained = ottempera("judge", "-", "--world", finished.scenario, "--explain", stdin=lines).well().out.splitlines()
    assert [line for line in explained if not line.startswith(b"# ")] == plain
    for language in (b"# en: ", b"# it: "):
        assert sum(line.startswith(language) and len(line) > len(language) for line in explained) == len(plain)


def test_without_a_world_nobody_is_refused(lines: bytes) -> None:
    """Ids that the built-in registry does not know are judged as public resolvers."""
    assert ottempera("judge", "-", stdin=lines).well().documents


def _place(verdict: dict[str, Any]) -> tuple[str, ...]:
    return verdict["plan"], verdict["probe"], verdict["resolver"], verdict["name"]


def _said(verdict: dict[str, Any], counts: dict[str, int]) -> dict[str, Any]:
    said = {field: verdict.get(field) for field in SAID}
    return said | {
        "notes": list(verdict.get("notes") or ()),
        "counts": (counts.get("blocked", 0), counts.get("open", 0)),
    }
