"""Writes the seeds: answers of every shape that a judge may be given, most of them by hand, byte for byte.

`python -m tests.fuzz.make_seeds` writes them to tests/fuzz/seeds; a test holds the files to this program. Each answers the
question that its name begins with (`a`, `aaaa`, `ns`, `soa`, `ch`), with id 1.
"""

from __future__ import annotations

import struct
from pathlib import Path
from socket import AF_INET6, inet_pton
from typing import Final

import dns.edns
import dns.flags
import dns.message
import dns.rcode
import dns.rrset

from probe.query import build
from schema.words import Profile

NAME: Final = "kickasstorrents.to."
SEEDS: Final = Path(__file__).parent / "seeds"
_KINDS: Final = {
    "a": (NAME, "A", "IN"),
    "aaaa": (NAME, "AAAA", "IN"),
    "ns": (NAME, "NS", "IN"),
    "soa": (NAME, "SOA", "IN"),
}
QUESTIONS: Final = _KINDS | {"ch": ("id.server.", "TXT", "CH")}
ID: Final = 1
A, NS, CNAME, SOA, TXT, AAAA, OPT, NSEC = 1, 2, 5, 6, 16, 28, 41, 47
HERE: Final = b"\xc0\x0c"  # a pointer to the question's name
_MOST: Final = 0xFFFF


def query_of(kind: str) -> bytes:
    """The query that a seed of *kind* answers."""
    return build(*QUESTIONS[kind], Profile.EDNS, msg_id=ID, case_bits=0)


def kind_of(name: str) -> str:
    """The kind of the seed called *name*."""
    return name.partition("-")[0]


def question(kind: str = "a") -> bytes:
    """The question section, name, type and class."""
    query = query_of(kind)
    return query[12 : query.index(b"\0", 12) + 5]


def record(rdtype: int, rdata: bytes, owner: bytes = HERE, ttl: int = 60, rdclass: int = 1) -> bytes:
    """A resource record."""
    return owner + struct.pack("!HHIH", rdtype, rdclass, ttl, len(rdata)) + rdata


def opt(*options: tuple[int, bytes], ttl: int = 0, size: int = 1232) -> bytes:
    """An OPT record."""
    rdata = b"".join(struct.pack("!HH", code, len(data)) + data for code, data in options)
    return record(OPT, rdata, b"\0", ttl, size)


def message(
    *answer: bytes, kind: str = "a", flags: int = 0x8180, authority: tuple[bytes, ...] = (),
    additional: tuple[bytes, ...] = (), counts: tuple[int, int, int, int] | None = None, asked: bytes | None = None,
) -> bytes:  # fmt: skip
    """A message; *counts* where they are not to be true."""
    section = question(kind) if asked is None else asked
    true = 1, len(answer), len(authority), len(additional)
    return struct.pack("!6H", ID, flags, *(counts or true)) + section + b"".join((*answer, *authority, *additional))


def _written(kind: str, *rrsets: dns.rrset.RRset, rcode: str = "NOERROR", **options: object) -> bytes:
    """A message as dnspython writes it."""
    reply = dns.message.make_response(dns.message.from_wire(query_of(kind)), recursion_available=True)
    reply.set_rcode(dns.rcode.from_text(rcode))
    reply.answer.extend(rrsets)
    if "ede" in options or "nsid" in options:
        ede = [dns.edns.EDEOption(code, text) for code, text in options.get("ede", ())]  # type: ignore[attr-defined]  # pairs
        nsid = [dns.edns.GenericOption(3, options["nsid"])] if "nsid" in options else []  # type: ignore[arg-type]  # bytes
        reply.use_edns(0, options=[*ede, *nsid])
    if options.get("soa"):
        reply.authority.append(dns.rrset.from_text("to.", 300, "IN", "SOA", "a.nic.to. root.nic.to. 1 2 3 4 300"))
    return reply.to_wire()


def _rr(rdtype: str, *data: str, owner: str = NAME, rdclass: str = "IN") -> dns.rrset.RRset:
    return dns.rrset.from_text(owner, 60, rdclass, rdtype, *data)


