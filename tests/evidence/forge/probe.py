"""A probe in memory: its chains, its log of each, and the heads it signs."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from schema.codec import encode
from schema.log import Tree, leaf_hash
from schema.note import Checkpoint, probe_origin, witness_name
from schema.record import Begin, BeginLine, ChainHead, Rotate, RotateLine, Seen, SeenLine
from tests.evidence.forge.keys import Keys

if TYPE_CHECKING:
    from datetime import datetime

    from schema.note import NoteSignature
    from schema.registry import Vantage


class SignedHead(NamedTuple):
    """The head of a chain's log as its probe signed it."""

    size: int
    root: str
    signature: bytes


@dataclass
class Chain:
    """One process's stream: the lines of its log and the heads over them; `delivered` heads are in the collector's log."""

    id: str
    keys: Keys
    lines: list[bytes] = field(default_factory=list)
    tree: Tree = field(default_factory=Tree)
    heads: list[SignedHead] = field(default_factory=list)
    delivered: int = 0

    def append(self, line: bytes) -> int:
        """Add a line; its index."""
        self.lines.append(line)
        self.tree.append(leaf_hash(line))
        return len(self.lines) - 1


class Probe:
    """One that measures, at a vantage, with a key; it cosigns what it has seen."""

    def __init__(self, vantage: Vantage) -> None:
        self.vantage = vantage
        self.keys = Keys(f"probe {vantage.id}")
        self.chains: list[Chain] = []

    @property
    def chain(self) -> Chain:
        """The chain that grows."""
        return self.chains[-1]

    def begin(self, at: datetime, after: ChainHead | None = None, keys: Keys | None = None) -> Chain:
        """Start a process, which begins a chain."""
        self.keys = keys or self.keys
        number = len(self.chains) + 1
        name = sha256(f"{self.vantage.id} {number}".encode()).hexdigest()[:32]
        self.chains.append(Chain(name, self.keys))
        begin = Begin(name, self.keys.public.hex(), f"boot-{number}", "0.1.0", at, after)
        self.chain.append(encode(BeginLine(1, begin)))
        return self.chain

    def close(self, line: bytes) -> int:
        """Put a round's close into the log, and a head over it; its index."""
        index = self.chain.append(line)
        self.head()
        return index

    def see(self, checkpoint: Checkpoint, signature: bytes, at: datetime) -> None:
        """Put a checkpoint of the collector's log into this one, and a head over it."""
        seen = Seen(checkpoint.origin, checkpoint.size, checkpoint.root.hex(), signature, at)
        self.chain.append(encode(SeenLine(1, seen)))
        self.head()

    def rotate(self, keys: Keys, at: datetime) -> None:
        """End the chain: the next one is signed with *keys*."""
        self.chain.append(encode(RotateLine(1, Rotate(keys.public.hex(), at))))
        self.head()

    def head(self) -> SignedHead:
        """Sign the chain as it stands."""
        chain = self.chain
        checkpoint = Checkpoint(probe_origin(self.vantage.id, chain.id), len(chain.tree), chain.tree.root())
        head = SignedHead(checkpoint.size, checkpoint.root.hex(), chain.keys.note.sign(checkpoint).blob)
        chain.heads.append(head)
        return head

    def cosign(self, checkpoint: Checkpoint, at: datetime) -> NoteSignature:
        """That this probe has seen *checkpoint*."""
        return self.keys.note.cosign(checkpoint, name=witness_name(self.vantage.id), at=int(at.timestamp()))
