"""What SQL is told of a record's answers. The judge never reads this: it reads the bytes."""

from __future__ import annotations

from collections import OrderedDict
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from collector.store.rows import AnswerFacts
from schema.codec import encode
from schema.dnswire import DnsWireError, Reading, read
from schema.dnswire.rcodes import RCODES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schema.record import Answer

_MOST_MESSAGES: Final = 32_767  # what the column holds
_MEMORY: Final = 16_384
_LONG_BYTES: Final = 512  # longer answers are read anew, so that the memory stays below 8 MiB
_HEADER_BYTES: Final = 12


def answer_facts(reading: Reading | None, messages: int) -> AnswerFacts:
    """The facts of the first message that can be read, of *messages* that came; *reading* is None if none can."""
    counted = min(messages, _MOST_MESSAGES)
    if reading is None:
        return AnswerFacts(None, messages=counted)
    flags = tuple(flag for flag in ("aa", "tc", "ra", "ad") if getattr(reading, flag))
    rcode = RCODES.get(reading.rcode) or f"RCODE{reading.rcode}"
    ede = tuple(code for code, _ in reading.ede)
    return AnswerFacts(rcode, flags, reading.addresses, reading.cname_chain, ede, counted)


def answer_number(facts: AnswerFacts) -> int:
    """The 64 bit name of *facts*: a hash of the content, so that it is the same in every database.

    Two contents of one name would show one for the other in SQL; the records would still say what was answered.
    """
    return int.from_bytes(sha256(encode(facts)).digest()[:8], "big", signed=True)


class Facts:
    """Reads answers for SQL, remembering: most say what one before said, apart from id and letter case."""

    def __init__(self, size: int = _MEMORY) -> None:
        """Remember the last *size* contents."""
        self._known: OrderedDict[tuple[bytes, int], AnswerFacts] = OrderedDict()
        self._size = size

    def of(self, answers: Sequence[Answer]) -> AnswerFacts | None:
        """The facts of a record's *answers*; None if nothing came."""
        if not answers:
            return None
        if len(answers[0].wire) > _LONG_BYTES:
            return _fresh(answers)
        key = (_alike(answers[0].wire), len(answers))
        facts = self._known.get(key)
        if facts is None:
            facts = _fresh(answers)
            if len(answers) == 1:  # the key is of the first message alone
                self._known[key] = facts
                if len(self._known) > self._size:
                    self._known.popitem(last=False)
        return facts


def _fresh(answers: Sequence[Answer]) -> AnswerFacts:
    return answer_facts(next(filter(None, map(_readable, answers)), None), len(answers))


def _alike(wire: bytes) -> bytes:
    """*wire* without its id, and with the name of its one question in lower case where that cannot change its meaning.

    Up to the first zero byte a name of plain labels has lengths below 64 and no pointer, so lower case touches letters
    only; with a byte above ASCII, or another count of questions, nothing is touched.
    """
    end = wire.find(0, _HEADER_BYTES)
    name = wire[_HEADER_BYTES:end]
    if end < 0 or wire[4:6] != b"\0\1" or not name.isascii():
        return wire[2:]
    return wire[2:_HEADER_BYTES] + name.lower() + wire[end:]


def _readable(answer: Answer) -> Reading | None:
    try:
        return read(answer.wire)
    except DnsWireError:
        return None
