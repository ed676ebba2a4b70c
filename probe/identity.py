"""The probe's key: made once, kept where only its user can read it."""

from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING

from schema.dsse import SEED_BYTES, Signer
from schema.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path


def create_key(path: Path) -> Signer:
    """Make a key at *path*; written whole or not at all.

    Raises:
        ConfigError: there is one already.
    """
    if path.exists():
        raise ConfigError(f"{path} exists", remedy="A key is never overwritten: move it away first, or use it.")
    path.parent.mkdir(parents=True, exist_ok=True)
    seed = secrets.token_bytes(SEED_BYTES)
    write_durably(path, seed.hex().encode() + b"\n", mode=0o600)
    return Signer(seed)


def load_key(path: Path) -> Signer:
    """The key at *path*.

    Raises:
        ConfigError: there is none, it is not a key, or others can read it.
    """
    try:
        text = path.read_text().strip()
        mode = path.stat().st_mode
    except OSError as error:
        raise ConfigError(f"no key at {path}: {error.strerror}", remedy="Make one: ottempera probe keygen") from error
    if mode & 0o077:
        raise ConfigError(f"others can read {path}", remedy=f"chmod 600 {path}")
    try:
        seed = bytes.fromhex(text)
    except ValueError as error:
        raise ConfigError(f"{path} does not hold a key") from error
    if len(seed) != SEED_BYTES:
        raise ConfigError(f"{path} holds {len(seed)} bytes, a key has {SEED_BYTES}")
    return Signer(seed)


def load_or_create_key(path: Path) -> Signer:
    """The key at *path*, made if there is none."""
    return load_key(path) if path.exists() else create_key(path)


def write_durably(path: Path, data: bytes, *, mode: int = 0o644) -> None:
    """Replace *path* by *data* so that after a crash it holds the old bytes or the new, never a part."""
    partial = path.with_name(path.name + ".part")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError:
        partial.unlink(missing_ok=True)
        raise
    sync_directory(path.parent)


def sync_directory(path: Path) -> None:
    """Make renames and removals in *path* durable."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