def ordinary() -> dict[str, bytes]:
    """What servers send."""
    return {
        "a-true": _written("a", _rr("A", "198.51.100.7"), nsid=b"87m362"),
        "a-many": message(*(record(A, bytes((198, 51, 100, at))) for at in range(1, 60))),
        "a-page": _written("a", _rr("A", "217.175.53.72")),
        "a-null": _written("a", _rr("A", "0.0.0.0"), ede=((17, None),)),
        "a-alias": _written("a", _rr("CNAME", "cdn.example."), _rr("A", "198.51.100.7", owner="cdn.example.")),
        "a-alias-to-page": _written("a", _rr("CNAME", "warning.ivass.it."), _rr("A", "85.159.194.59", owner="warning.ivass.it.")),
        "a-nxdomain": _written("a", rcode="NXDOMAIN", soa=True),
        "a-nxdomain-ede": _written("a", rcode="NXDOMAIN", soa=True, ede=((16, "Tribunale di Milano"), (22, None))),
        "a-refused": _written("a", rcode="REFUSED"),
        "a-servfail": _written("a", rcode="SERVFAIL", ede=((22, "no reachable authority"),)),
        "a-badvers": _written("a", rcode="BADVERS", ede=((0, None),)),
        "aaaa-true": _written("aaaa", _rr("AAAA", "2001:db8::7")),
        "aaaa-mapped": message(
            *(record(AAAA, inet_pton(AF_INET6, one)) for one in ("::ffff:127.0.0.1", "64:ff9b::7f00:1", "::", "2::")),
            kind="aaaa",
        ),
        "ns-true": message(record(NS, b"\3ns1\7example\0"), record(NS, b"\3ns2\7example\0"), kind="ns"),
        "soa-true": _written("soa", _rr("SOA", "ns1.example. root.example. 2026112100 7200 3600 1209600 300")),
        "ch-site": _written("ch", _rr("TXT", '"MXP"', owner="id.server.", rdclass="CH"), nsid=b"gpdns-mxp"),
    }  # fmt: skip


def names() -> dict[str, bytes]:
    """Names that lead nowhere, everywhere or to themselves."""
    start = 12 + len(question())
    self_pointer = struct.pack("!H", 0xC000 | start)
    chain = b""
    owner = HERE
    for at in range(300):
        begins = start + len(chain) + len(owner) + 10
        chain += record(CNAME, bytes((1, 97 + at % 26)) + HERE, owner)
        owner = struct.pack("!H", 0xC000 | begins)
    hops = b"".join(record(CNAME, struct.pack("!H", 0xC000 | max(12, start + 12 * at - 2))) for at in range(40))
    loop = record(CNAME, b"\1b\0"), record(CNAME, b"\1c\0", b"\1b\0"), record(CNAME, b"\1b\0", b"\1c\0")
    long_name = b"".join(bytes((63,)) + b"x" * 63 for _ in range(3)) + b"\x3d" + b"y" * 61 + b"\0"
    return {
        "a-points-at-itself": message(record(A, b"\xc6\x33\x64\7", self_pointer)),
        "a-points-forward": message(record(A, b"\xc6\x33\x64\7", b"\xff\xff")),
        "a-points-into-header": message(record(A, b"\xc6\x33\x64\7", b"\xc0\0")),
        "a-cname-chain": message(chain, counts=(1, 300, 0, 0)),
        "a-cname-to-itself": message(record(CNAME, HERE)),
        "a-cname-loop": message(*loop),
        "a-pointer-hops": message(hops, counts=(1, 40, 0, 0)),
        "a-long-name": message(record(CNAME, long_name), record(A, b"\xc6\x33\x64\7", long_name)),
        "a-too-long-name": message(record(CNAME, b"\x3f" + b"z" * 63 + long_name)),
        "a-odd-label": message(record(CNAME, b'\5\0".\\\xff\0')),
        "a-extended-label": message(record(CNAME, b"\x41\1\0")),
        "a-cname-cut": message(record(CNAME, b"\7abc")),
        "a-two-aliases": message(
            record(CNAME, b"\1b\0"), record(CNAME, b"\1c\0"), record(A, b"\xc6\x33\x64\7", b"\1c\0")
        ),
    }


def options() -> dict[str, bytes]:
    """OPT as it should not be."""
    ede = struct.pack("!H", 16)
    return {
        "a-ede-broken-utf8": message(flags=0x8183, additional=(opt((15, ede + b"\xff\xfe\xc3(\xed\xa0\x80")),)),
        "a-ede-one-byte": message(flags=0x8183, additional=(opt((15, b"\x10")),)),
        "a-ede-empty": message(flags=0x8183, additional=(opt((15, b"")),)),
        "a-ede-nul": message(flags=0x8183, additional=(opt((15, ede + b"\0" * 40)),)),
        "a-ede-controls": message(flags=0x8183, additional=(opt((15, ede + b"\x1b[2J\r\n\xe2\x80\xae\0x")),)),
        "a-ede-ten-thousand": message(
            flags=0x8183, additional=(opt(*((15, struct.pack("!H", at)) for at in range(10_000))),)
        ),
        "a-option-runs-over": message(additional=(record(OPT, b"\0\x0f\xff\xff\0\x10", b"\0", 0, 1232),)),
        "a-opt-twice": message(additional=(opt(), opt())),
        "a-opt-in-answer": message(opt()),
        "a-opt-not-root": message(additional=(record(OPT, b"", HERE, 0, 1232),)),
        "a-opt-version": message(additional=(opt(ttl=0x00FF8000),)),
        "a-rcode-4095": message(flags=0x818F, additional=(opt(ttl=0xFF000000),)),
        "a-nsid-binary": message(record(A, b"\xc6\x33\x64\7"), additional=(opt((3, bytes(range(256)))),)),
        "a-filtering-data": message(flags=0x8183, additional=(opt((22, b"\0\1"), (25, b'{"c":["x"]}'), (65001, b"?")),)),
    }  # fmt: skip


