"""Keeps the collector's log: what the ledger holds enters it, checkpoints are signed, and what witnesses hold is heard."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Final, NamedTuple

import structlog

from collector.evidence.barrier import Held, Known, is_ahead, objection
from collector.evidence.log import begin, compose
from collector.evidence.witnesses import Behind, Cosigned
from collector.store.log import CheckpointRow
from schema.errors import OttemperaError, SignatureError, UnavailableError
from schema.log import Tree
from schema.note import Checkpoint, Note, cosigned_at, verify_own, witness_name

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from collector.evidence.signed import SignedFile
    from collector.evidence.witnesses import Witness
    from collector.metrics import Metrics
    from collector.store import Store
    from collector.store.log import LogRow
    from schema.note import NoteSignature, NoteSigner

_LATE_BATCHES: Final = 2000  # batches may become visible so many numbers late; what is later still, a start finds
_UNKNOWN_ROOT: Final = bytes(32)  # of a checkpoint of which only the size is told
_log = structlog.get_logger("collector")


class Sealed(NamedTuple):
    """The newest signed head; `note` has the log's own signature only, and is what authorities stamp."""

    log: int
    checkpoint: Checkpoint
    note: bytes


class Sealer:
    """The one that signs.

    Whatever is signed is in the database first, in one order for all processes, and in the file beside the key; so two
    processes on one database cannot differ, and one on an older database is told by the file or by those who cosigned.
    """

    def __init__(
        self,
        store: Store,
        key: NoteSigner,
        file: SignedFile,
        *,
        now: Callable[[], datetime],
        metrics: Metrics,
        witnesses: Sequence[Witness] = (),
    ) -> None:
        self._store = store
        self._key = key
        self._file = file
        self._now = now
        self._metrics = metrics
        self._outside = tuple(witnesses)
        self._turn = asyncio.Lock()
        self._wake = asyncio.Event()
        self._row: LogRow | None = None
        self._tree = Tree()
        self._from_batch = 0
        self._heard: set[str] = set()
        self._ahead: str | None = None  # somebody holds what the database does not: for good
        self._passed = False  # nothing stood against signing when this process began to
        self.barred: str | None = "the log has not been read yet"

    @property
    def origin(self) -> str:
        """The name of the log that is written; empty before `start`."""
        return self._row.origin if self._row else ""

    @property
    def public_key(self) -> bytes:
        """Signs the checkpoints."""
        return self._key.public_key

    async def start(self) -> None:
        """Begin the log if there is none, and read it.

        Raises:
            UnavailableError: the database is away.
        """
        async with self._turn:
            await self._read()

    async def seal(self) -> Sealed | None:
        """Enter what has no entry yet, sign the head and show it to the outside witnesses; the newest head.

        None where nothing may be signed: `barred` says why.

        Raises:
            UnavailableError: the database is away, or the file beside the key cannot be written.
        """
        async with self._turn:
            if not await self._store.claim_signing():
                self._bar("another process signs this database")
                return None
            row = await self._enter()
            newest = await self._store.newest_checkpoint(row.log)
        if not self._passed and newest is not None:  # whoever is outside is asked; probes come by themselves
            await self._show(_sealed(row, newest))
        async with self._turn:
            newest = await self._store.newest_checkpoint(row.log)
            if (why := await self._objection(row, newest)) is not None:
                self._bar(why)
                return None
            self._passed, self.barred = True, None
            self._metrics.barred.set(0)
            sealed = await self._sign(row, newest)
        await self._show(sealed)
        return sealed

    async def keep_sealing(self, every_s: float) -> None:
        """For ever; at once when a witness that was waited for is heard, later without a database."""
        while True:
            self._wake.clear()
            try:
                await self.seal()
            except OttemperaError as error:
                _log.warning("not sealed", detail=str(error), remedy=error.remedy)
            with suppress(TimeoutError):
                async with asyncio.timeout(every_s):
                    await self._wake.wait()

    async def newest_sealed(self) -> Sealed | None:
        """The newest signed head; None where there is none, or nothing may be signed."""
        row = self._row
        found = await self._store.newest_checkpoint(row.log) if row and self.barred is None else None
        return _sealed(row, found) if row and found else None

    async def newest(self) -> bytes:
        """The newest checkpoint with all that is held for it.

        Raises:
            UnavailableError: there is none that may be shown.
        """
        found = await self.newest_sealed()
        if found is None:
            raise UnavailableError(f"no checkpoint can be shown: {self.barred or 'none is signed yet'}")
        lines = [line for _, line in await self._store.cosignature_lines(found.log, found.checkpoint.size)]
        return found.note + b"".join(lines)

    async def received(self, note: Note) -> None:
        """Take in a checkpoint of this collector that somebody holds, with the cosignatures on it.

        One that the database does not hold ends all signing.

        Raises:
            SignatureError: this collector did not sign it, or a cosignature of somebody who is known does not fit.
        """
        verify_own(note, self.public_key)
        async with self._turn:
            row = await self._read()
            if await self._is_foreign(Known(*note.checkpoint)) or note.checkpoint.origin != row.origin:
                return
            if note.checkpoint.size:
                await self._keep(row, note)

    async def saw(self, checkpoint: Checkpoint, signature: NoteSignature) -> None:
        """Take in that a probe's log holds this checkpoint.

        Raises:
            SignatureError: it is said to be of this collector's log and is not signed by it.
        """
        logs = {one.origin: one.public_key for one in await self._store.all_logs()}
        key = logs.get(checkpoint.origin)
        if key is None:
            return
        verify_own(Note(checkpoint, (signature,)), key)
        if key == self.public_key:
            async with self._turn:
                await self._read()
                await self._is_foreign(Known(*checkpoint))

    def consistency(self, old: int, size: int) -> tuple[bytes, ...]:
        """What shows that *old* lines are the beginning of *size*.

        Raises:
            IndexError: there are not so many.
        """
        return self._tree.consistency(old, size)

    async def inclusion(self, leaf: bytes, size: int) -> tuple[int, tuple[bytes, ...]] | None:
        """Where *leaf* stands among the first *size* lines, and what shows it; None if it does not.

        Raises:
            IndexError: there are not so many.
        """
        index = await self._store.index_of(self._row.log, leaf) if self._row else None
        if index is None or index >= size:
            return None
        return index, self._tree.inclusion(index, size)

    async def lines(self, first: int, count: int) -> list[bytes]:
        """At most *count* lines from *first* on."""
        return await self._store.log_lines(self._row.log, first, count) if self._row else []

    def _bar(self, why: str) -> None:
        if self.barred != why:
            _log.warning("nothing is signed", detail=why)
        self.barred = why
        self._metrics.barred.set(1)

    async def _read(self) -> LogRow:
        """The log that is written, read up to its end."""
        row = self._row or await self._store.log()
        if row is None:
            row = await self._store.begin_log(*begin(1, self.public_key, self._now()), self._now())
        self._row = row
        for leaf in await self._store.leaves(row.log, len(self._tree)):
            self._tree.append(leaf)
        return row

    async def _enter(self) -> LogRow:
        """The log, with everything in it that the ledger holds."""
        row = await self._read()
        size, rows = await self._store.sequence(row.log, self._from_batch, compose)
        if rows.heads:
            self._from_batch = max(self._from_batch, max(one.batch for one in rows.heads) - _LATE_BATCHES)
        await self._read()
        if len(self._tree) != size or (
            size and await self._store.index_of(row.log, self._tree.leaf(size - 1)) != size - 1
        ):
            self._ahead = f"the database holds {size} lines of the log, other than were read before"
        self._metrics.log_size.set(size)
        return row

    async def _held(self, row: LogRow, newest: CheckpointRow | None) -> Held:
        others = [one.origin for one in await self._store.all_logs() if one.log != row.log]
        return Held(row.origin, len(self._tree), newest is not None, self._tree.root, others)

    async def _objection(self, row: LogRow, newest: CheckpointRow | None) -> str | None:
        if self._ahead is not None:
            return self._ahead
        if row.public_key != self.public_key:
            return "the log is signed by another key: begin a new one"
        if newest is not None and (newest.size > len(self._tree) or newest.root != self._tree.root(newest.size)):
            return f"the checkpoint of {newest.size} lines is not over the lines: run `ottempera collector fsck`"
        if self._passed:
            return None
        allowed = (await self._probe_keys()).keys() | {one.settings.name for one in self._outside}
        cosigners = (await self._store.cosigners(row.log)).keys() & allowed
        held = await self._held(row, newest)
        return objection(held, self._file.read(), cosigners=cosigners, heard=self._heard & allowed)

    async def _sign(self, row: LogRow, newest: CheckpointRow | None) -> Sealed:
        size = len(self._tree)
        if newest is None or newest.size < size:
            checkpoint = Checkpoint(row.origin, size, self._tree.root())
            # Before the signature exists: whatever becomes of it, nobody holds more than the file says.
            await asyncio.to_thread(self._file.write, Known(*checkpoint))
            note = Note(checkpoint, (self._key.sign(checkpoint),)).pack()
            newest = CheckpointRow(size, checkpoint.root, note)
            await self._store.put_checkpoint(row.log, newest, self._now())
        return _sealed(row, newest)

    async def _is_foreign(self, known: Known) -> bool:
        """Whether this collector signed *known* over what the database does not hold; then nothing is signed any more."""
        row = await self._read()
        if not is_ahead(known, await self._held(row, None)):
            return False
        self._ahead = (
            f"somebody holds a checkpoint of {known.origin} with {known.size} lines that this database does not"
        )
        _log.error("the database is behind its own log", detail=self._ahead, remedy="See `collector seal --new-log`.")
        self._bar(self._ahead)
        await asyncio.to_thread(self._file.write, known)  # so that a restart knows it too
        return True

    async def _keep(self, row: LogRow, note: Note) -> None:
        """Keep what is new of *note*, which is over the lines that are here."""
        checkpoint = note.checkpoint
        own = next(one for one in note.signatures if one.name == row.origin)
        kept = CheckpointRow(checkpoint.size, checkpoint.root, Note(checkpoint, (own,)).pack())
        known = await self._store.checkpoint(row.log, checkpoint.size)
        if known is None:
            await self._store.put_checkpoint(row.log, kept, self._now())
        keys = await self._probe_keys()
        keys |= {one.settings.name: [one.settings.public_key] for one in self._outside}
        for one in note.signatures:
            if one.name in keys:
                _check_cosignature(checkpoint, one, keys[one.name])
                await self._store.put_cosignature(row.log, checkpoint.size, one.name, one.line, self._now())
                self._heard.add(one.name)
                if not self._passed:
                    self._wake.set()

    async def _probe_keys(self) -> dict[str, list[bytes]]:
        keys: dict[str, list[bytes]] = {}
        for one in await self._store.holdings():
            if not one.revoked:
                keys.setdefault(witness_name(one.probe), []).append(one.public_key)
        return keys

    async def _show(self, sealed: Sealed) -> None:
        cosigners = await self._store.cosigners(sealed.log) if self._outside else {}
        asked = (self._show_to(one, sealed, cosigners.get(one.settings.name, 0)) for one in self._outside)
        await asyncio.gather(*asked)

    async def _show_to(self, witness: Witness, sealed: Sealed, old: int) -> None:
        """Have *witness* cosign, from where it says it is; its trouble is counted and keeps nobody up."""
        name, checkpoint = witness.settings.name, sealed.checkpoint
        if old == checkpoint.size and name in self._heard:
            return
        try:
            reply = await witness.add_checkpoint(old, self._tree.consistency(old, checkpoint.size), sealed.note)
            if isinstance(reply, Behind) and reply.size <= checkpoint.size:
                proof = self._tree.consistency(reply.size, checkpoint.size)
                reply = await witness.add_checkpoint(reply.size, proof, sealed.note)
            if isinstance(reply, Cosigned):
                for one in reply.signatures:
                    if one.name == name:
                        _check_cosignature(checkpoint, one, [witness.settings.public_key])
                        await self._store.put_cosignature(sealed.log, checkpoint.size, name, one.line, self._now())
                        self._heard.add(name)
            else:
                async with self._turn:
                    newest = await self._store.newest_checkpoint(sealed.log)
                    if newest is None or reply.size > newest.size:
                        await self._is_foreign(Known(checkpoint.origin, reply.size, _UNKNOWN_ROOT))
        except OttemperaError as error:
            self._metrics.witness_troubles.labels(name).inc()
            _log.warning("not cosigned", witness=name, size=checkpoint.size, detail=str(error))


def _sealed(row: LogRow, newest: CheckpointRow) -> Sealed:
    return Sealed(row.log, Checkpoint(row.origin, newest.size, newest.root), newest.note)


def _check_cosignature(checkpoint: Checkpoint, signature: NoteSignature, keys: Sequence[bytes]) -> None:
    """Return if one of *keys* made it.

    Raises:
        SignatureError: none did.
    """
    for key in keys:
        with suppress(SignatureError):
            cosigned_at(checkpoint, signature, key)
            return
    raise SignatureError(f"the cosignature of {signature.name} does not fit the checkpoint and its key")
