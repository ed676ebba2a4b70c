"""A bundle that is not signed yet: its files by name, which anybody may change before it is packed, or after."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING

from nacl.signing import SigningKey

from schema.bundle.container import HEADER, SIGNATURE, SUMS, pack

if TYPE_CHECKING:
    from tests.evidence.forge.keys import Keys


@dataclass
class Draft:
    """The files but for the sums and their signature, and who signs."""

    keys: Keys
    files: dict[str, bytes] = field(default_factory=dict)

    def copy(self) -> Draft:
        """Another with the same files."""
        return Draft(self.keys, dict(self.files))

    def lines(self, name: str) -> list[bytes]:
        """The lines of a file, without their newlines."""
        return self.files[name].split(b"\n")[:-1]

    def put_lines(self, name: str, lines: list[bytes]) -> None:
        """Write a file of lines."""
        self.files[name] = b"".join(line + b"\n" for line in lines)

    def names(self, folder: str) -> list[str]:
        """The files beneath *folder*, sorted."""
        return sorted(name for name in self.files if name.startswith(folder))

    def signed(self) -> dict[str, bytes]:
        """Every file, with sums and signature."""
        sums = HEADER + b"".join(
            f"{sha256(self.files[name]).hexdigest()}  {name}\n".encode() for name in sorted(self.files)
        )
        signature = SigningKey(self.keys.seed).sign(sums).signature
        return self.files | {SUMS: sums, SIGNATURE: signature}

    def pack(self) -> bytes:
        """The bundle."""
        return pack(self.signed())
