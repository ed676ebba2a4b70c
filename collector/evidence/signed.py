"""What was signed last, and the file beside the key that says so: durable before a checkpoint leaves, and never in a backup of the database."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from collector.evidence.barrier import Known
from schema.codec import Digest, Wire, encode, reader
from schema.errors import ConfigError, FormatError, UnavailableError

if TYPE_CHECKING:
    from pathlib import Path

    from schema.note import Checkpoint


class _Signed(Wire, frozen=True, omit_defaults=False):
    origin: str
    size: int
    root: Digest


_read = reader(_Signed, "file of what was signed")


class Sealed(NamedTuple):
    """The newest signed head; `note` has the log's own signature only, and is what authorities stamp."""

    log: int
    checkpoint: Checkpoint
    note: bytes


class SignedFile:
    """`<key_file>.signed`."""

    def __init__(self, key_file: Path) -> None:
        """Stand beside *key_file*."""
        self.path = key_file.with_name(key_file.name + ".signed")

    def read(self) -> Known | None:
        """What was signed last; None where there is no file.

        Raises:
            ConfigError: it cannot be read.
        """
        try:
            said = _read(self.path.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, FormatError) as error:
            raise ConfigError(
                f"cannot read {self.path}: {error}", remedy="Remove it: then every witness is asked before signing."
            ) from error
        return Known(said.origin, said.size, bytes.fromhex(said.root))

    def write(self, known: Known) -> None:
        """Make *known* durable.

        Raises:
            UnavailableError: it is not; nothing may be signed.
        """
        fresh = self.path.with_name(self.path.name + ".new")
        body = encode(_Signed(known.origin, known.size, known.root.hex())) + b"\n"
        try:
            descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(body)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(self.path)
            folder = os.open(self.path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError as error:
            raise UnavailableError(f"cannot write {self.path}: {error.strerror}", remedy="Make room there.") from error
