"""The forge itself: the same bytes each time, and what it signs and stamps holds before stock programs."""

from __future__ import annotations

import subprocess
from shutil import which
from typing import TYPE_CHECKING, Final

import pytest

from schema.bundle.container import unpack
from tests.evidence.forge.stories import bundle, lone, plain

if TYPE_CHECKING:
    from pathlib import Path

OPENSSL: Final = which("openssl")
SMALL: Final = 64 * 1024


def test_same_bytes_each_time() -> None:
    assert bundle(plain()).pack() == bundle(plain()).pack()


def test_smallest_is_small() -> None:
    """Every byte of it is to be turned eight times."""
    assert len(bundle(lone()).pack()) < SMALL


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The plainest bundle, unpacked."""
    path = tmp_path_factory.mktemp("bundle")
    for name, data in unpack(bundle(plain()).pack()).items():
        file = path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    return path


def runs(folder: Path, *words: str) -> str:
    """What a program prints that ends well."""
    return subprocess.run(words, cwd=folder, check=True, capture_output=True, text=True).stdout


def test_sums_hold_before_sha256sum(folder: Path) -> None:
    assert "FAILED" not in runs(folder, "sha256sum", "--check", "--strict", "SHA256SUMS")


@pytest.mark.skipif(OPENSSL is None, reason="openssl is not installed: stock programs cannot be asked")
def test_signature_holds_before_openssl(folder: Path) -> None:
    key = next(
        path.name for path in sorted((folder / "keys").iterdir()) if path.stem in (folder / "bundle.json").read_text()
    )
    words = ("openssl", "pkeyutl", "-verify", "-pubin", "-inkey", f"keys/{key}", "-rawin", "-in", "SHA256SUMS")
    assert "Success" in runs(folder, *words, "-sigfile", "SHA256SUMS.sig")


@pytest.mark.skipif(OPENSSL is None, reason="openssl is not installed: stock programs cannot be asked")
def test_tokens_hold_before_openssl(folder: Path) -> None:
    """Against the note and against the request."""
    replies = sorted((folder / "stamps").glob("*.tsr"))
    assert len(replies) == 8
    for reply in replies:
        size, authority, _ = reply.name.split(".")
        words = ("openssl", "ts", "-verify", "-in", f"stamps/{reply.name}", "-CAfile", f"stamps/{authority}.pem")
        for against in (("-data", f"checkpoints/{size}.note"), ("-queryfile", f"stamps/{size}.{authority}.tsq")):
            assert "Verification: OK" in runs(folder, *words, *against)
