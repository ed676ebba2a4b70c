"""The probe's key: made once, kept where only its user can read it; those that it used before stay beside it."""

from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING

from schema.dsse import SEED_BYTES, Signer
from schema.errors import ConfigError
from schema.note import NoteSigner

if TYPE_CHECKING:
    from pathlib import Path


class ProbeKey(Signer):
    """One key with its two uses: it signs batches (DSSE) and, through `notes`, heads of logs (signed notes)."""

    def __init__(self, seed: bytes) -> None:
        """Take the 32 byte *seed* of an Ed25519 key."""
        super().__init__(seed)
        self.notes = NoteSigner(seed)


def create_key(path: Path) -> ProbeKey:
    """Make a key at *path*; written whole or not at all.

    Raises:
        ConfigError: there is one already.
    """
    if path.exists():
        raise ConfigError(f"{path} exists", remedy="A key is never overwritten: move it away first, or use it.")
    path.parent.mkdir(parents=True, exist_ok=True)
    seed = secrets.token_bytes(SEED_BYTES)
    write_durably(path, seed.hex().encode() + b"\n", mode=0o600)
    return ProbeKey(seed)


def load_key(path: Path) -> ProbeKey:
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
    return ProbeKey(seed)


def load_or_create_key(path: Path) -> ProbeKey:
    """The key at *path*, made if there is none."""
    return load_key(path) if path.exists() else create_key(path)


def next_key(state: Path) -> Path:
    """Where the key lies that a change of key will put in the place of the present one."""
    return state / "key.new"


def known_keys(state: Path, present: Signer) -> dict[str, bytes]:
    """Public keys by their ids: the *present* one and those that this probe used before."""
    before = (load_key(path) for path in sorted(state.glob("key.*.old")))
    return {key.key_id: key.public_key for key in (present, *before)}


def change_key(state: Path) -> ProbeKey:
    """Put the next key in the place of the present one, which is kept; a crash on the way leaves one or the other.

    Raises:
        ConfigError: one of the two is not there.
    """
    present, following = load_key(state / "key"), load_key(next_key(state))
    write_durably(state / f"key.{present.key_id[:16]}.old", (state / "key").read_bytes(), mode=0o600)
    next_key(state).replace(state / "key")
    sync_directory(state)
    return following


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
