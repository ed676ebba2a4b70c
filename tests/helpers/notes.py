"""Probes' logs and cosignatures for tests of a collector: streams that keep a log, witnesses that look at one."""

from __future__ import annotations

from base64 import b64decode
from typing import TYPE_CHECKING

from schema.codec import encode
from schema.log import Tree, is_consistent, leaf_hash
from schema.note import Checkpoint, Note, NoteSigner, probe_origin, read_note, verify_own, witness_name
from schema.record import VERSION, Begin, BeginLine, Head, HeadLine, Rotate, RotateLine, Seen, SeenLine
from tests.helpers.batches import START, Writer, seed_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.helpers.batches import Signed
    from tests.helpers.collector import Running


class LogWriter(Writer):
    """A probe's stream that keeps a log: `begin` first, and a head after each line of the log."""

    def __init__(self, probe: str, *, chain: str = "", lab: bool = False) -> None:
        super().__init__(probe, chain=chain, lab=lab)
        self.notes = NoteSigner(seed_of(probe))
        self.tree = Tree()

    def begin(self, **changes: object) -> list[bytes]:
        """The lines that begin the chain."""
        fields = {"chain": self.chain, "key": self.notes.public_key.hex(), "boot": "b", "build": "t", "at": START}
        return self.logged(encode(BeginLine(VERSION, Begin(**(fields | changes)))))  # type: ignore[arg-type]  # wrong ones are the point of some tests

    def logged(self, line: bytes) -> list[bytes]:
        """*line* as one of the log, with its head."""
        self.tree.append(leaf_hash(line))
        return [line, self.head()]

    def head(self, root: bytes | None = None) -> bytes:
        """The line of the head over what is logged."""
        root = root or self.tree.root()
        checkpoint = Checkpoint(probe_origin(self.probe, self.chain), len(self.tree), root)
        return encode(HeadLine(VERSION, Head(len(self.tree), root.hex(), self.notes.sign(checkpoint).blob)))

    def rotate(self, key: bytes) -> list[bytes]:
        """The lines that end the log."""
        return self.logged(encode(RotateLine(VERSION, Rotate(key.hex(), START))))

    def seen(self, note: Note) -> list[bytes]:
        """The lines that say this checkpoint was seen."""
        head, own = note.checkpoint, note.signatures[0]
        return self.logged(encode(SeenLine(VERSION, Seen(head.origin, head.size, head.root.hex(), own.blob, START))))

    def round(self, lines: Iterable[bytes]) -> Signed:
        """A batch of a round's *lines*, the last of which is its close."""
        *records, close = lines
        first = self.begin() if self.number == 0 else []
        return self.batch([*first, *records, *self.logged(close)])


class Watcher:
    """A witness: shows what it holds first, takes a checkpoint that follows from it, cosigns it and posts it."""

    def __init__(self, probe: str) -> None:
        self.name = witness_name(probe)
        self.key = NoteSigner(seed_of(probe))
        self.held: Note | None = None
        self.forks: list[tuple[Note, Note]] = []

    async def post(self, running: Running) -> None:
        """Show the newest checkpoint that is held."""
        if self.held is not None:
            reply = await running.request("POST", "/v1/log/cosignatures", data=self.held.pack())
            assert reply.status == 204, reply

    async def look(self, running: Running, public_key: bytes) -> Note | None:
        """One poll; the checkpoint that was cosigned, or None if there was none to see."""
        await self.post(running)
        reply = await running.request("GET", "/v1/log/checkpoint")
        if reply.status != 200:
            return None
        note = read_note(reply.body)
        verify_own(note, public_key)
        head, own = note.checkpoint, next(one for one in note.signatures if one.name == note.checkpoint.origin)
        if self.held is not None and not await self._follows(running, self.held.checkpoint, head):
            self.forks.append((self.held, note))
            return None
        cosigned = self.key.cosign(head, name=self.name, at=int(START.timestamp()))
        self.held = Note(head, (own, cosigned))
        await self.post(running)
        return self.held

    async def _follows(self, running: Running, old: Checkpoint, new: Checkpoint) -> bool:
        reply = await running.request("GET", f"/v1/log/consistency?from={old.size}&to={new.size}")
        if reply.status != 200 or old.origin != new.origin:
            return False
        proof = [b64decode(one) for one in reply.document["hashes"]]
        return is_consistent(old.size, old.root, new.size, new.root, proof)
