"""Holds names and bounds: every name as dnspython reads it, refused where it refuses, and no message slow to read."""

from __future__ import annotations

import struct
import time
from itertools import count, islice, pairwise
from typing import TYPE_CHECKING

import dns.exception
import dns.message
import dns.name
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from schema import dnswire
from schema.dnswire.names import MAX_POINTERS, Names, label_text, read_name

if TYPE_CHECKING:
    from collections.abc import Callable

LARGEST = 65535
SLOWEST_S = 0.05
FIRST_RDATA = 23  # after the header and a record of the root

PIECES = st.one_of(
    st.integers(0, 80).map(lambda offset: bytes([0xC0, offset])),
    st.sampled_from([b"\x00", b"\x00", b"\x01a", b"\x02B.", b"\x3f" + b"x" * 63, b"\x40", b"\x80", b"\xc1"]),
)


@settings(derandomize=True, deadline=None, max_examples=1500)
@given(wire=st.lists(PIECES, max_size=24).map(b"".join))
@example(wire=b"\x01a\x00" + b"".join(bytes([0xC0, max(0, 2 * n + 1)]) for n in range(20)))
@example(wire=b"\x00" + b"\xc0\x00" + b"".join(bytes([0xC0, 2 * n + 1]) for n in range(20)))
@example(wire=b"\x01a\xc0\x00")
@example(wire=b"\x01a\x01b\x00\xc0\x02\xc0\x00\x01c\xc0\x05")
def test_names_at_every_offset(wire: bytes) -> None:
    """Each offset gives the name dnspython gives, or is refused by both, also when others were read before."""
    names: Names = {}
    for start in [*range(len(wire)), *range(len(wire))]:
        try:
            name, used = dns.name.from_wire(wire, start)
        except dns.exception.DNSException:
            with pytest.raises(dnswire.DnsWireError):
                read_name(wire, start, len(wire), names)
        else:
            assert read_name(wire, start, len(wire), names) == (name.to_text().lower(), start + used)
            assert read_name(wire, start, len(wire), {}) == (name.to_text().lower(), start + used)


@pytest.mark.parametrize("byte", range(256))
def test_every_byte_is_spelled_as_dnspython_spells_it(byte: int) -> None:
    """Alone, and beside a letter."""
    for label in (bytes([byte]), b"X" + bytes([byte])):
        assert label_text(label) + "." == dns.name.Name([label, b""]).to_text().lower()


@pytest.mark.parametrize(("labels", "fits"), [([63, 63, 63, 61], True), ([63, 63, 63, 62], False), ([1] * 127, True)])
def test_a_name_has_at_most_255_bytes(labels: list[int], fits: bool) -> None:
    """RFC 1035 §2.3.4, also where a pointer makes it that long."""
    wire = b"".join(bytes([size]) + b"a" * size for size in labels) + b"\0"
    first = 1 + labels[0]
    pointed = wire[first:] + wire[:first] + b"\xc0\x00"
    for name, start in ((wire, 0), (pointed, len(wire) - first)):
        if fits:
            assert read_name(name, start, len(name), {})[1] == len(name)
        else:
            with pytest.raises(dnswire.DnsWireError):
                read_name(name, start, len(name), {})


def test_a_name_read_before_is_held_to_the_limit_of_now() -> None:
    """Record data that ends inside a name is refused, also where the name is known from elsewhere."""
    wire = b"\x01a\x01b\0"
    names: Names = {}
    for start in (0, 2):
        assert read_name(wire, start, len(wire), names)[1] == len(wire)
        with pytest.raises(dnswire.DnsWireError):
            read_name(wire, start, len(wire) - 1, names)


@pytest.mark.parametrize("depth", range(12, 22))
def test_owners_that_point_to_the_owner_before(depth: int) -> None:
    """Each record adds a pointer to the way; one over sixteen is one too many, for dnspython too."""
    wire = struct.pack("!HHHHHH", 1, 0x8180, 1, depth, 0, 0) + b"\x01a\0\0\1\0\1"
    owner = 12
    for _ in range(depth):
        pointer, owner = owner, len(wire)
        wire += record(struct.pack("!H", 0xC000 | pointer), 1, b"\xc0\0\2\1")
    if depth <= MAX_POINTERS:
        assert len(dns.message.from_wire(wire, one_rr_per_rrset=True).answer) == depth
        assert {entry.name for entry in dnswire.read_message(wire).answer} == {"a."}
        return
    with pytest.raises(dns.exception.DNSException):
        dns.message.from_wire(wire)
    with pytest.raises(dnswire.DnsWireError):
        dnswire.read_message(wire)


def header(answers: int) -> bytes:
    """Build the header of a response without question."""
    return struct.pack("!HHHHHH", 1, 0x8180, 0, answers, 0, 0)


def record(owner: bytes, rdtype: int, rdata: bytes) -> bytes:
    """Build a record of class IN."""
    return owner + struct.pack("!HHIH", rdtype, 1, 60, len(rdata)) + rdata


