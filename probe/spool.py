"""The spool: one file a batch, written, fsynced and renamed; freed against a checked receipt."""

from __future__ import annotations

import errno
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

import zstandard

from probe.batchfile import BatchFile, list_batches, read_batch
from probe.identity import sync_directory, write_durably
from schema.codec import encode
from schema.dsse import BATCH, verify
from schema.errors import OttemperaError, SignatureError, UnavailableError
from schema.log import leaf_hash
from schema.receipt import open_receipt
from schema.record import VERSION, BatchHeader, BatchLine, Certificate, CloseLine, Record, read_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from schema.dsse import Signer

MAX_LINES = 1000
#: What lines of one batch come to at most (one that is longer stands alone): collectors refuse bodies of 8 MiB, and what
#: hostile resolvers answer does not compress.
MAX_BYTES = 4 * 1024 * 1024
FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


class SpoolFullError(UnavailableError):
    """No room for another batch: the quota or the disk is at its end."""


class Held(NamedTuple):
    """A batch that waits for its receipt, or for its round to close."""

    number: int
    digest: str
    path: Path
    plans: frozenset[str]  # whose records or closes it holds


class Spool:
    """A probe's stream of batches on disk.

    Lines wait in memory until `flush`, at most MAX_LINES of them and MAX_BYTES in all. A batch is freed when its receipt was checked and
    every round it has records of is closed on disk: until then it is what a restart rebuilds an open round from. The
    newest batch always stays, since it carries the chain.
    """

    def __init__(
        self,
        folder: Path,
        signer: Signer,
        *,
        header: Callable[[str, int, str | None], BatchHeader],
        new_chain: Callable[[], str],
        quota_bytes: int,
    ) -> None:
        """Read what *folder* holds; `header` fills a batch header from (chain, number, previous)."""
        self._folder = folder
        self._signer = signer
        self._header = header
        self._quota_bytes = quota_bytes
        self._lines: list[bytes] = []
        self._bytes = 0  # of the lines
        self._plans: set[str] = set()
        self._certificates: set[str] = set()
        self._refused = False
        self._held: dict[int, Held] = {}
        self._receipted: set[int] = set()
        self._compressor = zstandard.ZstdCompressor(level=3)
        self.open_rounds: dict[str, dict[int, bytes]] = {}  # plan -> cell -> leaf
        self.closed_rounds: set[str] = set()  # plans whose close a restart found on disk
        self.bytes_used = 0
        self.number = 0
        self.previous: str | None = None
        folder.mkdir(parents=True, exist_ok=True)
        self.chain = self._recover() or new_chain()
        (folder / self.chain).mkdir(exist_ok=True)
        sync_directory(folder)

    # -- writing ------------------------------------------------------------------------------------------------

    def append(self, line: bytes, *, plan: str = "") -> None:
        """Take *line*; *plan* names the round it belongs to. The line that fills a batch is written through.

        Raises:
            SpoolFullError: the line is kept in memory, but it could not be written.
        """
        self._lines.append(line)
        self._bytes += len(line)
        if plan:
            self._plans.add(plan)
        if len(self._lines) >= MAX_LINES or self._bytes >= MAX_BYTES:
            self.flush()

    def flush(self, *, closing: bool = False) -> Held | None:
        """Make all lines durable, as one batch unless there was no room for long; the last batch, none without lines.

        *closing*: beyond the quota, too. What a round that is asked no further still has to say is bounded, and only its
        close lets go of what fills the quota.

        Raises:
            SpoolFullError: the lines that could not be written stay in memory.
        """
        held = None
        while self._lines:
            held = self._write(closing=closing)
        return held

    def _write(self, *, closing: bool) -> Held:
        if self.bytes_used >= self._quota_bytes and not closing:
            raise SpoolFullError(
                f"the spool holds {self.bytes_used} bytes, its quota is {self._quota_bytes}",
                remedy="Let the probe reach its collector, or raise spool_quota_bytes.",
            )
        count = self._fitting()
        lines = self._lines[:count]
        number = self.number + 1
        first = encode(BatchLine(VERSION, self._header(self.chain, number, self.previous)))
        body = self._compressor.compress(b"\n".join([first, *lines, b""]))
        digest = sha256(body).hexdigest()
        path = self._folder / self.chain / f"{number:010d}.batch"
        data = BatchFile(self._signer.key_id, self._signer.sign(BATCH, body), body).pack()
        try:
            write_durably(path, data)
        except OSError as error:
            if error.errno in FULL:
                self._refused = True
                raise SpoolFullError(
                    f"cannot write {path}: {error.strerror}", remedy="Free space on the disk."
                ) from error
            raise
        self._refused = False
        held = Held(number, digest, path, frozenset(self._plans))
        self._held[number] = held
        self.number, self.previous = number, digest
        self.bytes_used += len(data)
        self._lines = self._lines[count:]
        self._bytes -= sum(map(len, lines))
        if not self._lines:
            self._plans = set()
        return held

    def _fitting(self) -> int:
        """How many of the lines go into one batch; at least one."""
        if len(self._lines) <= MAX_LINES and self._bytes <= MAX_BYTES:
            return len(self._lines)
        count = size = 0
        for line in self._lines[:MAX_LINES]:
            size += len(line)
            if count and size > MAX_BYTES:
                break
            count += 1
        return count

    def first_use(self, certificate: str) -> bool:
        """Whether *certificate* (hex SHA-256) is not yet in this chain as far as is known here."""
        if certificate in self._certificates:
            return False
        self._certificates.add(certificate)
        return True

    @property
    def full(self) -> bool:
        """Whether the quota is used up or the disk refused the last batch: ask nothing more."""
        return self._refused or self.bytes_used >= self._quota_bytes

    # -- shipping -----------------------------------------------------------------------------------------------

    def pending(self) -> Iterator[Held]:
        """Batches without a receipt, in order."""
        return (self._held[number] for number in sorted(self._held) if number not in self._receipted)

    def acknowledge(self, held: Held, receipt: bytes, *, collector_key: bytes) -> None:
        """Free *held* against *receipt*.

        Raises:
            FormatError, SignatureError, EvidenceError: not the collector's receipt for this batch; nothing is freed.
        """
        open_receipt(receipt, batch=held.digest, collector_key=collector_key)
        if not self._free_to_go(held):
            try:
                write_durably(held.path.with_suffix(".receipt"), receipt)
            except OSError as error:
                if error.errno not in FULL:
                    raise
                # On a full disk memory has to do: after a restart the batch is sent again and the receipt is the same.
        self._receipted.add(held.number)
        self.free()

    def send_again(self, number: int) -> bool:
        """Let every batch from *number* on wait for a receipt again; False if that one is no longer held."""
        if number not in self._held:
            return False
        for later in [later for later in self._receipted if later >= number]:
            self._receipted.discard(later)
            self._held[later].path.with_suffix(".receipt").unlink(missing_ok=True)
        return True

    def round_closed(self, plan: str) -> None:
        """The close of *plan* is on disk: its records are no longer needed to rebuild the round."""
        self.open_rounds.pop(plan, None)
        self.free()

    def free(self) -> None:
        """Delete what is receipted and no longer needed."""
        for number in sorted(self._receipted):
            held = self._held[number]
            if self._free_to_go(held):
                self.bytes_used -= held.path.stat().st_size
                held.path.unlink()
                held.path.with_suffix(".receipt").unlink(missing_ok=True)
                del self._held[number]
                self._receipted.discard(number)

    def _free_to_go(self, held: Held) -> bool:
        return held.number != self.number and not held.plans & self.open_rounds.keys()

    # -- recovery -----------------------------------------------------------------------------------------------

    def _recover(self) -> str | None:
        """Read every batch that is held; the chain goes on after the newest."""
        chains = sorted(
            (path for path in self._folder.iterdir() if path.is_dir()), key=lambda path: path.stat().st_mtime
        )
        for part in self._folder.glob("*/*.part"):
            part.unlink()
        chain = chains[-1] if chains else None
        if chain is None:
            return None
        for path in list_batches(chain):
            self._take(path)
        for plan in self.closed_rounds:
            self.open_rounds.pop(plan, None)
        # Nothing is freed here: until the agent has noted a close elsewhere, the batch with it is all that says so.
        for receipt in chain.glob("*.receipt"):
            if not receipt.with_suffix(".batch").exists():  # it died between the two removals
                receipt.unlink()
        return chain.name

    def _take(self, path: Path) -> None:
        batch = read_batch(path)
        number = int(path.stem)
        try:
            verify(self._signer.public_key, BATCH, batch.body, batch.signature)
        except SignatureError as error:
            raise OttemperaError(
                f"{path} is damaged",
                remedy="Keep the file as evidence, move its folder away and start the probe again.",
            ) from error
        plans: set[str] = set()
        for line in batch.lines():
            parsed = read_line(line)
            if isinstance(parsed, Record):
                plans.add(parsed.plan)
                self.open_rounds.setdefault(parsed.plan, {})[parsed.cell] = leaf_hash(line)
            elif isinstance(parsed, CloseLine):
                plans.add(parsed.close.plan)
                self.closed_rounds.add(parsed.close.plan)
            elif isinstance(parsed, Certificate):
                self._certificates.add(parsed.cert)
        digest = sha256(batch.body).hexdigest()
        self._held[number] = Held(number, digest, path, frozenset(plans))
        if path.with_suffix(".receipt").exists():
            self._receipted.add(number)
        self.number, self.previous = number, digest
        self.bytes_used += path.stat().st_size
