"""Follows the logs of probes: which lines a batch adds to its chain's log, and whether the heads it carries are of that log."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Final, NamedTuple

from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

from collector.store.rows import EquivocationRow, HeadRow, LogLineRow, LogRows
from schema.codec import encode
from schema.dsse import key_id
from schema.errors import EvidenceError
from schema.frontier import Frontier
from schema.note import Checkpoint, probe_origin
from schema.record import BeginLine, CloseLine, HeadLine, RotateLine, SeenLine, read_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from collector.receive.admit import Admitted
    from collector.store import Store
    from schema.record import Head, LogLine

HEAD_MISMATCH: Final = "head_mismatch"
SECOND_CLOSE: Final = "second_close"
_KINDS: Final[dict[type[LogLine], str]] = {
    BeginLine: "begin", CloseLine: "close", SeenLine: "seen", RotateLine: "rotate",
}  # fmt: skip
_LEAF_BYTES: Final = 32
_CHAINS: Final = 4096  # that are remembered


class ChainLog(NamedTuple):
    """A chain's log so far; `ended` after its `rotate`. Without a line it has not begun.

    `origin` and `size` are of the newest checkpoint of a collector's log that it says was seen.
    """

    tree: Frontier = Frontier()
    ended: bool = False
    origin: str = ""
    size: int = 0

    def grown(self, kind: str, leaf: bytes) -> ChainLog:
        """With one line more."""
        return self._replace(tree=self.tree.grown(leaf), ended=self.ended or kind == "rotate")


class Followed(NamedTuple):
    """What a batch makes of its chain's log: the log after it, the rows to keep, and what contradicts itself."""

    log: ChainLog | None = None
    rows: LogRows | None = None
    notes: tuple[str, ...] = ()
    equivocations: tuple[EquivocationRow, ...] = ()


def follow(batch: Admitted, log: ChainLog | None) -> Followed:
    """What *batch* adds to *log*; a chain that began none has none.

    A head that is not over the lines before it, or that the key did not sign: the bytes are kept, a note says so, and the
    two things that cannot both be so are named by their digests. What no verifier would let stand in a log never enters
    one, or a single probe could spoil what all others measured.

    Raises:
        EvidenceError: a line that is not in its one form, one after `rotate`, or a seen checkpoint smaller than the last.
    """
    if log is None or not batch.log:
        return Followed()
    if log.tree.size == 0 and not isinstance(batch.log[0][1], BeginLine):
        return Followed()
    lines: list[LogLineRow] = []
    heads: list[HeadRow] = []
    wrong: list[EquivocationRow] = []
    origin = probe_origin(batch.header.probe, batch.header.chain)
    for place, line in batch.log:
        leaf = batch.leaves[_LEAF_BYTES * place : _LEAF_BYTES * (place + 1)]
        if isinstance(line, HeadLine):
            head = line.checkpoint
            if _holds(head, log, origin, batch.public_key):
                heads.append(HeadRow(head.size, bytes.fromhex(head.root), head.signature, place))
            else:
                wrong.append(EquivocationRow("head", leaf.hex(), batch.batch))
            continue
        log = _allowed(line, batch.lines[place], log)
        kind = _KINDS[type(line)]
        plan_id = bytes.fromhex(line.close.plan) if isinstance(line, CloseLine) else None
        lines.append(LogLineRow(log.tree.size, kind, leaf, place, plan_id))
        log = log.grown(kind, leaf)
    rows = LogRows(key_id(batch.public_key), tuple(lines), tuple(heads))
    return Followed(log, rows, (HEAD_MISMATCH,) if wrong else (), tuple(wrong))


def _allowed(line: LogLine, raw: bytes, log: ChainLog) -> ChainLog:
    if encode(line) != raw:
        raise EvidenceError("a line of the probe's log is not in its one form")
    if log.ended:
        raise EvidenceError("a line of the probe's log follows its rotate")
    if not isinstance(line, SeenLine):
        return log
    if line.seen.origin == log.origin and line.seen.size < log.size:
        raise EvidenceError("the probe saw a smaller checkpoint of a log than before")
    return log._replace(origin=line.seen.origin, size=line.seen.size)


def second_closes(batch: Admitted, kept: Mapping[str, str]) -> tuple[EquivocationRow, ...]:
    """The closes of *batch* that differ from the one that is *kept* (leaf hash in hex, by plan id), or from one before.

    The same close again, as a probe repeats it after a restart, is none. Whether the plan is known here, or asks this probe,
    does not matter: two closes of it in the probe's logs contradict each other all the same.
    """
    first = dict(kept)
    found: list[EquivocationRow] = []
    for line, close in batch.closes:
        leaf = batch.leaves[_LEAF_BYTES * line : _LEAF_BYTES * (line + 1)].hex()
        if first.setdefault(close.plan, leaf) != leaf:
            found.append(EquivocationRow("close", first[close.plan], leaf))
    return tuple(found)


class Followers:
    """Remembers the logs of chains, so that a batch costs a look at what another process added, and no more."""

    def __init__(self) -> None:
        self._logs: OrderedDict[tuple[str, str], ChainLog] = OrderedDict()

    async def of(self, probe: str, chain: str, store: Store) -> ChainLog:
        """The log of a chain as it is stored now."""
        log = self._logs.get((probe, chain), ChainLog())
        fresh = await store.probe_leaves(probe, chain, log.tree.size)
        for kind, leaf in fresh:
            log = log.grown(kind, leaf)
        if any(kind == "seen" for kind, _ in fresh) and (raw := await store.last_seen(probe, chain)) is not None:
            line = read_line(raw)
            if isinstance(line, SeenLine):
                log = log._replace(origin=line.seen.origin, size=line.seen.size)
        return log

    def keep(self, probe: str, chain: str, log: ChainLog | None) -> None:
        """Remember what is durable now."""
        if log is None:
            return
        self._logs[probe, chain] = log
        self._logs.move_to_end((probe, chain))
        if len(self._logs) > _CHAINS:
            self._logs.popitem(last=False)


def _holds(head: Head, log: ChainLog, origin: str, public_key: bytes) -> bool:
    if head.size != log.tree.size or head.root != log.tree.root.hex():
        return False
    try:
        VerifyKey(public_key).verify(Checkpoint(origin, head.size, log.tree.root).text, head.signature)
    except (BadSignatureError, ValueError):
        return False
    return True