def pointers_into_labels() -> bytes:
    """Records owned by label after label of 16 KiB of one-byte labels: the longest names, all different."""
    region = (b"\x01\x01" * 126 + b"\x00") * 64
    owners = (FIRST_RDATA + 253 * n + 2 * k for k in reversed(range(126)) for n in range(64))
    wire = header(0) + record(b"\0", 65280, region)
    return (wire + b"".join(record(struct.pack("!H", 0xC000 | at), 1, b"") for at in owners))[:LARGEST]


def pointer_chains() -> bytes:
    """Records owned by pointers to pointers, sixteen deep."""
    group = 33
    region = b""
    for n in range(400):
        base = FIRST_RDATA + group * n
        steps = [base, *range(base + 3, base + group - 2, 2)]
        region += b"\x01a\0" + b"".join(struct.pack("!H", 0xC000 | at) for at in steps)
    owners = (FIRST_RDATA + group * (n % 400) + group - 2 for n in range(6000))
    wire = header(0) + record(b"\0", 65280, region)
    return (wire + b"".join(record(struct.pack("!H", 0xC000 | at), 1, b"") for at in owners))[:LARGEST]


def spelled_owners() -> bytes:
    """As many labels as fit, each of two odd bytes."""
    numbers = (struct.pack("!BH", 2, n) for n in count())
    owners = (b"".join(islice(numbers, 80)) + b"\0" for _ in range(300))
    return (header(0) + b"".join(record(owner, 1, b"") for owner in owners))[:LARGEST]


def aliases() -> bytes:
    """Build a chain of CNAMEs from name to name, as long as fits."""
    names = [b"\x04%04x\0" % n for n in range(4001)]
    wire = struct.pack("!HHHHHH", 1, 0x8180, 1, 0, 0, 0) + names[0] + b"\x00\x01\x00\x01"
    return (wire + b"".join(record(owner, 5, alias) for owner, alias in pairwise(names)))[:LARGEST]


def options() -> bytes:
    """One OPT record full of extended errors that say nothing."""
    return header(0)[:10] + b"\0\1\0\0\x29\4\xd0" + bytes(4) + struct.pack("!H", 6 * 10900) + b"\0\x0f\0\2\0\0" * 10900


def addresses() -> bytes:
    """As many different addresses as fit."""
    wire = struct.pack("!HHHHHH", 1, 0x8180, 1, 0, 0, 0) + b"\x01a\0\0\x1c\0\1"
    return (wire + b"".join(record(b"\xc0\x0c", 28, struct.pack("!QQ", n, n << 13)) for n in range(2340)))[:LARGEST]


def denials() -> bytes:
    """NSEC records of the asked name, each beginning with a name that is too long."""
    question = b"\x01a\0\0\1\0\1"
    region = record(b"\0", 65280, b"\x01b" * 8000)
    bad = struct.pack("!H", 0xC000 | 12 + len(question) + 11)
    wire = question + region + record(b"\xc0\x0c", 47, bad) * 3500
    return struct.pack("!HHHHHH", 1, 0x8180, 1, 1, 3400, 0) + wire


def strings() -> bytes:
    """One TXT record of empty strings."""
    wire = struct.pack("!HHHHHH", 1, 0x8180, 1, 0, 0, 0) + b"\x01a\0\0\x10\0\1"
    return wire + record(b"\xc0\x0c", 16, bytes(65000))


def whole(wire: bytes, counted: int) -> bytes:
    """Set the number of answers that stand in *wire*."""
    return wire[:6] + struct.pack("!H", counted) + wire[8:]


WORST = (pointers_into_labels, pointer_chains, spelled_owners, aliases, options, addresses, denials, strings)


@pytest.mark.parametrize("build", WORST)
def test_the_worst_64_kib_are_read_or_refused_in_time(build: Callable[[], bytes]) -> None:
    """Work grows with length alone; of ten runs the quickest counts, in CPU time."""
    wire = build()
    outcomes = []
    for answers in (0xFFFF, records_in(wire)):
        full = whole(wire, answers)
        took = []
        for _ in range(10):
            began = time.process_time()
            try:
                dnswire.read(full)
                outcomes.append("read")
            except dnswire.DnsWireError:
                outcomes.append("refused")
            took.append(time.process_time() - began)
        assert min(took) < SLOWEST_S
    assert "read" in outcomes


def records_in(wire: bytes) -> int:
    """Find how many answers can be read."""
    low, high = 0, 0xFFFF
    while low < high:
        middle = (low + high + 1) // 2
        try:
            dnswire.read_message(whole(wire, middle))
            low = middle
        except dnswire.DnsWireError:
            high = middle - 1
    return low


@pytest.mark.parametrize("section", range(4))
def test_a_count_that_lies_is_refused_at_once(section: int) -> None:
    """65,535 of anything in twelve bytes."""
    counts = [0xFFFF if n == section else 0 for n in range(4)]
    with pytest.raises(dnswire.DnsWireError):
        dnswire.read_message(struct.pack("!HHHHHH", 1, 0x8180, *counts))
