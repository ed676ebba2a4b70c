"""What one record shows: its answer read, matched to its question, and put in one of a few forms."""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from msgspec import Struct

from collector.judge.addresses import impossible
from collector.judge.fingerprints import Match
from collector.judge.place import Place
from schema.dnswire import DnsWireError, Reading, read
from schema.words import Failure

if TYPE_CHECKING:
    from schema.record import Record

_HEADER_BYTES: Final = 12
_TAIL_BYTES: Final = 4  # type and class after the question's name
_ONE_QUESTION: Final = b"\0\1"
_MEMO_BYTES: Final = 1024  # longer answers are rare and are read each time
ADDRESS_TYPES: Final = frozenset({"A", "AAAA"})
#: Failures after which bytes that came are nobody's answer.
_VOID: Final = frozenset({Failure.TLS_FAILED, Failure.TLS_UNTRUSTED, Failure.HTTP_STATUS, Failure.FRAMING})


class Form(StrEnum):
    """What kind of answer a question got."""

    ADDRESS = "address"
    RECORDS = "records"  # records of a type that holds no address
    ALIAS = "alias"  # a CNAME that leads to nothing
    NXDOMAIN = "nxdomain"
    NODATA = "nodata"
    REFUSED = "refused"
    SERVFAIL = "servfail"
    TIMEOUT = "timeout"
    FAILED = "failed"  # the channel failed, or nobody's certificate vouches for what came
    UNUSABLE = "unusable"  # cut short, unreadable, or an answer to another question
    SEVERAL = "several"  # different answers to the one question
    NOT_ASKED = "not_asked"


#: Forms in which a resolver has said something about the name.
ANSWERED: Final = frozenset({Form.ADDRESS, Form.RECORDS, Form.ALIAS, Form.NXDOMAIN, Form.NODATA, Form.REFUSED})
#: Forms in which nothing came, or nothing but that there is nothing to say.
SILENT: Final = frozenset({Form.TIMEOUT, Form.FAILED, Form.SERVFAIL})
#: RFC 8914 §4 and later info-codes that tell of a fault, or of limits, and so explain a missing answer.
_FAULTS: Final = frozenset({*range(5, 15), *range(19, 29), 31, 32})
#: Info-codes by which an answer says that it withholds the name.
STATEMENTS: Final = frozenset({4, 15, 16, 17})


class Gist(NamedTuple):
    """All that is judged of an answer besides its form and the fingerprints that fit; TTLs that count down are not."""

    addresses: frozenset[str]
    cname_chain: tuple[str, ...]
    texts: tuple[tuple[bytes, ...], ...]
    codes: frozenset[int]  # info-codes of extended errors
    soa_at: str | None
    ra: bool
    name_servers: tuple[str, ...]  # where they were asked for
    zone: str  # `mname rname` of the zone's SOA, where that was asked for and the name is in the zone; or empty
    nobodys: frozenset[str]  # of the addresses, those at which no site can be


class Seen(Struct, frozen=True, eq=False):
    """One question and what came of it, as the judge sees it. Compared by identity: one setting makes one of each."""

    place: Place
    verified: bool  # a certificate says who answered
    form: Form
    reading: Gist | None
    several: bool  # different datagrams came, whatever they say
    matches: tuple[Match, ...]  # the fingerprints that fit
    apex: bool  # it shows that the name is the top of a zone


def states_fault(seen: Seen) -> bool:
    """Whether an answer names a fault as its reason (RFC 8914 §4)."""
    return seen.reading is not None and bool(seen.reading.codes & _FAULTS)


class Shown(NamedTuple):
    """What a record shows before fingerprints are held against it."""

    form: Form
    reading: Reading | None = None
    several: bool = False
    ttl: int | None = None  # IP TTL of the answer


def is_verified(record: Record, place: Place) -> bool:
    """Whether a certificate says who answered."""
    return place.verifiable and record.tls is not None and record.tls.verified


def show(record: Record, place: Place) -> Shown:
    """Read what *record*, which is of *place*, holds."""
    if record.gap is not None:
        return Shown(Form.NOT_ASKED)
    if record.failure in _VOID or (place.verifiable and not is_verified(record, place)):
        return Shown(Form.FAILED)
    readings, sayings = _matching(record, place)
    if not readings:
        return Shown(_without_answer(record), several=sayings > 1)
    reading, ttl = readings[0]
    form = Form.SEVERAL if len(readings) > 1 else _form(reading, place.qtype)
    return Shown(form, reading, sayings > 1, ttl)


def gist(reading: Reading, place: Place) -> Gist:
    """What is judged of *reading*, which answers the question of *place*."""
    codes = frozenset(code for code, _ in reading.ede)
    nobodys = frozenset(address for address in reading.addresses if impossible(address))
    addresses = frozenset(reading.addresses)
    zone = ""
    if (
        place.qtype == "SOA"
        and reading.soa is not None
        and not reading.rcode
        and reading.soa_at in {"answer", "authority"}
    ):
        zone = f"{reading.soa.mname} {reading.soa.rname}"
    return Gist(
        addresses,
        reading.cname_chain,
        reading.texts,
        codes,
        reading.soa_at,
        reading.ra,
        reading.name_servers,
        zone,
        nobodys,
    )


