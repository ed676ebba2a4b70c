"""The probe's own log: every head is over exactly the lines before it, and carries the probe's signature."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime

from probe.identity import ProbeKey
from probe.log import ProbeLog, with_head
from schema.log import leaf_hash, root
from schema.note import Checkpoint, Note, NoteSignature, key_hash, probe_origin, verify_own
from schema.record import Begin, BeginLine, ChainHead, HeadLine, read_line

NOW = datetime(2026, 1, 2, tzinfo=UTC)
KEY = ProbeKey(b"p" * 32)
CHAIN = "ab" * 16


def _log(chain: str = CHAIN, after: ChainHead | None = None) -> ProbeLog:
    return ProbeLog(KEY.notes, probe="p", begin=Begin(chain, KEY.public_key.hex(), "boot", "test", NOW, after))


def test_it_begins_with_its_begin() -> None:
    after = ChainHead("cd" * 16, 7, "0" * 64)
    log = _log(after=after)
    begin = read_line(log.begin_line)
    assert isinstance(begin, BeginLine)
    assert begin.begin.after == after
    assert len(log) == 1


def test_every_head_is_over_all_lines_so_far() -> None:
    log = _log()
    leaves = [leaf_hash(log.begin_line)]
    for number in range(40):
        line = b'{"v":1,"n":%d}' % number
        head = log.add(line)
        leaves.append(leaf_hash(line))
        checkpoint = Checkpoint(probe_origin("p", CHAIN), len(leaves), root(leaves))
        assert (head.size, head.root) == (checkpoint.size, checkpoint.root.hex())
        name = checkpoint.origin
        signature = NoteSignature(name, key_hash(name, KEY.public_key), head.signature)
        verify_own(Note(checkpoint, (signature,)), KEY.public_key)
        first, second = with_head(line, head).split(b"\n")
        assert first == line
        assert read_line(second) == HeadLine(1, head)


def test_one_line_in_two_chains_has_two_signatures() -> None:
    """The origin names the chain: a head of one says nothing of another."""
    assert _log().add(b"line").signature != _log("cd" * 16).add(b"line").signature


def test_it_does_not_grow_in_memory() -> None:
    """A line every few seconds for years: what is kept of them is a hash for each doubling."""
    log = _log()
    for number in range(1000):
        log.add(b"%d" % number)
    before = len(pickle.dumps(log._tree))
    for number in range(1000):
        log.add(b"%d" % number)
    assert len(pickle.dumps(log._tree)) < before + 100
    assert len(log) == 2001
