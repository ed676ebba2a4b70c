"""The probe's never-probe list: read at the start, followed when it changes, kept when it cannot be read any more."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from probe.never import NeverFile
from schema.errors import ConfigError
from schema.neverprobe import NeverProbe, digest

if TYPE_CHECKING:
    from pathlib import Path

SALT = b"\x07" * 32


def packed(*names: str) -> bytes:
    return NeverProbe(SALT, [digest(SALT, name) for name in names]).pack()


def test_followed(tmp_path: Path) -> None:
    told: list[str] = []
    path = tmp_path / "never"
    path.write_bytes(packed("one.example."))
    never = NeverFile(path, told.append)
    assert (never("one.example."), never("two.example."), len(never)) == (True, False, 1)
    other = tmp_path / "other"
    other.write_bytes(packed("two.example.", "one.example."))
    other.replace(path)
    assert never("two.example.")
    path.write_bytes(b"cut off")
    assert never("two.example."), "what was read goes on to hold"
    assert never("one.example.")
    path.unlink()
    assert never("two.example.")
    assert [line for line in told if "goes on to hold" in line] == told
    assert len(told) == 2, "each trouble is told once"
    path.write_bytes(packed("three.example."))
    assert never("three.example.")


@pytest.mark.parametrize("data", [None, b"", b"names.example\n"])
def test_a_probe_does_not_start_without_its_list(tmp_path: Path, data: bytes | None) -> None:
    path = tmp_path / "never"
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(ConfigError, match="never") as refused:
        NeverFile(path)
    assert "orders never-probe export" in refused.value.remedy


def test_a_folder_is_no_list(tmp_path: Path) -> None:
    (tmp_path / "never").mkdir()
    with pytest.raises(ConfigError, match=os.strerror(21)):
        NeverFile(tmp_path / "never")
