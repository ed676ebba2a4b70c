"""`ottempera judge` on the lines of real spools says what the collector said of the same rounds."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest

from probe.batchfile import BatchFile, list_batches, read_batch
from tests.acceptance.command import ottempera, play
from tests.acceptance.conftest import Finished, data_folder
from tests.acceptance.ledger import BATCHES, ask
from tests.lab.worlds import BUILT_IN

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MILANO, MILANO_ROUNDS = BUILT_IN / "milano-2022.toml", 3
SAID = ("outcome", "how", "origin", "label", "site", "rule", "witness", "witness_digest")
COUNTED = ("blocked", "open", "other")
VERDICTS = "SELECT * FROM analyst.verdicts"


@pytest.fixture(scope="module", params=["late-vantage", "milano-2022"])
def played(request: pytest.FixtureRequest, finished: Finished) -> Iterator[Finished]:
    """The finished world; and one with an order, interception and resolvers that answer on their own network only."""
    if request.param == finished.scenario.stem:
        yield finished
        return
    with data_folder() as folder:
        play(MILANO, folder, MILANO_ROUNDS).well()
        yield Finished(MILANO, folder, MILANO_ROUNDS)


@pytest.fixture(scope="module")
def lines(played: Finished) -> bytes:
    """Every line of every probe, from the batches as they were shipped; those still in a spool are the same bytes."""
    batches = ask(played.data, BATCHES)
    shipped = {row["batch"]: row["body"] for row in batches}
    spooled = [read_batch(path) for folder in played.data.glob("probes/*/spool/*") for path in list_batches(folder)]
    assert spooled
    for batch in spooled:
        assert shipped[sha256(batch.body).hexdigest()] == batch.body
    return b"".join(line + b"\n" for row in batches for line in BatchFile("", b"", row["body"]).lines())


def test_says_what_the_collector_said(played: Finished, lines: bytes) -> None:
    ended = ottempera("judge", "-", "--world", played.scenario, stdin=lines).well()
    judged = {_place(verdict): _said(verdict, verdict["counts"]) for verdict in ended.documents}
    rows = ask(played.data, VERDICTS)
    stored = {_place(row): _said(row, {word: row[f"{word}_n"] for word in COUNTED}) for row in rows}
    assert len(rows) == len(stored) == len(judged) > 0
    differing = {place: (judged.get(place), stored[place]) for place in stored if judged.get(place) != stored[place]}
    assert not differing, (len(differing), next(iter(differing.items())))


def test_file_is_the_same_as_standard_input(played: Finished, lines: bytes, tmp_path: Path) -> None:
    file = tmp_path / "lines"
    file.write_bytes(lines)
    by_file = ottempera("judge", file, "--world", played.scenario).well()
    assert by_file.out == ottempera("judge", "-", "--world", played.scenario, stdin=lines).well().out


def test_every_verdict_is_explained(played: Finished, lines: bytes) -> None:
    """In English and in Italian, beside the verdict and never instead of it."""
    plain = ottempera("judge", "-", "--world", played.scenario, stdin=lines).well().out.splitlines()
    explained = ottempera("judge", "-", "--world", played.scenario, "--explain", stdin=lines).well().out.splitlines()
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
        "counts": [counts.get(word, 0) for word in COUNTED],
    }
