"""Those who are shown checkpoints: what they have signed since this process began, and what they say they hold."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

import structlog

from collector.evidence.witnesses import Behind, Cosigned
from collector.store.log import CheckpointRow
from schema.errors import OttemperaError, SignatureError
from schema.note import Note, cosigned_at, witness_name

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime

    from collector.evidence.signed import Sealed
    from collector.evidence.witnesses import Witness
    from collector.metrics import Metrics
    from collector.store import Store
    from schema.log import Tree
    from schema.note import Checkpoint, NoteSignature

_log = structlog.get_logger("collector")


class Cosigners:
    """Probes, which come by themselves, and witnesses outside, which are asked; only who is enrolled or named counts."""

    def __init__(
        self, store: Store, outside: Sequence[Witness], *, now: Callable[[], datetime], metrics: Metrics
    ) -> None:
        self._store = store
        self._outside = tuple(outside)
        self._now = now
        self._metrics = metrics
        self._heard: set[str] = set()

    async def standing(self, log: int) -> tuple[set[str], set[str]]:
        """Names of those who ever cosigned *log* and still may, and of those who have shown what they hold."""
        allowed = (await self._probe_keys()).keys() | {one.settings.name for one in self._outside}
        return (await self._store.cosigners(log)).keys() & allowed, self._heard & allowed

    async def keep(self, log: int, origin: str, note: Note) -> bool:
        """Keep what is new of *note*, which is over the lines that are here; whether anybody who counts signed it.

        Raises:
            SignatureError: a cosignature of somebody who counts does not fit.
        """
        checkpoint = note.checkpoint
        if await self._store.checkpoint(log, checkpoint.size) is None:
            own = next(one for one in note.signatures if one.name == origin)
            kept = CheckpointRow(checkpoint.size, checkpoint.root, Note(checkpoint, (own,)).pack())
            await self._store.put_checkpoint(log, kept, self._now())
        keys = await self._probe_keys()
        keys |= {one.settings.name: [one.settings.public_key] for one in self._outside}
        known = [one for one in note.signatures if one.name in keys]
        for one in known:
            await self._put(log, checkpoint, one, keys[one.name])
        return bool(known)

    async def show(self, sealed: Sealed, tree: Tree, behind: Callable[[int], Awaitable[None]]) -> None:
        """Show *sealed* to the witnesses outside; *behind* is told a size that one holds and that is larger than it."""
        if self._outside:
            held = await self._store.cosigners(sealed.log)
            await asyncio.gather(
                *(self._show_to(one, sealed, tree, held.get(one.settings.name, 0), behind) for one in self._outside)
            )

    async def _show_to(
        self, witness: Witness, sealed: Sealed, tree: Tree, old: int, behind: Callable[[int], Awaitable[None]]
    ) -> None:
        """Have *witness* cosign, from where it says it is; its trouble is counted and keeps nobody up."""
        name, checkpoint = witness.settings.name, sealed.checkpoint
        if old == checkpoint.size and name in self._heard:
            return
        try:
            reply = await witness.add_checkpoint(old, tree.consistency(old, checkpoint.size), sealed.note)
            if isinstance(reply, Behind) and reply.size <= checkpoint.size:
                proof = tree.consistency(reply.size, checkpoint.size)
                reply = await witness.add_checkpoint(reply.size, proof, sealed.note)
            if isinstance(reply, Cosigned):
                for one in reply.signatures:
                    if one.name == name:
                        await self._put(sealed.log, checkpoint, one, [witness.settings.public_key])
            else:
                await behind(reply.size)
        except OttemperaError as error:
            self._metrics.witness_troubles.labels(name).inc()
            _log.warning("not cosigned", witness=name, size=checkpoint.size, detail=str(error))

    async def _put(self, log: int, checkpoint: Checkpoint, one: NoteSignature, keys: Sequence[bytes]) -> None:
        _check(checkpoint, one, keys)
        await self._store.put_cosignature(log, checkpoint.size, one.name, one.line, self._now())
        self._heard.add(one.name)

    async def _probe_keys(self) -> dict[str, list[bytes]]:
        keys: dict[str, list[bytes]] = {}
        for one in await self._store.holdings():
            if not one.revoked:
                keys.setdefault(witness_name(one.probe), []).append(one.public_key)
        return keys


def _check(checkpoint: Checkpoint, signature: NoteSignature, keys: Sequence[bytes]) -> None:
    """Return if one of *keys* made it.

    Raises:
        SignatureError: none did.
    """
    for key in keys:
        with suppress(SignatureError):
            cosigned_at(checkpoint, signature, key)
            return
    raise SignatureError(f"the cosignature of {signature.name} does not fit the checkpoint and its key")
