"""A batch on disk: key, signature and body, exactly what is sent."""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import TYPE_CHECKING, NamedTuple

import zstandard

from schema.errors import FormatError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAX_BATCH_BYTES = 64 * 1024 * 1024


class BatchFile(NamedTuple):
    """Hex key id, 64 bytes of signature, zstd body."""

    key: str
    signature: bytes
    body: bytes

    def pack(self) -> bytes:
        """The file: one line of text with key and signature, then the body."""
        return b"%b %b\n%b" % (self.key.encode(), b64encode(self.signature), self.body)

    def lines(self) -> Iterator[bytes]:
        """The lines of the body, without their newlines.

        Raises:
            FormatError: not zstd, or more than MAX_BATCH_BYTES.
        """
        try:
            with zstandard.ZstdDecompressor().stream_reader(self.body) as reader:
                text = reader.read(MAX_BATCH_BYTES + 1)
        except zstandard.ZstdError as error:
            raise FormatError(f"batch: {error}") from error
        if len(text) > MAX_BATCH_BYTES:
            raise FormatError(f"batch: more than {MAX_BATCH_BYTES} bytes")
        return (line for line in text.split(b"\n") if line)


def read_batch(path: Path) -> BatchFile:
    """The batch in *path*.

    Raises:
        FormatError: the file is not one.
    """
    head, _, body = path.read_bytes().partition(b"\n")
    key, _, signature = head.partition(b" ")
    try:
        return BatchFile(key.decode("ascii"), b64decode(signature, validate=True), body)
    except ValueError as error:
        raise FormatError(f"{path} is not a batch") from error


def list_batches(folder: Path) -> list[Path]:
    """Batch files in the order of their numbers."""
    return sorted(folder.glob("*.batch"))
