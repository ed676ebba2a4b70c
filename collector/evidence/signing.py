"""The collector's key as it signs a bundle: raw Ed25519 over SHA256SUMS, which stock tools check."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nacl.signing import SigningKey

from schema.dsse import SEED_BYTES
from schema.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path


class BundleKey:
    """Signs the sums of bundles. What it signs begins with a line that nothing else this key signs begins with."""

    def __init__(self, seed: bytes) -> None:
        """Take the 32 byte *seed* of the collector's key."""
        self._key = SigningKey(seed)
        self.public_key = bytes(self._key.verify_key)

    def sign(self, sums: bytes) -> bytes:
        """64 bytes over *sums*."""
        return self._key.sign(sums).signature


def read_bundle_key(path: Path) -> BundleKey:
    """The key in *path*, 32 bytes in hex, which is never made here.

    Raises:
        ConfigError: there is none, or it is none.
    """
    try:
        seed = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except (OSError, ValueError) as error:
        raise ConfigError(f"cannot read the collector's key at {path}", remedy="Name it with --key.") from error
    if len(seed) != SEED_BYTES:
        raise ConfigError(f"{path} holds {len(seed)} bytes, a key has {SEED_BYTES}")
    return BundleKey(seed)
