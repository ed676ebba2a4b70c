"""What one record shows: its answer read, matched to its question, and put in one of a few forms."""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from schema.dnswire import DnsWireError, Reading, read
from schema.endpoint import Endpoint, parse_endpoint
from schema.words import Failure, Profile

if TYPE_CHECKING:
    from schema.record import Record

_HEADER_BYTES: Final = 12
_TAIL_BYTES: Final = 4  # type and class after the question's name
_MAX_TYPE: Final = 0xFFFF
_MAX_LABEL_BYTES: Final = 63  # RFC 1035 §2.3.4
_ONE_QUESTION: Final = b"\0\1"
_MEMO_BYTES: Final = 1024  # longer answers are rare and are read each time
_TYPES: Final = {
    "A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "PTR": 12, "MX": 15, "TXT": 16, "AAAA": 28, "SRV": 33, "DS": 43,
    "DNSKEY": 48, "SVCB": 64, "HTTPS": 65, "ANY": 255, "CAA": 257,
}  # fmt: skip
_CLASSES: Final = {"IN": 1, "CH": 3}
ADDRESS_TYPES: Final = frozenset({"A", "AAAA"})
#: Failures after which bytes that came are nobody's answer.
_VOID: Final = frozenset({Failure.TLS_FAILED, Failure.TLS_UNTRUSTED, Failure.HTTP_STATUS, Failure.FRAMING})
PLAIN: Final = frozenset({Profile.STUB, Profile.EDNS})


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


class Seen(NamedTuple):
    """One cell as the judge sees it."""

    record: Record
    line: bytes
    endpoint: Endpoint
    verified: bool  # a certificate says who answered
    form: Form
    reading: Reading | None
    several: bool  # different datagrams came, whatever they say
    ttl: int | None  # IP TTL of the answer

    @property
    def plain(self) -> bool:
        """Whether it was asked as users ask."""
        return self.record.profile in PLAIN


def see(line: bytes, record: Record) -> Seen:
    """Read what *record* holds; *line* are its bytes.

    Raises:
        FormatError: the endpoint is none.
    """
    endpoint = parse_endpoint(record.endpoint)
    verified = endpoint.verifiable and record.tls is not None and record.tls.verified
    if record.gap is not None:
        return Seen(record, line, endpoint, verified, Form.NOT_ASKED, None, several=False, ttl=None)
    if record.failure in _VOID or (endpoint.verifiable and not verified):
        return Seen(record, line, endpoint, verified, Form.FAILED, None, several=False, ttl=None)
    readings, sayings = _matching(record)
    if not readings:
        form = _without_answer(record)
        return Seen(record, line, endpoint, verified, form, None, several=sayings > 1, ttl=None)
    reading, ttl = readings[0]
    form = Form.SEVERAL if len(readings) > 1 else _form(reading, record.qtype)
    return Seen(record, line, endpoint, verified, form, reading, several=sayings > 1, ttl=ttl)


def _without_answer(record: Record) -> Form:
    if record.answers or record.failure is None:
        return Form.UNUSABLE
    return Form.TIMEOUT if record.failure is Failure.TIMEOUT else Form.FAILED


def _matching(record: Record) -> tuple[list[tuple[Reading, int | None]], int]:
    """The answers to the record's own question that say different things, in order; and how many sayings came at all.

    RFC 5452 §3: an answer counts with the query's id, name, type and class. One without a fitting question is noise, but
    it is counted.
    """
    asked = _asked(record)
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


def _asked(record: Record) -> bytes:
    """The question section that an answer must repeat, its name in lower case; empty if the query asked something else."""
    expected = _question(record.name, record.qtype, record.qclass)
    query = record.query
    if not query or not expected:
        return expected
    section = query[_HEADER_BYTES : _HEADER_BYTES + len(expected)]
    return expected if query[4:6] == _ONE_QUESTION and _lowered(section) == expected else b""


def _lowered(section: bytes) -> bytes:
    return section[:-_TAIL_BYTES].lower() + section[-_TAIL_BYTES:]


@lru_cache(maxsize=8192)
def _question(name: str, qtype: str, qclass: str) -> bytes:
    """A question section in wire format; empty where it cannot be written."""
    kind = _TYPES.get(qtype) or (int(qtype[4:]) if qtype.startswith("TYPE") and qtype[4:].isdecimal() else 0)
    labels = [label.encode("ascii", "replace") for label in name.lower().rstrip(".").split(".") if label]
    if not 0 < kind <= _MAX_TYPE or qclass not in _CLASSES or any(len(label) > _MAX_LABEL_BYTES for label in labels):
        return b""
    spelled = b"".join(bytes((len(label),)) + label for label in labels)
    return spelled + b"\0" + kind.to_bytes(2, "big") + _CLASSES[qclass].to_bytes(2, "big")


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
    # Neither the name's data nor a denial: somebody else's name servers are referred to.
    return Form.UNUSABLE if reading.authority_count and reading.soa_at is None else Form.NODATA
