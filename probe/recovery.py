"""Reads what a spool holds on disk: chains in the order in which they began, and of each batch what a restart must know."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from probe.batchfile import list_batches, read_batch
from schema.dsse import BATCH, verify
from schema.errors import OttemperaError, SignatureError
from schema.log import leaf_hash
from schema.record import CloseLine, Head, HeadLine, Record, RotateLine, read_line

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


class ChainFolder(NamedTuple):
    """Where the batches of a chain lie; `place` says which began first (0: before places were written)."""

    place: int
    chain: str
    path: Path


class Batch(NamedTuple):
    """One batch on disk, and what of it outlives the process that wrote it.

    `plans` are those whose records or closes it holds; `head` is the last of the probe's log in it.
    """

    chain: str
    number: int
    digest: str
    path: Path
    size: int
    key: str
    plans: frozenset[str]
    head: Head | None = None


class Found(msgspec.Struct):
    """What the lines of all batches together say."""

    leaves: dict[str, dict[int, bytes]] = msgspec.field(default_factory=dict)  # plan without a close -> cell -> leaf
    closes: dict[str, bytes] = msgspec.field(default_factory=dict)  # plan -> the line
    bare: dict[str, bytes] = msgspec.field(default_factory=dict)  # those of them that no head covers
    rotations: set[str] = msgspec.field(default_factory=set)  # keys (hex) that a `rotate` names


def list_chains(folder: Path) -> list[ChainFolder]:
    """The chains below *folder*, the oldest first."""
    found = [path for path in folder.iterdir() if path.is_dir()] if folder.is_dir() else []
    return [chain for _, chain in sorted((_order(path), _chain(path)) for path in found)]


def chain_path(folder: Path, place: int, chain: str) -> Path:
    """The folder of a chain."""
    return folder / f"{place:06d}-{chain}"


def _chain(path: Path) -> ChainFolder:
    place, dash, chain = path.name.partition("-")
    return ChainFolder(int(place), chain, path) if dash and place.isdigit() else ChainFolder(0, path.name, path)


def _order(path: Path) -> tuple[int, float]:
    place = _chain(path).place
    return place, 0.0 if place else path.stat().st_mtime


def read_chain(folder: ChainFolder, keys: Mapping[str, bytes], found: Found) -> list[Batch]:
    """The batches of a chain in order; what their lines say goes into *found*.

    Raises:
        OttemperaError: a file was changed, or is of a key (by id in *keys*) that is not this probe's.
    """
    return [read_one(path, folder.chain, keys, found) for path in list_batches(folder.path)]


def read_one(path: Path, chain: str, keys: Mapping[str, bytes] | None, found: Found) -> Batch:
    """One of the batches of a chain; without *keys* its signature is left alone.

    Raises:
        OttemperaError: see `read_chain`.
    """
    batch = read_batch(path)
    try:
        if keys is not None:
            verify(keys.get(batch.key, b""), BATCH, batch.body, batch.signature)
    except SignatureError as error:
        raise OttemperaError(
            f"{path} is damaged, or of another key",
            remedy="Keep the file as evidence, move its folder away and start the probe again.",
        ) from error
    plans: set[str] = set()
    head: Head | None = None
    for line in batch.lines():
        parsed = read_line(line)
        if isinstance(parsed, Record):
            plans.add(parsed.plan)
            if parsed.plan not in found.closes:
                found.leaves.setdefault(parsed.plan, {})[parsed.cell] = leaf_hash(line)
        elif isinstance(parsed, CloseLine):
            plans.add(parsed.close.plan)
            found.leaves.pop(parsed.close.plan, None)  # a spool may hold months, and a close is all that they come to
            found.closes[parsed.close.plan] = found.bare[parsed.close.plan] = line
        elif isinstance(parsed, HeadLine):  # it stands behind every line that it covers
            head = parsed.checkpoint
            for plan in plans:
                found.bare.pop(plan, None)
        elif isinstance(parsed, RotateLine):
            found.rotations.add(parsed.rotate.key)
    return Batch(
        chain,
        int(path.stem),
        sha256(batch.body).hexdigest(),
        path,
        path.stat().st_size,
        batch.key,
        frozenset(plans),
        head,
    )