def denials() -> dict[str, bytes]:
    """Denials, policies and signatures."""
    nsec = HERE + b"\x00\x03\x40\x01\x03"
    nxname = HERE + b"\0\7\0\0\0\0\0\0\3" + b"\0\x11" + b"\0" * 16 + b"\x80"
    soa = b"\2ns\tlocalhost\0\4root\tlocalhost\0" + struct.pack("!5I", 1, 2, 3, 4, 300)
    rpz = b"\3rpz\7invalid\0"
    return {
        "a-nxname": message(authority=(record(NSEC, nxname),)),
        "a-nsec": message(flags=0x8183, authority=(record(NSEC, nsec),)),
        "a-nsec-cut": message(authority=(record(NSEC, HERE + b"\0\x21\xff"),)),
        "a-nsec-empty-window": message(authority=(record(NSEC, HERE + b"\0\0\1\0"),)),
        "a-forged-soa": message(authority=(record(SOA, soa),)),
        "a-policy-zone": message(flags=0x8183, additional=(record(SOA, soa, rpz), record(TXT, b"\5CR36!", rpz))),
        "a-soa-cut": message(flags=0x8183, authority=(record(SOA, soa[:-7]),)),
        "a-referral": message(authority=(record(NS, b"\2ns\3nic\2to\0", b"\2to\0"),)),
        "a-signed": message(record(A, b"\xc6\x33\x64\7"), record(46, b"\0\1\5\2" + b"\x7f" * 90)),
    }


def shapes() -> dict[str, bytes]:
    """Counts, lengths and sizes."""
    address, asked = record(A, b"\xc6\x33\x64\7"), question()
    many = b"".join(record(A, struct.pack("!I", 0x01000000 + 7919 * at)) for at in range(4_090))
    several = b"".join(record(AAAA, struct.pack("!IIQ", 0x20010DB8, at, at)) for at in range(2_330))
    owners = b"".join(record(A, b"\xc6\x33\x64\7", struct.pack("!BHB", 2, at, 0)) for at in range(3_600))
    texts = b"".join(record(TXT, bytes((255,)) + b"t" * 255) for _ in range(244))
    aliases = b"".join(record(CNAME, HERE) for _ in range(4_678))
    nested = b"".join(record(NS, struct.pack("!BB", 1, 97 + at % 26) + HERE) for at in range(4_000))
    return {
        "a-no-question": message(address, asked=b""),
        "a-count-0": message(counts=(0, 0, 0, 0)),
        "a-two-questions": message(address, asked=asked * 2, counts=(2, 1, 0, 0)),
        "a-counts-too-high": message(address, counts=(1, _MOST, _MOST, _MOST)),
        "a-empty-address": message(record(A, b"")),
        "a-long-address": message(record(A, b"\xc6\x33\x64\7\7")),
        "a-rdata-runs-over": message(address[:-6] + b"\xff\xff\xc6\x33\x64\7"),
        "a-truncated-flag": message(address, flags=0x8380),
        "a-no-response": message(address, flags=0x0180),
        "a-opcode-15": message(address, flags=0xF980),
        "a-all-flags": message(address, flags=0x87F0),
        "a-class-any": message(record(A, b"\xc6\x33\x64\7", rdclass=255)),
        "a-trailing": message(address) + b"and more" * 20,
        "a-ttl-negative": message(record(A, b"\xc6\x33\x64\7", ttl=0xFFFFFFFF)),
        "a-unknown-type": message(record(65280, bytes(range(200)))),
        "a-header-only": message()[:12],
        "a-empty": b"",
        "a-4090-addresses": message(many, counts=(1, 4_090, 0, 0)),
        "aaaa-2330-addresses": message(several, kind="aaaa", counts=(1, 2_330, 0, 0)),
        "a-3600-owners": message(owners, counts=(1, 3_600, 0, 0)),
        "a-huge-txt": message(texts, counts=(1, 244, 0, 0)),
        "a-4678-aliases": message(aliases, counts=(1, 4_678, 0, 0)),
        "ns-4000": message(nested, kind="ns", counts=(1, 4_000, 0, 0)),
        "ch-4000-texts": message(b"".join(record(TXT, b"\1x", rdclass=3) for _ in range(4_000)), kind="ch", counts=(1, 4_000, 0, 0)),
        "ch-controls": message(record(TXT, b"\x0c\x1b[31m\0\xff<b>\r\n;", rdclass=3), kind="ch"),
        "a-64-kib-of-zeros": message(counts=(1, _MOST, 0, 0)) + b"\0" * (_MOST - 12 - len(asked)),
    }  # fmt: skip


def seeds() -> dict[str, bytes]:
    """Every seed by name."""
    return ordinary() | names() | options() | denials() | shapes()


def main() -> None:
    """Write them."""
    for name, wire in seeds().items():
        (SEEDS / f"{name}.wire").write_bytes(wire)


if __name__ == "__main__":
    main()
