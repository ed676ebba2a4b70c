"""The collector's signing key: made once, kept where only its user can read it."""

from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING

from schema.dsse import SEED_BYTES, Signer
from schema.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path


def load_or_create_key(path: Path) -> Signer:
    """The key in *path* as it signs plans and receipts; made if there is none.

    Raises:
        ConfigError: what is there is not a key, cannot be read, or can be read by others.
    """
    return Signer(load_or_create_seed(path))


def load_or_create_seed(path: Path) -> bytes:
    """The seed of the key in *path*, 32 bytes in hex there; made if there is none.

    Raises:
        ConfigError: what is there is not a key, cannot be read, or can be read by others.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _load(path)
    except OSError as error:
        raise ConfigError(
            f"cannot make a key at {path}: {error.strerror}", remedy="Name a folder that exists."
        ) from error
    seed = secrets.token_bytes(SEED_BYTES)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(seed.hex() + "\n")
        file.flush()
        os.fsync(file.fileno())
    return seed


def _load(path: Path) -> bytes:
    try:
        text = path.read_text(encoding="ascii").strip()
        mode = path.stat().st_mode
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot read the key at {path}") from error
    if mode & 0o077:
        raise ConfigError(f"others can read {path}", remedy=f"chmod 600 {path}")
    try:
        seed = bytes.fromhex(text)
    except ValueError as error:
        raise ConfigError(f"{path} does not hold a key") from error
    if len(seed) != SEED_BYTES:
        raise ConfigError(f"{path} holds {len(seed)} bytes, a key has {SEED_BYTES}")
    return seed


def read_public_key(text: str) -> bytes:
    """The 32 bytes of a public key written in hex, as `probe keygen` prints it.

    Raises:
        ConfigError: it is not one.
    """
    try:
        key = bytes.fromhex(text.strip())
    except ValueError as error:
        raise ConfigError("a public key is 64 hex digits", remedy="Take it from `ottempera probe keygen`.") from error
    if len(key) != SEED_BYTES:
        raise ConfigError(f"a public key has {SEED_BYTES} bytes, this has {len(key)}")
    return key
