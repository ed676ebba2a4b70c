"""The spool: one file a batch, written, fsynced and renamed; freed when nothing needs it here any more."""

from __future__ import annotations

import errno
from contextlib import suppress
from hashlib import sha256
from typing import TYPE_CHECKING

import zstandard

from probe.again import worth_again
from probe.batchfile import BatchFile
from probe.custody import Custody
from probe.identity import sync_directory, write_durably
from probe.recovery import Batch, ChainFolder, Found, chain_path, list_chains, read_chain
from probe.waiting import Waiting
from schema.codec import encode
from schema.dsse import BATCH
from schema.errors import UnavailableError
from schema.receipt import open_receipt
from schema.record import VERSION, BatchHeader, BatchLine, ChainHead, CloseLine, Record

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping
    from pathlib import Path

    from probe.log import ProbeLog
    from schema.dsse import Signer

FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


class SpoolFullError(UnavailableError):
    """No room for another batch: the quota or the disk is at its end."""


class Spool:
    """A probe's stream of batches on disk, in a chain that this process began.

    Lines wait in memory until `flush` (`probe.waiting`). Batches of earlier chains are held
    beside its own until they may be freed (`probe.custody`); what they say of rounds is read at the start. `new_log` makes
    the probe's log for a chain and what came before it; without one the chain has none, and nothing in it can be freed.
    """

    def __init__(
        self,
        folder: Path,
        signer: Signer,
        *,
        header: Callable[[str, int, str | None], BatchHeader],
        new_chain: Callable[[], str],
        quota_bytes: int,
        new_log: Callable[[str, ChainHead | None], ProbeLog | None] = lambda _chain, _after: None,
        keys: Mapping[str, bytes] | None = None,
    ) -> None:
        """Read what *folder* holds; `header` fills a batch header from (chain, number, previous), *keys* are by their ids.

        Raises:
            OttemperaError: a batch is damaged, or signed with another key.
        """
        self._folder = folder
        self._signer = signer
        self._header = header
        self._new_chain, self._new_log = new_chain, new_log
        self._quota_bytes = quota_bytes
        self._waiting = Waiting()
        self._refused = False
        self._said: set[Path] = set()  # marks of chains that were said again
        self._compressor = zstandard.ZstdCompressor(level=3)
        self.held = Custody()
        folder.mkdir(parents=True, exist_ok=True)
        found = Found()
        self._place = self._recover(keys or {signer.key_id: signer.public_key}, found)
        self.open_rounds = found.leaves
        self.closed_rounds = set(found.closes)  # plans whose close a restart found on disk
        self.rotations = found.rotations  # keys (hex) to which a change was begun
        # Until the agent has noted a close elsewhere, the batch with it is all that says so.
        self._found = frozenset(found.leaves) | frozenset(found.closes)
        self._unnoted = set(self._found)
        for plan in self._unnoted:
            self.held.need(plan)
        self._begin()
        if self.log is not None:
            for plan, line in found.bare.items():
                with suppress(SpoolFullError):  # it stays in memory
                    self.append_to_log(line, plan=plan)

    def _begin(self) -> None:
        """Begin a chain after all that are held."""
        newest = self.held.newest
        after = ChainHead(newest.chain, newest.number, newest.digest) if newest else None
        self._place += 1
        self.chain = self._new_chain()
        self.number = 0
        self.previous: str | None = None
        self._certificates: set[str] = set()
        self._path = chain_path(self._folder, self._place, self.chain)
        self.log = self._new_log(self.chain, after)
        self.held.begin(ChainFolder(self._place, self.chain, self._path))

    # -- writing ------------------------------------------------------------------------------------------------

    def append(self, line: bytes, *, plan: str = "") -> None:
        """Take *line*; *plan* names the round it belongs to. The line that fills a batch is written through.

        Raises:
            SpoolFullError: the line is kept in memory, but it could not be written.
        """
        self._waiting.add(line, plan=plan)
        self._flush_enough()

    def append_to_log(self, line: bytes, *, plan: str = "") -> None:
        """Take *line*, which is one of the probe's log, together with the head that covers it.

        Raises:
            SpoolFullError: the lines are kept in memory, but they could not be written.
        """
        self._waiting.add(line, plan=plan, head=self.log.add(line) if self.log is not None else None)
        self._flush_enough()

    def _flush_enough(self) -> None:
        if self._waiting.enough:
            self.flush()

    def flush(self, *, closing: bool = False) -> Batch | None:
        """Make all lines durable, as one batch unless there was no room for long; the last batch, none without lines.

        *closing*: beyond the quota, too. What a round that is asked no further still has to say is bounded, and only its
        close lets go of what fills the quota.

        Raises:
            SpoolFullError: the lines that could not be written stay in memory.
        """
        written = None
        while self._waiting:
            written = self._write(closing=closing)
        return written

    def _write(self, *, closing: bool) -> Batch:
        if self.bytes_used >= self._quota_bytes and not closing:
            raise SpoolFullError(
                f"the spool holds {self.bytes_used} bytes, its quota is {self._quota_bytes}",
                remedy="Let the probe reach its collector, or raise spool_quota_bytes.",
            )
        part = self._waiting.first()
        number = self.number + 1
        first = [encode(BatchLine(VERSION, self._header(self.chain, number, self.previous)))]
        if number == 1 and self.log is not None:
            first.append(self.log.begin_line)
        body = self._compressor.compress(b"\n".join([*first, *part.lines, b""]))
        digest = sha256(body).hexdigest()
        path = self._path / f"{number:010d}.batch"
        data = BatchFile(self._signer.key_id, self._signer.sign(BATCH, body), body).pack()
        self._put(path, data)
        batch = Batch(self.chain, number, digest, path, len(data), self._signer.key_id, part.plans, part.head)
        self.held.add(batch)
        self.number, self.previous = number, digest
        self._waiting.written(part)
        return batch

    def _put(self, path: Path, data: bytes) -> None:
        try:
            if self.number == 0:
                path.parent.mkdir(exist_ok=True)
                sync_directory(self._folder)
            write_durably(path, data)
        except OSError as error:
            if error.errno in FULL:
                self._refused = True
                raise SpoolFullError(
                    f"cannot write {path}: {error.strerror}", remedy="Free space on the disk."
                ) from error
            raise
        self._refused = False

    def first_use(self, certificate: str) -> bool:
        """Whether *certificate* (hex SHA-256) is not yet in this chain."""
        if certificate in self._certificates:
            return False
        self._certificates.add(certificate)
        return True

    @property
    def bytes_used(self) -> int:
        """What all batches come to, of this chain and of earlier ones."""
        return self.held.bytes_used

    @property
    def full(self) -> bool:
        """Whether the quota is used up or the disk refused the last batch: ask nothing more."""
        return self._refused or self.bytes_used >= self._quota_bytes

    # -- shipping -----------------------------------------------------------------------------------------------

    def pending(self) -> Iterator[Batch]:
        """Batches without a receipt, in order, those of earlier chains first."""
        return self.held.pending()

    def acknowledge(self, batch: Batch, receipt: bytes, *, collector_key: bytes) -> None:
        """Keep *receipt* for *batch*.

        Raises:
            FormatError, SignatureError, EvidenceError: not the collector's receipt for this batch.
        """
        open_receipt(receipt, batch=batch.digest, collector_key=collector_key)
        try:
            write_durably(batch.path.with_suffix(".receipt"), receipt)
        except OSError as error:
            if error.errno not in FULL:
                raise
            # On a full disk memory has to do: after a restart the batch is sent again and the receipt is the same.
        self.held.receipted(batch)

    def send_again(self, chain: str, number: int) -> bool:
        """Let every batch of *chain* from *number* on wait for a receipt again; False if that one is no longer held."""
        again = self.held.send_again(chain, number)
        for batch in again:
            batch.path.with_suffix(".receipt").unlink(missing_ok=True)
        return bool(again)

    def begin_again(self, chain: str, number: int) -> None:
        """Go on without *chain*, of which the collector has lost *number*, no longer here, and can take no more.

        What is here of it from there on and makes rounds whole is said again, once; if *chain* is this process's own,
        another one is begun for that.

        Raises:
            SpoolFullError: the disk has no room. What waits in memory belongs to *chain*, or is what was said again.
        """
        if chain == self.chain:
            self.flush(closing=True)
            self._begin()
        lost = self.held.since(chain, number)
        said = next((batch.path.with_name("said-again") for batch in lost), None)
        if said is None or said in self._said or said.exists():
            return
        self._said.add(said)
        for line, read in worth_again(lost):
            with suppress(SpoolFullError):  # it is bounded by what is here already, and stays in memory
                if isinstance(read, CloseLine):
                    self.append_to_log(line, plan=read.close.plan)
                elif isinstance(read, Record):
                    self.append(line, plan=read.plan)
                elif self.first_use(read.cert):
                    self.append(line)
        self.flush(closing=True)
        with suppress(OSError):  # without it the next process says it once more, which says no more
            write_durably(said, b"")

    def included(self, chain: str, size: int) -> None:
        """The head of *size* lines of the log of *chain* is in a checkpoint of the collector that this probe cosigned."""
        self.held.included(chain, size)

    def round_open(self, plan: str) -> dict[int, bytes]:
        """What is known of *plan*, cell -> leaf, which is brought to its close from here on; its batches stay meanwhile."""
        self.held.need(plan)
        return self.open_rounds.setdefault(plan, {})

    def round_closed(self, plan: str, *, begun: Collection[str] = ()) -> None:
        """The close of *plan* is on disk and noted elsewhere: its batches are no longer needed here.

        *begun* are the plans (ids) that by what is noted still wait for their close.
        """
        self.open_rounds.pop(plan, None)
        noted = {plan}
        if plan not in self._found:  # those of which something was found are brought to their close before all others
            noted |= self._unnoted.difference(begun)
        self._unnoted -= noted
        for one in noted:
            self.held.settle(one)
        self.free()

    def free(self) -> None:
        """Delete what nothing needs here any more."""
        for batch in self.held.free_to_go():
            batch.path.unlink()
            batch.path.with_suffix(".receipt").unlink(missing_ok=True)
            if (ended := self.held.drop(batch)) is not None:
                with suppress(OSError):  # something that is not ours lies in it
                    ended.path.rmdir()

    # -- recovery -----------------------------------------------------------------------------------------------

    def _recover(self, keys: Mapping[str, bytes], found: Found) -> int:
        """Take over every batch that is held; the place of the newest chain."""
        for part in self._folder.glob("*/*.part"):
            part.unlink()
        place = 0
        for chain in list_chains(self._folder):
            self.held.begin(chain)
            for batch in read_chain(chain, keys, found):
                self.held.add(batch, receipted=batch.path.with_suffix(".receipt").exists())
            for receipt in chain.path.glob("*.receipt"):
                if not receipt.with_suffix(".batch").exists():  # it died between the two removals
                    receipt.unlink()
            with suppress(OSError):  # only a chain of which nothing is left goes
                chain.path.rmdir()
            place = chain.place
        return place
