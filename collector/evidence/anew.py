"""Begins a new log where the old one cannot be signed any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from collector.evidence.barrier import Known
from collector.evidence.log import begin
from schema.errors import ConfigError, UnavailableError
from schema.log import leaf_hash
from schema.note import Checkpoint

if TYPE_CHECKING:
    from datetime import datetime

    from collector.evidence.signed import SignedFile
    from collector.store import Store
    from collector.store.log import LogRow


async def begin_anew(store: Store, public_key: bytes, file: SignedFile, *, reason: str, at: datetime) -> LogRow:
    """The log that is written from now on; its first line names the last checkpoint known of the one before, and *reason*.

    Everything in the ledger enters it again when it is sealed, at new places: plans that have begun are late there, and
    what they brought counts for no day in it.

    Raises:
        UnavailableError: a process signs this database; stop it first. ConfigError: there is no log yet, or no reason.
    """
    if not reason.strip():
        raise ConfigError(
            "a new log needs a reason", remedy="Say why with --reason; it stands in the log's first line."
        )
    if not await store.claim_signing():
        raise UnavailableError("another process signs this database", remedy="Stop `serve` first.")
    logs = await store.all_logs()
    if not logs:
        raise ConfigError("there is no log yet", remedy="`ottempera collector serve` begins one.")
    known = file.read()
    newest = await store.newest_checkpoint(logs[-1].log)
    last = Known(logs[-1].origin, newest.size, newest.root) if newest else None
    number = logs[-1].log
    if known is not None:
        written = known.origin.rpartition("/")[2]
        number = max(number, int(written) if written.isdigit() else 0)
        if any(known.root) and (last is None or known.size > last.size or known.origin != last.origin):
            last = known
    after = Checkpoint(*last).text.decode() if last else None
    row, first = begin(number + 1, public_key, at, after=after, reason=reason)
    row = await store.begin_log(row, first, at)
    file.write(Known(row.origin, 1, leaf_hash(first.line)))  # what the file knew of the old log bars this one no more
    return row
