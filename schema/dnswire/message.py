"""DNS messages out of wire format (RFC 1035 §4): header, sections, EDNS.

Record data stays as bytes; ``schema.dnswire.rdata`` reads what is asked for, so that one odd record does not make a
whole answer unreadable. Any opcode is read alike; a TSIG record is an additional record like any other.
"""

from __future__ import annotations

from functools import lru_cache
from struct import Struct as Layout
from typing import Final

from msgspec import Struct

from schema.dnswire.edns import Edns, read_edns
from schema.dnswire.errors import DnsWireError
from schema.dnswire.names import MAX_POINTERS, POINTER, Name, Names, read_name, read_stretch

OPT: Final = 41

_HEADER: Final = Layout("!HHHHHH")
_QUESTION: Final = Layout("!HH")
_RECORD: Final = Layout("!HHIH")
_POINTED_RECORD: Final = Layout("!HHHIH")
_FIRST_POINTER: Final = POINTER << 8
_NO_ROOM: Final = (0, 0, 0, 0, 0)  # a record of 11 bytes, the root's, may be the last
_MAX_TTL: Final = 0x7FFFFFFF  # above it the TTL counts as 0 (RFC 2181 §8)


class Question(Struct, frozen=True, gc=False):
    """What was asked; the name in lower case, absolute."""

    name: str
    rdtype: int
    rdclass: int


class Record(Struct, frozen=True, gc=False):
    """A resource record; *offset* is where *rdata* stands in the message, for the names in it may be compressed."""

    name: str
    rdtype: int
    rdclass: int
    ttl: int  # seconds
    rdata: bytes
    offset: int


class Message(Struct, frozen=True, gc=False):
    """A message as sent; *wire* is what it was read from. *additional* is without the OPT record."""

    id: int
    qr: bool
    opcode: int
    aa: bool
    tc: bool
    rd: bool
    ra: bool
    z: bool
    ad: bool
    cd: bool
    rcode: int  # with the upper bits from EDNS (RFC 6891 §6.1.3)
    questions: tuple[Question, ...]
    answer: tuple[Record, ...]
    authority: tuple[Record, ...]
    additional: tuple[Record, ...]
    edns: Edns | None
    trailing: int  # bytes after the message
    wire: bytes


def read_message(wire: bytes) -> Message:
    """Read the message that *wire* begins with.

    Raises:
        DnsWireError: the header is short, a count promises more than there is, a name is not one, a record runs past the
            end, or OPT is not the root's, stands elsewhere than in ADDITIONAL, twice, or is broken.
    """
    if len(wire) < _HEADER.size:
        raise DnsWireError("header is cut short")
    ident, flags, asked, answers, authorities, additionals = _HEADER.unpack_from(wire)
    names: Names = {}
    opts: list[tuple[int, int, bytes]] = []
    questions, position = _questions(wire, asked, names)
    answer, position = _records(wire, position, answers, names, opts) if answers else ((), position)
    authority, position = _records(wire, position, authorities, names, opts) if authorities else ((), position)
    if opts:
        raise DnsWireError("OPT stands outside ADDITIONAL")
    additional, position = _records(wire, position, additionals, names, opts) if additionals else ((), position)
    rcode, edns = flags & 0xF, None
    if opts:
        if len(opts) > 1:
            raise DnsWireError("OPT stands twice")
        edns = read_edns(*opts[0])
        rcode |= opts[0][1] >> 20 & 0xFF0
    return Message(
        ident,
        flags & 0x8000 != 0,
        flags >> 11 & 0xF,
        flags & 0x400 != 0,
        flags & 0x200 != 0,
        flags & 0x100 != 0,
        flags & 0x80 != 0,
        flags & 0x40 != 0,
        flags & 0x20 != 0,
        flags & 0x10 != 0,
        rcode,
        questions,
        answer,
        authority,
        additional,
        edns,
        len(wire) - position,
        wire,
    )


def _questions(wire: bytes, count: int, names: Names) -> tuple[tuple[Question, ...], int]:
    position = _HEADER.size
    if count == 1:
        after = wire.find(0, position) + 5
        plain = _plain_question(wire[position:after]) if after > position + 4 else None
        if plain is not None:
            questions, (text, length, _, end, _) = plain
            names[position] = (text, length, 0, position + end, 0)
            return questions, after
    found: list[Question] = []
    size = len(wire)
    for _ in range(count):
        text, position = read_name(wire, position, size, names)
        if position + _QUESTION.size > size:
            raise DnsWireError("question is cut short")
        found.append(Question(text, *_QUESTION.unpack_from(wire, position)))
        position += _QUESTION.size
    return tuple(found), position


@lru_cache(2048)
def _plain_question(raw: bytes) -> tuple[tuple[Question, ...], Name] | None:
    """Read a question without pointers, or leave it to the slow way. The same few names are asked over and over."""
    try:
        name = read_stretch(raw, 0, len(raw) - _QUESTION.size, {}, 0)
    except DnsWireError:
        return None
    return (Question(name[0], *_QUESTION.unpack_from(raw, name[3])),), name


def _records(
    wire: bytes, position: int, count: int, names: Names, opts: list[tuple[int, int, bytes]]
) -> tuple[tuple[Record, ...], int]:
    """Read *count* records; the class, TTL and data of OPT go to *opts*."""
    found: list[Record] = []
    size = len(wire)
    for _ in range(count):
        start = position + _POINTED_RECORD.size
        pointer, rdtype, rdclass, ttl, length = (
            _POINTED_RECORD.unpack_from(wire, position) if start <= size else _NO_ROOM
        )
        known = names.get(pointer - _FIRST_POINTER)  # most owners are a pointer to a name already read
        if known is not None and known[2] < MAX_POINTERS:
            name = known[0]
        else:
            name, start = read_name(wire, position, size, names)
            if start + _RECORD.size > size:
                raise DnsWireError("record is cut short")
            rdtype, rdclass, ttl, length = _RECORD.unpack_from(wire, start)
            start += _RECORD.size
        position = start + length
        if position > size:
            raise DnsWireError("record data runs past the end")
        if rdtype == OPT:
            if name != ".":
                raise DnsWireError("OPT is not the root's")
            opts.append((rdclass, ttl, wire[start:position]))
        else:
            found.append(Record(name, rdtype, rdclass, ttl if ttl <= _MAX_TTL else 0, wire[start:position], start))
    return tuple(found), position
