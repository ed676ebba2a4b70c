"""Holds the quick reader to dnspython: what dnspython accepts is accepted and read alike; nothing else ever comes out."""

from __future__ import annotations

import dns.edns
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rrset
import dns.update
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from schema import dnswire

PATIENT = settings(
    derandomize=True, deadline=None, max_examples=300, suppress_health_check=[HealthCheck.too_slow]
)  # dnspython imports a module at the first sight of a type, which looks slow

OPT, TSIG = 41, 250
OPCODE_UPDATE = 5


def presentation(name: dns.name.Name) -> str:
    """Spell a name as dnspython does, in lower case; its escapes hold no letters."""
    return name.to_text().lower()


def oracle(wire: bytes) -> dns.message.Message | None:
    """Read *wire* with dnspython, one record a set, so that each keeps its TTL; None where it refuses."""
    try:
        dns.message.from_wire(wire)
        return dns.message.from_wire(wire, one_rr_per_rrset=True)
    except dns.exception.DNSException:
        return None


def check(wire: bytes) -> bool:
    """Hold one message to the oracle; tell whether dnspython accepted it."""
    expected = oracle(wire)
    try:
        message = dnswire.read_message(wire)
    except dnswire.DnsWireError:
        assert expected is None, "dnspython accepts this message"
        return False
    reading = dnswire.summarise(message)
    assert hash(reading) == hash(dnswire.read(wire))
    if expected is None:
        return False
    check_header(message, expected)
    check_edns(message, reading, expected)
    sections = (message.answer, message.authority, message.additional)
    for records, rrsets in zip(sections, expected.sections[1:], strict=True):
        assert len(records) == len(rrsets)
        for record, rrset in zip(records, rrsets, strict=True):
            check_record(wire, record, rrset)
    check_name_servers(reading, expected)
    return True


def check_header(message: dnswire.Message, expected: dns.message.Message) -> None:
    """Compare id, flags, rcode and questions."""
    assert message.id == expected.id
    assert message.opcode == expected.opcode()
    assert message.rcode == expected.rcode()
    for name in ("qr", "aa", "tc", "rd", "ra", "ad", "cd"):
        assert getattr(message, name) == bool(expected.flags & dns.flags.from_text(name)), name
    assert message.z == bool(expected.flags & 0x40)
    assert message.trailing == 0
    asked = tuple((presentation(q.name), int(q.rdtype), int(q.rdclass)) for q in expected.question)
    assert tuple((q.name, q.rdtype, q.rdclass) for q in message.questions) == asked


def check_edns(message: dnswire.Message, reading: dnswire.Reading, expected: dns.message.Message) -> None:
    """Compare the OPT record, its options' bytes and its extended errors."""
    if expected.opt is None:
        assert message.edns is None
        assert reading.ede == ()
        return
    edns = message.edns
    assert edns is not None
    assert (edns.udp_size, edns.version) == (expected.payload, expected.edns)
    assert (edns.do, edns.z_flags) == (bool(expected.ednsflags & 0x8000), expected.ednsflags & 0x7FFF)
    assert [code for code, _ in edns.options] == [int(option.otype) for option in expected.options]
    for (code, data), option in zip(edns.options, expected.options, strict=True):
        if code != dnswire.OPTION_EDE:  # dnspython drops a final NUL of the text
            assert data == option.to_wire()
    assert reading.ede == tuple((int(ede.code), ede.text or "") for ede in expected.extended_errors())
    nsids = [option.nsid for option in expected.options if isinstance(option, dns.edns.NSIDOption)]
    assert reading.nsid == (nsids[0] if nsids else None)


def check_name_servers(reading: dnswire.Reading, expected: dns.message.Message) -> None:
    """Compare the name servers of an answer without aliases."""
    asked = reading.question
    if asked is None or asked.rdtype != dns.rdatatype.NS or reading.cname_chain:
        return
    servers = {
        presentation(rdata.target)
        for rrset in expected.answer
        for rdata in rrset
        if (presentation(rrset.name), rrset.rdtype, int(rrset.rdclass)) == (asked.name, asked.rdtype, asked.rdclass)
    }
    assert reading.name_servers == tuple(sorted(servers))


