"""The probe as a witness of the collector's log: it looks, checks, remembers, and only then confirms what it saw.

The order is what makes a confirmation worth something: a checkpoint is on this probe's disk before its signature under it
leaves the machine, so that no crash and no copy of an older state makes it confirm another history.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from hashlib import sha256
from typing import TYPE_CHECKING

from probe.identity import write_durably
from probe.promise import broken
from probe.seeing import (
    ForkError,
    OlderError,
    Step,
    check_growth,
    check_place,
    compare,
    number_of,
    own_note,
    read_path,
    read_place,
)
from probe.ship import REFUSALS, say
from probe.spool import SpoolFullError
from probe.telling import Telling
from schema.codec import encode
from schema.entry import ProbeCheckpoint, entry_line
from schema.errors import EvidenceError, SignatureError, UnavailableError
from schema.log import leaf_hash
from schema.note import read_note, with_signatures, witness_name
from schema.record import VERSION, Seen, SeenLine

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from probe.clock import Clock
    from probe.config import ProbeConfig
    from probe.identity import ProbeKey
    from probe.post import CollectorClient, Reply
    from probe.recovery import Batch
    from probe.seeing import Witnessed
    from probe.spool import Spool
    from probe.state import WitnessFile

_OK = 200
_TAKEN = frozenset({200, 201, 204})
_NOT_FOUND = 404
_MOST_KEPT = 100  # of pairs of checkpoints that do not agree


class NoLogError(UnavailableError):
    """The collector is one that keeps no log."""


class Witness:
    """Looks at the collector's log, and finds the heads of its own probe's log there."""

    def __init__(
        self,
        client: CollectorClient,
        spool: Spool,
        key: ProbeKey,
        *,
        config: ProbeConfig,
        clock: Clock,
        state: WitnessFile,
        told: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Nothing is asked before `look`; *told* hears of what a person should know, once."""
        self._client = client
        self._spool = spool
        self._key = key
        self._probe = config.probe
        self._folder: Path = config.state
        self._collector_key = config.collector_key_bytes
        self._clock = clock
        self._state = state
        self._told = told
        self._seen: tuple[str, Witnessed] | None = None  # the last line of that kind, and its chain
        self._promises = Telling(told)
        self._turn = asyncio.Lock()

    async def look(self) -> None:
        """Say what is known, see the newest checkpoint, confirm it, and free what is found in it.

        Raises:
            NoLogError: there is no log to look at. UnavailableError: the collector is away or signs nothing now.
            FormatError, SignatureError, EvidenceError: what it shows cannot be confirmed; nothing was.
            OSError: the checkpoint could not be remembered; it is not confirmed.
        """
        async with self._turn:
            self._require_own()
            refused = await self._post(self._state.value)
            shown = await self._newest()
            new = await self._check(shown)
            self._note(shown)
            if new:
                refused = await self._post(shown)
            if refused:
                raise UnavailableError(f"the collector does not take what this probe saw of its log: {refused}")
            await self._find_own(shown)
            self._spool.free()

    def _require_own(self) -> None:
        """What this probe remembers is of the collector that it has now, or it could not say what follows from it."""
        before = self._state.value
        try:
            if before is not None:
                number_of(before.origin, self._collector_key)
        except EvidenceError as error:
            raise EvidenceError(
                f"log.json in {self._folder} remembers another collector's log: {error}",
                remedy="If `collector_key` was changed on purpose, keep the file elsewhere: the probe then looks anew.",
            ) from error

    async def _check(self, shown: Witnessed) -> bool:
        """Whether *shown* is new; then it is on disk, and may be confirmed."""
        before = self._state.value
        try:
            step = compare(before, shown, key=self._collector_key)
            if step is Step.LARGER and before is not None:
                check_growth(before, shown, await self._path(before, shown))
        except ForkError as error:
            with suppress(
                OSError
            ):  # that there are two is said all the same, and it is tried again as long as both are shown
                self._keep_both(before, shown)
            raise ForkError(
                f"{error}; nothing is confirmed", remedy=f"Keep equivocation-*.note in {self._folder}: both are signed."
            ) from error
        except OlderError as error:
            raise OlderError(f"{error}; nothing is confirmed", remedy="Ask whoever runs the collector.") from error
        if step is Step.SAME:
            return False
        if before is not None and step is Step.FIRST:
            self._told(f"the collector began a new log, {shown.origin}, after {before.origin} of {before.size} lines")
            self._spool.held.forget_included()
        self._state.keep(shown)
        return True

    def _note(self, shown: Witnessed) -> None:
        """A line in the probe's own log that it has seen this; a full spool has no room for it, and need not."""
        if (self._spool.chain, shown) == self._seen or not shown.size or self._spool.full:
            return
        seen = Seen(shown.origin, shown.size, shown.root, shown.signature, self._clock.now())
        self._seen = (self._spool.chain, shown)
        try:
            self._spool.append_to_log(encode(SeenLine(VERSION, seen)))
            self._spool.flush()
        except SpoolFullError:
            return  # it stays in memory, with its head

    async def _find_own(self, seen: Witnessed) -> None:
        """Look for the newest of this probe's heads in what it has confirmed."""
        missing = ""
        for held in list(self._spool.held.heads()):
            low, high = 0, len(held)  # heads enter the log in their order: all before a place are in, those after not
            middle = high - 1
            while low < high:
                if await self._is_in(held[middle], seen):
                    low = middle + 1
                else:
                    high = middle
                middle = (low + high) // 2
            if low and (head := held[low - 1].head) is not None:
                self._spool.included(held[low - 1].chain, head.size)
            if low < len(held):
                missing = missing or broken(held[low], self._clock.now())
        self._promises.say("promise", missing)

    async def _is_in(self, batch: Batch, seen: Witnessed) -> bool:
        """Whether the collector's log of *seen* holds the head in *batch*."""
        head = batch.head
        if head is None:
            return False
        entry = ProbeCheckpoint(
            probe=self._probe,
            chain=batch.chain,
            size=head.size,
            root=head.root,
            key=batch.key,
            signature=head.signature,
        )
        leaf = leaf_hash(entry_line(entry))
        reply = await self._get(f"/v1/log/inclusion?leaf={leaf.hex()}&size={seen.size}")
        if reply.status == _NOT_FOUND:
            return False
        if reply.status != _OK:
            raise UnavailableError(f"the collector does not say where a head is in its log: {say(reply)}")
        check_place(leaf, read_place(reply.body), seen)
        return True

    async def _newest(self) -> Witnessed:
        reply = await self._get("/v1/log/checkpoint")
        if reply.status == _NOT_FOUND:
            raise NoLogError(
                "the collector keeps no log: batches stay here although it has them", remedy="Bring it up to date."
            )
        if reply.status != _OK:
            raise UnavailableError(f"no checkpoint: {say(reply)}")
        try:
            return own_note(read_note(reply.body), self._collector_key)
        except SignatureError as error:
            raise SignatureError(f"{error}: the checkpoint is another's") from error

    async def _path(self, before: Witnessed, shown: Witnessed) -> tuple[bytes, ...]:
        reply = await self._get(f"/v1/log/consistency?from={before.size}&to={shown.size}")
        if reply.status != _OK:
            raise UnavailableError(f"the collector does not show how its log grew: {say(reply)}")
        return read_path(reply.body).hashes

    async def _post(self, seen: Witnessed | None) -> str:
        """Confirm *seen*; why the collector does not take that, empty if it does."""
        if seen is None or not seen.size:
            return ""
        checkpoint, at = seen.checkpoint, int(self._clock.now().timestamp())
        mine = self._key.notes.cosign(checkpoint, name=witness_name(self._probe), at=at)
        note = with_signatures(checkpoint, (seen.own_signature(self._collector_key), mine))
        reply = await asyncio.to_thread(
            self._client.request, "POST", "/v1/log/cosignatures", body=note, headers={"Content-Type": "text/plain"}
        )
        if reply.status == _NOT_FOUND or reply.status in _TAKEN:
            return ""  # a collector without a log says so when it is asked for a checkpoint
        if reply.status in REFUSALS:
            return say(reply)
        raise UnavailableError(f"no confirmation was taken: {say(reply)}")

    async def _get(self, path: str) -> Reply:
        return await asyncio.to_thread(self._client.request, "GET", path)

    def _keep_both(self, before: Witnessed | None, shown: Witnessed) -> None:
        """Two checkpoints that the collector signed and that do not agree, as they are; and say so."""
        pair = [one for one in (before, shown) if one is not None]
        notes = [with_signatures(one.checkpoint, (one.own_signature(self._collector_key),)) for one in pair]
        data = b"\n".join(notes)
        path = self._folder / f"equivocation-{sha256(data).hexdigest()[:16]}.note"
        if not path.exists() and len(list(self._folder.glob("equivocation-*.note"))) < _MOST_KEPT:
            write_durably(path, data)
