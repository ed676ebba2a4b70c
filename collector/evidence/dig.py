"""A DNS message as `dig` prints it, so that a person who knows DNS reads it at once. Hostile bytes come out escaped. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from collector.judge.explain.text import error
from schema.dnswire import DnsWireError, address, extended_errors, nsid, read_message, soa, target, texts
from schema.dnswire.rcodes import RCODES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schema.dnswire import Edns, Message, Record

_TYPES: Final = {
    1: "A", 2: "NS", 5: "CNAME", 6: "SOA", 12: "PTR", 15: "MX", 16: "TXT", 28: "AAAA", 33: "SRV", 39: "DNAME", 43: "DS",
    46: "RRSIG", 47: "NSEC", 48: "DNSKEY", 50: "NSEC3", 64: "SVCB", 65: "HTTPS", 255: "ANY",
}  # fmt: skip
_CLASSES: Final = {1: "IN", 3: "CH", 4: "HS", 255: "ANY"}
_OPCODES: Final = {0: "QUERY", 1: "IQUERY", 2: "STATUS", 4: "NOTIFY", 5: "UPDATE"}
_FLAGS: Final = ("qr", "aa", "tc", "rd", "ra", "z", "ad", "cd")
_MOST_RECORDS: Final = 100  # of a section that are printed
_MOST_BYTES: Final = 256  # of data nobody here reads


def dig(wire: bytes) -> Iterator[str]:
    """The message, line by line; where it is none, its bytes."""
    try:
        message = read_message(wire)
    except DnsWireError as refusal:
        yield f";; not a DNS message: {refusal}"
        yield f";; {len(wire)} bytes: {wire[:_MOST_BYTES].hex()}"
        return
    yield from _head(message)
    if message.edns is not None:
        yield from _opt(message.edns)
    yield ";; QUESTION SECTION:"
    for question in message.questions:
        yield f";{question.name}\t\t{_class(question.rdclass)}\t{_type(question.rdtype)}"
    for title, records in (
        ("ANSWER", message.answer),
        ("AUTHORITY", message.authority),
        ("ADDITIONAL", message.additional),
    ):
        if records:
            yield f";; {title} SECTION:"
            yield from (_record(message, record) for record in records[:_MOST_RECORDS])
        if len(records) > _MOST_RECORDS:
            yield f";; ... {len(records) - _MOST_RECORDS} more"
    if message.trailing:
        yield f";; WARNING: {message.trailing} bytes after the message"
    yield f";; MSG SIZE: {len(wire)}"


def _head(message: Message) -> Iterator[str]:
    opcode = _OPCODES.get(message.opcode) or f"OPCODE{message.opcode}"
    status = RCODES.get(message.rcode) or f"RCODE{message.rcode}"
    yield f";; ->>HEADER<<- opcode: {opcode}, status: {status}, id: {message.id}"
    flags = " ".join(flag for flag in _FLAGS if getattr(message, flag))
    counts = (len(message.questions), len(message.answer), len(message.authority))
    additional = len(message.additional) + (message.edns is not None)
    yield ";; flags: {}; QUERY: {}, ANSWER: {}, AUTHORITY: {}, ADDITIONAL: {}".format(flags, *counts, additional)


def _opt(edns: Edns) -> Iterator[str]:
    yield ";; OPT PSEUDOSECTION:"
    yield f"; EDNS: version: {edns.version}, flags:{' do' if edns.do else ''}; udp: {edns.udp_size}"
    for code, text in extended_errors(edns):
        yield f"; EDE: {error(code, text)}"
    identifier = nsid(edns)
    if identifier is not None:
        readable = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in identifier)  # noqa: PLR2004 - ASCII
        yield f'; NSID: {identifier.hex(" ")} ("{readable}")'


def _record(message: Message, record: Record) -> str:
    head = f"{record.name}\t{record.ttl}\t{_class(record.rdclass)}\t{_type(record.rdtype)}"
    return f"{head}\t{_data(message, record)}"


def _data(message: Message, record: Record) -> str:
    """What a record holds; of a type nobody here reads, or of one that is broken, the bytes (RFC 3597 §5)."""
    try:
        match _TYPES.get(record.rdtype):
            case "A" | "AAAA":
                return address(record)
            case "NS" | "CNAME" | "PTR" | "DNAME":
                return target(message.wire, record)
            case "TXT":
                return " ".join(map(_quoted, texts(record)))
            case "SOA":
                start = soa(message.wire, record)
                numbers = (start.serial, start.refresh, start.retry, start.expire, start.minimum)
                return " ".join([start.mname, start.rname, *map(str, numbers)])
            case _:
                return _bytes(record.rdata)
    except DnsWireError:
        return _bytes(record.rdata)


def _bytes(data: bytes) -> str:
    cut = " ..." if len(data) > _MOST_BYTES else ""
    return f"\\# {len(data)} {data[:_MOST_BYTES].hex()}{cut}"


def _quoted(text: bytes) -> str:
    """A character string as a zone file has it (RFC 1035 §5.1)."""
    shown = (
        f"\\{byte:03d}" if not 32 <= byte < 127 else f"\\{chr(byte)}" if byte in b'"\\' else chr(byte)  # noqa: PLR2004 - ASCII
        for byte in text
    )
    return '"' + "".join(shown) + '"'


def _type(number: int) -> str:
    return _TYPES.get(number) or f"TYPE{number}"


def _class(number: int) -> str:
    return _CLASSES.get(number) or f"CLASS{number}"