def check_record(wire: bytes, record: dnswire.Record, rrset: dns.rrset.RRset) -> None:
    """Compare one record with the set that dnspython made of it."""
    assert record.name == presentation(rrset.name)
    assert record.rdtype == rrset.rdtype
    assert record.rdclass == (rrset.rdclass if rrset.deleting is None else rrset.deleting)
    if not rrset:  # an UPDATE that deletes carries no data
        assert record.rdata == b""
        return
    assert record.ttl == rrset.ttl
    rdata = rrset[0]
    assert rdata == dns.rdata.from_wire(rrset.rdclass, rrset.rdtype, wire, record.offset, len(record.rdata))
    if record.rdtype in (dns.rdatatype.CNAME, dns.rdatatype.NS, dns.rdatatype.PTR, dns.rdatatype.DNAME):
        assert dnswire.target(wire, record) == presentation(rdata.target)
    elif record.rdtype == dns.rdatatype.SOA:
        found = dnswire.soa(wire, record)
        assert (found.mname, found.rname) == (presentation(rdata.mname), presentation(rdata.rname))
        numbers = (found.serial, found.refresh, found.retry, found.expire, found.minimum)
        assert numbers == (rdata.serial, rdata.refresh, rdata.retry, rdata.expire, rdata.minimum)
    elif record.rdtype == dns.rdatatype.TXT:
        assert dnswire.texts(record) == rdata.strings
    elif record.rdtype == dns.rdatatype.A and record.rdclass == dns.rdataclass.IN:
        assert dnswire.address(record) == rdata.address
    elif record.rdtype == dns.rdatatype.NSEC:
        spelled = rdata.to_text().split()[1:]
        for rdtype in (1, 2, 46, 47, 128, 257):
            assert dnswire.nsec_has(wire, record, rdtype) == (
                dns.rdatatype.to_text(dns.rdatatype.RdataType.make(rdtype)) in spelled
            )


LABELS = st.one_of(
    st.sampled_from(
        [b"www", b"WWW", b"Kick-Ass", b"to", b"example", b"com", b"_dmarc", b"a.b", b'q"();\\@$', b"\x00\xff"]
    ),
    st.binary(min_size=1, max_size=63),
)
NAMES = (
    st.lists(LABELS, max_size=5)
    .filter(lambda labels: sum(len(label) + 1 for label in labels) < 255)
    .map(lambda labels: dns.name.Name([*labels, b""]))
)
CLASSES = st.sampled_from([dns.rdataclass.IN, dns.rdataclass.CH])
TYPES = st.sampled_from(
    [dns.rdatatype.A, dns.rdatatype.AAAA, dns.rdatatype.CNAME, dns.rdatatype.NS, dns.rdatatype.HTTPS, dns.rdatatype.ANY]
)
U16, U32 = st.integers(0, 0xFFFF), st.integers(0, 0xFFFFFFFF)
TTLS = st.integers(0, 0x7FFFFFFF)


def rdata_of(rdtype: str, data: st.SearchStrategy[bytes]) -> st.SearchStrategy[dns.rdata.Rdata]:
    """Make records of one type from the bytes of their data."""
    code = dns.rdatatype.from_text(rdtype)
    return data.map(lambda raw: dns.rdata.from_wire(dns.rdataclass.IN, code, raw, 0, len(raw)))


