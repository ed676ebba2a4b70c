"""Steps 5.1 to 5.4: the probes' own logs, under the heads that the collector's log has of them."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from schema.codec import encode
from schema.dsse import key_id
from schema.entry import UNFULFILLED, Equivocation, ProbeCheckpoint, Stamped
from schema.errors import OttemperaError
from schema.log import Tree, leaf_hash
from schema.note import Note, NoteSignature, key_hash, verify_own
from schema.record import VERSION, BeginLine, CloseLine, LogLine, RotateLine, SeenLine, read_line
from schema.timing import chain
from schema.verifier.case import ClosedAt, ProbeLog, RefusedError
from schema.verifier.history import note_name

if TYPE_CHECKING:
    from schema.record import Close
    from schema.verifier.case import Case

_DIGEST: Final = re.compile("[0-9a-f]{64}")
_MOST: Final = 2**31


def presence(case: Case) -> None:
    """5.1 Each log of an enrolled probe is in the bundle, with all the lines of its greatest head."""
    for (probe, name), size in case.chains.items():
        file = log_name(probe, name)
        if file not in case.archive:
            raise RefusedError(f"{file} is not in the bundle")
        if (held := sum(1 for _ in case.archive.lines(file))) < size:
            raise RefusedError(f"{file} has {held} lines, the greatest head in the log {size}")
    case.count("probe logs", len(case.chains))


def heads(case: Case) -> None:
    """5.2 Each head of it is signed by the probe's key and is the root over its lines; no other log is there."""
    of_chain: dict[tuple[str, str], list[ProbeCheckpoint]] = {}
    for entry in case.entries:
        if isinstance(entry, ProbeCheckpoint):
            of_chain.setdefault((entry.probe, entry.chain), []).append(entry)
    for (probe, name), signed in of_chain.items():
        file = log_name(probe, name)
        tree = Tree(map(leaf_hash, case.archive.lines(file)))
        if len(tree) != signed[-1].size:
            raise RefusedError(f"{file} has {len(tree)} lines, the greatest head in the log {signed[-1].size}")
        for entry in signed:
            key = case.probe_keys[probe][entry.key]
            verify_own(Note(entry.checkpoint, (entry.note_signature(key),)), key)
            if tree.root(entry.size).hex() != entry.root:
                raise RefusedError(f"the first {entry.size} lines of {file} do not give the root of its head")
    if extra := set(case.named("probes")) - {log_name(*one) for one in of_chain}:
        raise RefusedError(f"{min(extra)} is a log of which the collector's log has no head")


def lines(case: Case) -> None:
    """5.3 Its lines are sound; what it saw of the collector's log is in that log."""
    keys: dict[tuple[str, str], set[str]] = {}
    for entry in case.entries:
        if isinstance(entry, ProbeCheckpoint):
            keys.setdefault((entry.probe, entry.chain), set()).add(entry.key)
    seen = {case.bundle.size}
    for (probe, name), signed_by in keys.items():
        file = log_name(probe, name)
        held: list[LogLine] = []
        for number, raw in enumerate(case.archive.lines(file)):
            try:
                line = _line(raw)
                _check_place(line, number, case.chains[probe, name] - 1, name, signed_by)
                if isinstance(line, SeenLine) and line.seen.origin == case.bundle.origin:
                    _check_seen(case, line)
                    seen.add(line.seen.size)
            except OttemperaError as error:
                raise RefusedError(f"line {number} of {file}: {error}") from error
            held.append(line)
        log = ProbeLog(held, chain(held, case.bundle.origin))
        if any(later < earlier for earlier, later in pairwise(log.seen.sizes)):
            raise RefusedError(f"{file}: it saw the collector's log grow smaller")
        case.logs[probe, name] = log
    seen |= {one.size for one in case.entries if isinstance(one, Stamped)}
    wanted = {note_name(size) for size in seen} | {f"checkpoints/{case.bundle.size:010d}.cosigned"}
    if extra := set(case.named("checkpoints")) - wanted:
        raise RefusedError(f"{min(extra)} is named by nothing")


def closes(case: Case) -> None:
    """5.4 No probe closed one round in two ways, in any of its logs, unless the collector's log says so.

    Where it does, such a round counts as not closed at all: one dishonest probe does not spoil the evidence of others. So
    does one of which the log said in time that its records are not what its close says.
    """
    told = {entry.probe for entry in case.entries if isinstance(entry, Equivocation) and entry.what != UNFULFILLED}
    for (probe, name), log in case.logs.items():
        file = log_name(probe, name)
        for leaf, raw in enumerate(case.archive.lines(file)):
            line = log.lines[leaf]
            if not isinstance(line, CloseLine):
                continue
            before = case.closes.setdefault((line.close.plan, probe), ClosedAt(raw, line.close, []))
            if before.line != raw and probe in told:
                case.disputed.add((line.close.plan, probe))
            elif before.line != raw:
                raise RefusedError(f"{probe} closed plan {line.close.plan} in two ways, once at line {leaf} of {file}")
            before.places.append((name, leaf))
    for (plan, probe), closed in case.closes.items():
        if case.times.is_unfulfilled(probe, leaf_hash(closed.line).hex(), closed.places):
            case.unfulfilled.add((plan, probe))
    for key in case.disputed | case.unfulfilled:
        del case.closes[key]


def log_name(probe: str, name: str) -> str:
    """The file of a probe's log of one chain."""
    return f"probes/{probe}/{name}.jsonl"


def _line(raw: bytes) -> LogLine:
    line = read_line(raw)
    if not isinstance(line, LogLine) or line.v != VERSION or encode(line) != raw:
        raise RefusedError("no line of a log of a version that is known, in its one form")
    if isinstance(line, CloseLine):
        _check_close(line.close)
    return line


def _check_close(close: Close) -> None:
    numbers = [close.cells, close.observed, *(end for gap in close.gaps for end in (gap.from_cell, gap.to_cell))]
    if not _DIGEST.fullmatch(close.plan) or not _DIGEST.fullmatch(close.root):
        raise RefusedError("a close names its plan and its root by digests")
    if not all(0 <= number < _MOST for number in numbers) or any(gap.from_cell > gap.to_cell for gap in close.gaps):
        raise RefusedError("a close has numbers that are none")


def _check_place(line: LogLine, number: int, last: int, name: str, signed_by: set[str]) -> None:
    """*number* is the line's own, *last* that of the last line of this log."""
    if (number == 0) != isinstance(line, BeginLine):
        raise RefusedError("a log begins with one line of kind begin")
    if isinstance(line, BeginLine) and (
        line.begin.chain != name or {key_id(bytes.fromhex(line.begin.key))} != signed_by
    ):
        raise RefusedError("the log begins as another chain's, or with another key than its heads are signed by")
    if isinstance(line, RotateLine) and number != last:
        raise RefusedError("lines follow on a change of key")


def _check_seen(case: Case, line: SeenLine) -> None:
    """It is the checkpoint of that size in the bundle; the log's signature on it is checked, whoever wrote the line."""
    seen = line.seen
    note = case.notes.get(seen.size)
    if note is None or note.checkpoint.root.hex() != seen.root:
        raise RefusedError(
            f"it saw a checkpoint of {seen.size} lines that is not one of this log, or not in the bundle"
        )
    if seen.signature != note.signatures[0].blob:
        name = case.bundle.origin
        verify_own(Note(note.checkpoint, (NoteSignature(name, key_hash(name, case.key), seen.signature),)), case.key)