def told(record: Record, place: Place) -> object:
    """What `show` reads of *record* besides whether it is verified, and of its one answer's IP TTL; None if that is rare.

    Records of a place for which it is equal show the same; ids and letter case that are in order are left out.
    """
    answers = record.answers
    if not answers:
        return record.failure, record.gap is not None
    if len(answers) > 1 or record.failure is not None or record.gap is not None:
        return None
    wire, query, asked = answers[0].wire, record.query, place.asked
    end = _HEADER_BYTES + len(asked)
    section = wire[_HEADER_BYTES:end]
    if (
        not asked
        or wire[4:6] != _ONE_QUESTION
        or query[4:6] != _ONE_QUESTION
        or wire[:2] != query[:2]
        or _lowered(section) != asked
        or (query[_HEADER_BYTES:end] != section and _lowered(query[_HEADER_BYTES:end]) != asked)
        or len(wire) > _MEMO_BYTES
    ):
        return None
    return wire[2:_HEADER_BYTES] + wire[end:]


def _without_answer(record: Record) -> Form:
    if record.answers or record.failure is None:
        return Form.UNUSABLE
    return Form.TIMEOUT if record.failure is Failure.TIMEOUT else Form.FAILED


def _matching(record: Record, place: Place) -> tuple[list[tuple[Reading, int | None]], int]:
    """The answers to the record's own question that say different things, in order; and how many sayings came at all.

    RFC 5452 §3: an answer counts with the query's id, name, type and class. One without a fitting question is noise, but
    it is counted.
    """
    asked = _asked(record, place)
    found: list[tuple[Reading, int | None]] = []
    said: set[object] = set()
    for answer in record.answers:
        wire = answer.wire
        reading = _read_matching(wire, asked, record.query[:2]) if asked else None
        saying: object = bytes(wire) if reading is None else _saying(reading)
        if saying in said:
            continue
        said.add(saying)
        if reading is not None:
            found.append((reading, answer.ttl))
    return found, len(said)


def _saying(reading: Reading) -> object:
    """What makes an answer another one; TTLs and flags that a cache changes do not."""
    return reading.rcode, reading.addresses, reading.cname_chain, reading.texts, reading.ede, reading.soa_at, reading.tc


def _asked(record: Record, place: Place) -> bytes:
    """The question section that an answer must repeat, its name in lower case; empty if the query asked something else."""
    expected, query = place.asked, record.query
    if not query or not expected:
        return expected
    section = query[_HEADER_BYTES : _HEADER_BYTES + len(expected)]
    return expected if query[4:6] == _ONE_QUESTION and _lowered(section) == expected else b""


def _lowered(section: bytes) -> bytes:
    return section[:-_TAIL_BYTES].lower() + section[-_TAIL_BYTES:]


def _read_matching(wire: bytes, asked: bytes, ident: bytes) -> Reading | None:
    end = _HEADER_BYTES + len(asked)
    if wire[4:6] != _ONE_QUESTION or (ident and wire[:2] != ident) or _lowered(wire[_HEADER_BYTES:end]) != asked:
        return None
    key = wire[2:_HEADER_BYTES] + asked + wire[end:]
    reading = _read(key) if len(key) <= _MEMO_BYTES else _read.__wrapped__(key)
    return reading if reading is not None and reading.qr and reading.opcode == 0 else None


@lru_cache(maxsize=8192)
def _read(key: bytes) -> Reading | None:
    """Read an answer without its id, which says nothing: the same answer comes again and again."""
    try:
        return read(b"\0\0" + key)
    except DnsWireError:
        return None


def _form(reading: Reading, qtype: str) -> Form:  # noqa: PLR0911 - one form a line
    if reading.tc:  # RFC 2181 §9: what is cut short is no answer
        return Form.UNUSABLE
    if reading.rcode:
        named = {2: Form.SERVFAIL, 3: Form.NXDOMAIN, 5: Form.REFUSED}.get(reading.rcode, Form.UNUSABLE)
        return Form.UNUSABLE if reading.addresses else named
    if reading.addresses and qtype in ADDRESS_TYPES:
        return Form.ADDRESS
    if reading.rrset_size:
        return Form.UNUSABLE if qtype in ADDRESS_TYPES else Form.RECORDS
    if reading.nxname:  # RFC 9824 §3.1: a name that does not exist, told as NOERROR
        return Form.NXDOMAIN
    if reading.cname_chain:
        return Form.ALIAS
    # Neither the name's data nor a denial: records of another name, or somebody else's name servers are referred to.
    other = reading.answer_count or (reading.authority_count and reading.soa_at is None)
    return Form.UNUSABLE if other else Form.NODATA