WIRE_NAMES = NAMES.map(lambda name: name.to_wire() or b"")
STRINGS = st.lists(st.binary(max_size=40).map(lambda text: bytes([len(text)]) + text), min_size=1, max_size=3).map(
    b"".join
)
BITMAPS = st.sampled_from(
    [b"", b"\x00\x01\x40", b"\x00\x11\x40\x00\x00\x00\x00\x03" + bytes(10) + b"\x80", b"\x00\x01\x62\x01\x01\x40"]
)
RDATAS = st.one_of(
    rdata_of("A", st.binary(min_size=4, max_size=4)),
    rdata_of("AAAA", st.binary(min_size=16, max_size=16)),
    *[rdata_of(rdtype, WIRE_NAMES) for rdtype in ("CNAME", "NS", "PTR", "DNAME")],
    rdata_of("MX", st.builds(lambda name: b"\x00\x05" + name, WIRE_NAMES)),
    rdata_of("SOA", st.builds(lambda a, b, n: a + b + n, WIRE_NAMES, WIRE_NAMES, st.binary(min_size=20, max_size=20))),
    rdata_of("TXT", STRINGS),
    rdata_of("NSEC", st.builds(lambda name, bitmap: name + bitmap, WIRE_NAMES, BITMAPS)),
    rdata_of("HTTPS", st.just(b"\x00\x01\x00\x00\x01\x00\x03\x02h2")),
    rdata_of("TYPE65280", st.binary(max_size=30)),
)
OPTIONS: st.SearchStrategy[dns.edns.Option] = st.one_of(
    st.builds(dns.edns.EDEOption, U16, st.none() | st.text(max_size=20).filter(lambda text: not text.endswith("\0"))),
    st.builds(dns.edns.NSIDOption, st.binary(max_size=20)),
    st.builds(dns.edns.GenericOption, st.sampled_from([9, 12, 65001]), st.binary(max_size=20)),
    st.just(dns.edns.CookieOption(b"12345678", b"abcdefgh")),
    st.just(dns.edns.ECSOption("192.0.2.0", 24, 24)),
)


@st.composite
def messages(draw: st.DrawFn) -> bytes:
    """Messages as servers make them: names compressed, any flags, EDNS or none."""
    message = dns.message.Message(draw(U16))
    message.flags = draw(U16) & ~0x7800  # a plain query's opcode
    pool = draw(st.lists(NAMES, min_size=1, max_size=3))
    names = st.sampled_from(pool)
    for _ in range(draw(st.sampled_from([1, 1, 1, 0, 2]))):
        message.question.append(dns.rrset.RRset(draw(names), draw(CLASSES), draw(TYPES)))
    for section in message.sections[1:]:
        for rdata in draw(st.lists(RDATAS, max_size=4)):
            section.append(dns.rrset.from_rdata(draw(names), draw(TTLS), rdata))
    if draw(st.booleans()):
        options: list[dns.edns.Option] = draw(st.lists(OPTIONS, max_size=4))
        message.use_edns(draw(st.integers(0, 255)), draw(U32) & 0xFF00FFFF, draw(U16), options=options)
    return message.to_wire(max_size=65535)


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """Messages with a few bytes changed, dropped or added."""
    wire = bytearray(draw(messages()))
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, max(len(wire) - 1, 0)))
        value = draw(st.sampled_from([0, 1, 12, 41, 63, 64, 0x80, 0xC0, 0xFF]) | st.integers(0, 255))
        kind = draw(st.sampled_from(["set", "set", "set", "drop", "add", "cut"]))
        if kind == "set" and wire:
            wire[place] = value
        elif kind == "drop":
            del wire[place : place + 1]
        elif kind == "add":
            wire.insert(place, value)
        elif kind == "cut":
            del wire[place:]
    return bytes(wire)


@st.composite
def pointer_soup(draw: st.DrawFn) -> bytes:
    """Aliases from name to name, each a few labels and the root or a pointer to anywhere."""

    def name(here: int) -> bytes:
        labels = draw(st.sampled_from([b"", b"", b"\x01a", b"\x02Bc\x01.", b"\x01\xc0"]))
        target = draw(st.integers(12, here + 2) | st.sampled_from([0, 12, 12, 12, 17, 18, 19, 20]))
        return labels + draw(st.sampled_from([b"\0", bytes([0xC0, target & 0xFF])]))

    wire = name(12) + draw(st.sampled_from([b"\x00\x01\x00\x01", b"\x01a\x00\x01"]))
    answers = draw(st.integers(0, 8))
    for _ in range(answers):
        wire += name(12 + len(wire)) + b"\x00\x05\x00\x01\x00\x00\x00\x05\x00"
        target = name(12 + len(wire) + 1)
        wire += bytes([len(target)]) + target
    return b"\x12\x34\x81\x80" + bytes([0, 1, 0, answers, 0, 0, 0, 0]) + wire


