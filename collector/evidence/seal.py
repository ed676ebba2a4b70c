"""Keeps the collector's log: what the ledger holds enters it, checkpoints are signed, and what witnesses hold is heard."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import structlog

from collector.evidence.barrier import Held, Known, is_ahead, objection
from collector.evidence.cosigners import Cosigners
from collector.evidence.signed import Sealed
from collector.evidence.written import WrittenLog
from collector.store.log import CheckpointRow
from schema.errors import EvidenceError, OttemperaError, UnavailableError
from schema.note import MAX_NOTE_BYTES, Checkpoint, Note, verify_own

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from collector.evidence.signed import SignedFile
    from collector.evidence.witnesses import Witness
    from collector.metrics import Metrics
    from collector.store import Store
    from collector.store.log import LogRow
    from schema.note import NoteSignature, NoteSigner

_QUIET_LOOKS: Final = 16  # after so many that found nothing new, everything is looked at again
_UNKNOWN_ROOT: Final = bytes(32)  # of a checkpoint of which only the size is told
_log = structlog.get_logger("collector")


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
        self._cosigners = Cosigners(store, witnesses, now=now, metrics=metrics)
        self._turn = asyncio.Lock()
        self._wake = asyncio.Event()
        self.log = WrittenLog(store, key.public_key, now=now)
        self._newest: Sealed | None = None  # when a pass last found nothing new
        self._marks: tuple[int | None, ...] = ()  # of the ledger then
        self._looks = 0  # since then
        self._ahead: str | None = None  # somebody holds what the database does not: for good
        self._passed = False  # nothing stood against signing when this process began to
        self.barred: str | None = "the log has not been read yet"

    @property
    def origin(self) -> str:
        """The name of the log that is written; empty before `start`."""
        return self.log.row.origin if self.log.row else ""

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
            await self.log.read()

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
            row = self.log.row or await self.log.read()
            marks = await self._store.marks(row.log)
            sealed = self._still(marks)
            fresh = sealed is None and await self._enter()
        if sealed is None:
            newest = None if self._passed else await self._store.newest_checkpoint(row.log)
            if newest is not None:  # whoever is outside is asked; probes come by themselves
                await self._show(_sealed(row, newest))
            sealed = await self._sign(row)
            if sealed is None:
                return None
            self._newest, self._marks, self._looks = (None if fresh else sealed), marks, 0
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
            except Exception:  # noqa: BLE001 - a fault of ours is logged whole, and must not end all sealing in silence
                _log.exception("not sealed")
            with suppress(TimeoutError):
                async with asyncio.timeout(every_s):
                    await self._wake.wait()

    async def newest_sealed(self) -> Sealed | None:
        """The newest signed head; None where there is none, or nothing may be signed."""
        row = self.log.row
        found = await self._store.newest_checkpoint(row.log) if row and self.barred is None else None
        return _sealed(row, found) if row and found else None

    async def newest(self) -> bytes:
        """The newest checkpoint with what is held for it, as far as a note can hold it.

        Raises:
            UnavailableError: there is none that may be shown.
        """
        found = await self.newest_sealed()
        if found is None:
            raise UnavailableError(f"no checkpoint can be shown: {self.barred or 'none is signed yet'}")
        shown = found.note
        for _, line in await self._store.cosignature_lines(found.log, found.checkpoint.size):
            if len(shown) + len(line) > MAX_NOTE_BYTES:  # nobody would read a longer one; a bundle has them all
                break
            shown += line
        return shown

    async def received(self, note: Note) -> None:
        """Take in a checkpoint of this collector that somebody holds, with the cosignatures on it.

        One that the database does not hold ends all signing.

        Raises:
            SignatureError: this collector did not sign it, or a cosignature of somebody who is known does not fit.
        """
        verify_own(note, self.public_key)
        async with self._turn:
            row = await self.log.read()
            if await self._is_foreign(Known(*note.checkpoint)) or note.checkpoint.origin != row.origin:
                return
            if note.checkpoint.size and await self._cosigners.keep(row.log, row.origin, note) and not self._passed:
                self._wake.set()

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
                row = await self.log.read()
                if (
                    not await self._is_foreign(Known(*checkpoint))
                    and checkpoint.origin == row.origin
                    and checkpoint.size
                ):
                    await self._cosigners.keep(row.log, row.origin, Note(checkpoint, (signature,)))

    def _still(self, marks: tuple[int | None, ...]) -> Sealed | None:
        """The newest head as long as the ledger's *marks* are what they were when nothing was new; now and then not."""
        self._looks += 1
        same = marks == self._marks and self._looks <= _QUIET_LOOKS
        return self._newest if same and self._ahead is None and self.barred is None else None

    async def _enter(self) -> bool:
        """Let everything that the ledger holds be in the log; whether anything is new there."""
        try:
            return await self.log.enter()
        except EvidenceError as error:
            self._ahead = str(error)
            return False
        finally:
            self._metrics.log_size.set(len(self.log.tree))

    def _bar(self, why: str) -> None:
        if self.barred != why:
            _log.warning("nothing is signed", detail=why)
        self.barred = why
        self._metrics.barred.set(1)

    async def _held(self, row: LogRow, newest: CheckpointRow | None) -> Held:
        others = [one.origin for one in await self._store.all_logs() if one.log != row.log]
        return Held(row.origin, len(self.log.tree), newest is not None, self.log.tree.root, others)

    async def _objection(self, row: LogRow, newest: CheckpointRow | None) -> str | None:
        if self._ahead is not None:
            return self._ahead
        if row.public_key != self.public_key:
            return "the log is signed by another key: begin a new one"
        if newest is not None and (newest.size > len(self.log.tree) or newest.root != self.log.tree.root(newest.size)):
            return f"the checkpoint of {newest.size} lines is not over the lines: run `ottempera collector fsck`"
        if self._passed:
            return None
        cosigners, heard = await self._cosigners.standing(row.log)
        return objection(await self._held(row, newest), self._file.read(), cosigners=cosigners, heard=heard)

    async def _sign(self, row: LogRow) -> Sealed | None:
        """The newest head, signed if it was not and nothing stands against it."""
        async with self._turn:
            newest = await self._store.newest_checkpoint(row.log)
            if (why := await self._objection(row, newest)) is not None:
                self._bar(why)
                return None
            self._passed, self.barred = True, None
            self._metrics.barred.set(0)
            size = len(self.log.tree)
            if newest is None or newest.size < size:
                checkpoint = Checkpoint(row.origin, size, self.log.tree.root())
                # Before the signature exists: whatever becomes of it, nobody holds more than the file says.
                await asyncio.to_thread(self._file.write, Known(*checkpoint))
                note = Note(checkpoint, (self._key.sign(checkpoint),)).pack()
                newest = CheckpointRow(size, checkpoint.root, note)
                await self._store.put_checkpoint(row.log, newest, self._now())
        return _sealed(row, newest)

    async def _show(self, sealed: Sealed) -> None:
        async def behind(size: int) -> None:
            async with self._turn:
                newest = await self._store.newest_checkpoint(sealed.log)
                if newest is None or size > newest.size:
                    await self._is_foreign(Known(sealed.checkpoint.origin, size, _UNKNOWN_ROOT))

        await self._cosigners.show(sealed, self.log.tree, behind)

    async def _is_foreign(self, known: Known) -> bool:
        """Whether this collector signed *known* over what the database does not hold; then nothing is signed any more."""
        row = await self.log.read()
        if not is_ahead(known, await self._held(row, None)):
            return False
        self._ahead = (
            f"somebody holds a checkpoint of {known.origin} with {known.size} lines that this database does not"
        )
        _log.error("the database is behind its own log", detail=self._ahead, remedy="See `collector seal --new-log`.")
        self._bar(self._ahead)
        await asyncio.to_thread(self._file.write, known)  # so that a restart knows it too
        return True


def _sealed(row: LogRow, newest: CheckpointRow) -> Sealed:
    return Sealed(row.log, Checkpoint(row.origin, newest.size, newest.root), newest.note)
