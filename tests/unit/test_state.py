from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from probe.state import Progress, ProgressFile
from schema.errors import FormatError

if TYPE_CHECKING:
    from pathlib import Path


def test_every_step_is_on_disk(tmp_path: Path) -> None:
    path = tmp_path / "progress.json"
    assert ProgressFile(path).value == Progress()
    ProgressFile(path).begin("ab")
    assert ProgressFile(path).value == Progress(0, ("ab",))
    ProgressFile(path).close(7, "ab")
    assert ProgressFile(path).value == Progress(7)


def test_progress_never_goes_back(tmp_path: Path) -> None:
    progress = ProgressFile(tmp_path / "progress.json")
    progress.close(7)
    progress.close(3)
    assert ProgressFile(tmp_path / "progress.json").value == Progress(7)


def test_what_is_closed_ahead_of_others_is_known_one_by_one(tmp_path: Path) -> None:
    """Until all before it are closed; then the highest number says it all."""
    progress = ProgressFile(tmp_path / "progress.json")
    for plan in ("cd", "ef"):
        progress.begin(plan)
    progress.close(9, "ef", first_open=4)
    assert progress.value == Progress(0, ("cd",), (9,))
    assert [number for number in range(1, 12) if progress.value.is_closed(number)] == [9]
    progress.close(4, "cd", first_open=5)
    assert progress.value == ProgressFile(tmp_path / "progress.json").value == Progress(4, (), (9,))
    progress.close(8, first_open=10)
    assert progress.value == Progress(9)


def test_what_a_crash_left_beside_it_is_not_read(tmp_path: Path) -> None:
    ProgressFile(tmp_path / "progress.json").close(7)
    (tmp_path / "progress.json.part").write_bytes(b'{"do')
    assert ProgressFile(tmp_path / "progress.json").value == Progress(7)


@pytest.mark.parametrize("data", [b"", b"\0" * 20, b'{"do', b'{"done":"7"}'])
def test_damage_is_named(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "progress.json").write_bytes(data)
    with pytest.raises(FormatError, match=r"progress\.json is damaged") as raised:
        ProgressFile(tmp_path / "progress.json")
    assert raised.value.remedy