@PATIENT
@given(wire=messages())
def test_what_servers_send_is_read_as_dnspython_reads_it(wire: bytes) -> None:
    """Whatever dnspython writes, both read, and read alike."""
    assert check(wire)


@PATIENT
@given(wire=damaged())
def test_damaged_messages(wire: bytes) -> None:
    """Where dnspython still accepts, we agree; otherwise there is a reading or the one error."""
    check(wire)


@PATIENT
@given(wire=pointer_soup())
@example(wire=bytes.fromhex("1234818000010000000000000461620000c00c00010001"))
@example(wire=bytes.fromhex("1234818000010000000000000c00c0040001000100"))
@example(wire=bytes.fromhex("123481800001000000000000c00300010001"))
def test_pointers_that_lead_anywhere(wire: bytes) -> None:
    """Pointers into the header, into labels, into each other and forward."""
    check(wire)


@PATIENT
@given(wire=st.binary(max_size=120))
def test_noise(wire: bytes) -> None:
    """Bytes that are no message at all."""
    check(wire)


@PATIENT
@given(wire=damaged(), extra=st.binary(min_size=1, max_size=20))
def test_bytes_after_the_message_are_counted(wire: bytes, extra: bytes) -> None:
    """Where dnspython refuses trailing bytes, we read the message and say how many there are."""
    if oracle(wire) is None:
        return
    message = dnswire.read_message(wire + extra)
    assert message.trailing == len(extra)
    assert (message.answer, message.edns) == (dnswire.read_message(wire).answer, dnswire.read_message(wire).edns)


def test_an_update_is_read_as_its_bytes_say() -> None:
    """For dnspython the class means another thing in UPDATE; the records are the same."""
    update = dns.update.UpdateMessage("example.com.")
    update.present("www")
    update.absent("gone", "A")
    update.delete("old", "A", "192.0.2.1")
    update.delete("older")
    update.add("new", 300, "A", "192.0.2.2")
    assert check(update.to_wire())
    assert dnswire.read_message(update.to_wire()).opcode == OPCODE_UPDATE


@pytest.mark.parametrize("bit", range(16))
def test_every_flag_bit(bit: int) -> None:
    """Each bit of the flags is read where dnspython reads it."""
    query = bytearray(dns.message.make_query("example.com.", "A", id=1).to_wire())
    query[2:4] = (1 << bit).to_bytes(2, "big")
    check(bytes(query))


@pytest.mark.parametrize("rcode", range(0, 4096, 15))
def test_every_extended_rcode(rcode: int) -> None:
    """Twelve bits of rcode, eight of them in the OPT record."""
    response = dns.message.make_response(dns.message.make_query("example.com.", "A", use_edns=0))
    response.set_rcode(dns.rcode.Rcode.make(rcode))
    assert check(response.to_wire())
    assert dnswire.read(response.to_wire()).rcode == rcode


@pytest.mark.parametrize("ttl", [0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF])
def test_a_ttl_with_the_high_bit_is_zero(ttl: int) -> None:
    """RFC 2181 §8."""
    wire = bytes.fromhex("00018180000000010000000000") + bytes.fromhex("00010001") + ttl.to_bytes(4, "big")
    wire += bytes.fromhex("0004c0000201")
    assert check(wire)
    assert dnswire.read(wire).min_ttl == (ttl if ttl < 0x80000000 else 0)


def test_a_signed_message_keeps_its_signature_as_a_record() -> None:
    """Without a key dnspython refuses TSIG; for us it is a record like any other."""
    query = dns.message.make_query("example.com.", "A")
    query.use_tsig({dns.name.from_text("key."): b"0123456789abcdef"}, "key.")
    assert [record.rdtype for record in dnswire.read_message(query.to_wire()).additional] == [TSIG]
