"""Holds what dnspython would refuse whole, and what equality of readings means."""

from __future__ import annotations

import struct

import pytest

from schema import dnswire

QUESTION = b"\x01a\x02to\0\0\x01\0\x01"
OWNER = b"\xc0\x0c"
A, CNAME, SOA, TXT, OPT, NSEC = 1, 5, 6, 16, 41, 47
EDNS = b"\0\0\x29\x04\xd0\0\0\0\0\0\0"


def record(rdtype: int, rdata: bytes, ttl: int = 60, owner: bytes = OWNER) -> bytes:
    """Build a record of class IN."""
    return owner + struct.pack("!HHIH", rdtype, 1, ttl, len(rdata)) + rdata


def response(
    answer: tuple[bytes, ...] = (),
    authority: tuple[bytes, ...] = (),
    additional: tuple[bytes, ...] = (),
    question: tuple[bytes, ...] = (QUESTION,),
    ident: int = 7,
) -> bytes:
    """Build a response byte by byte."""
    sections = (question, answer, authority, additional)
    counts = [len(section) for section in sections]
    return struct.pack("!HHHHHH", ident, 0x8180, *counts) + b"".join(b"".join(section) for section in sections)


def test_a_message_byte_by_byte() -> None:
    """Header, question, record, OPT, and where the data stands."""
    wire = response((record(A, b"\xc0\0\2\1"),), additional=(EDNS,))
    message = dnswire.read_message(wire + b"junk")
    assert (message.id, message.opcode, message.rcode) == (7, 0, 0)
    assert (message.qr, message.rd, message.ra) == (True,) * 3
    assert (message.aa, message.tc, message.z, message.ad, message.cd) == (False,) * 5
    assert message.questions == (dnswire.Question("a.to.", 1, 1),)
    assert message.answer == (dnswire.Record("a.to.", A, 1, 60, b"\xc0\0\2\1", wire.index(b"\xc0\0\2\1")),)
    assert message.additional == ()
    assert message.edns == dnswire.Edns(1232, 0, do=False, z_flags=0, options=())
    assert message.trailing == len(b"junk")
    assert dnswire.address(message.answer[0]) == "192.0.2.1"


def test_equal_answers_are_equal() -> None:
    """The id, the case of names, compression and the order of a set make no difference."""
    one, two = record(A, b"\xc0\0\2\1"), record(A, b"\xc0\0\2\2")
    spelled = record(A, b"\xc0\0\2\1", owner=b"\x01A\x02TO\0")
    readings = {
        dnswire.read(response((one, two), ident=1)),
        dnswire.read(response((two, one), ident=2)),
        dnswire.read(response((two, spelled), question=(QUESTION.upper(),))),
    }
    assert len(readings) == 1
    assert dnswire.read(response((one,))) not in readings


@pytest.mark.parametrize(
    "odd",
    [
        record(A, b"\xc0\0\2"),
        record(A, b""),
        record(CNAME, b"\x01b"),
        record(CNAME, b"\0\0"),
        record(CNAME, b"\xc0\xff"),
    ],
    ids=["address of 3 bytes", "no address", "name cut short", "name and more", "pointer forward"],
)
def test_an_odd_record_leaves_the_rest_readable(odd: bytes) -> None:
    """It counts as unreadable, so that the answer is not taken for an empty one."""
    reading = dnswire.read(response((odd,), additional=(EDNS,)))
    assert (reading.rcode, reading.answer_count, reading.addresses, reading.cname_chain) == (0, 1, (), ())
    assert (reading.edns, reading.unreadable) == (True, 1)


@pytest.mark.parametrize(
    "bitmap",
    [b"", b"\0", b"\0\x21" + bytes(33), b"\0\1\x40\0\1\x40", b"\0\1", b"\0\5\1"],
    ids=lambda bitmap: bitmap.hex(),
)
def test_odd_records_beside_the_answer(bitmap: bytes) -> None:
    """SOA, NSEC and TXT that cannot be read are counted each; an NSEC may have no types."""
    authority = (record(SOA, b"\0\0" + bytes(19)), record(NSEC, b"\0" + bitmap))
    reading = dnswire.read(response((), authority, (record(TXT, b""), record(TXT, b"\5ab"))))
    assert (reading.soa_at, reading.soa_zone, reading.soa) == ("authority", "a.to.", None)
    assert (reading.notices, reading.nxname) == ((), False)
    assert reading.unreadable == 1 + bool(bitmap) + 2


def test_of_two_aliases_at_one_name_the_first_counts() -> None:
    """No honest answer has two (RFC 2181 §10.1); nothing is chosen by what it leads to."""
    aliases = record(CNAME, b"\x01b\0"), record(CNAME, b"\x01c\0")
    reading = dnswire.read(response((*aliases, record(A, b"\xc0\0\2\1", owner=b"\x01c\0"))))
    assert (reading.cname_chain, reading.addresses, reading.answer_count) == (("b.",), (), 3)


def test_records_of_another_class_answer_nothing() -> None:
    """An A record of class CHAOS holds no IPv4 address, whatever its length."""
    chaos = OWNER + struct.pack("!HHIH", A, 3, 60, 4) + b"\0\0\1\1"
    reading = dnswire.read(response((chaos,)))
    assert (reading.addresses, reading.rrset_size, reading.answer_count, reading.unreadable) == ((), 0, 1, 0)
    asked = dnswire.read(response((chaos,), question=(QUESTION[:-1] + b"\3",)))
    assert (asked.addresses, asked.rrset_size, asked.unreadable) == ((), 1, 0)
    with pytest.raises(dnswire.DnsWireError):
        dnswire.address(dnswire.read_message(response((chaos,))).answer[0])


@pytest.mark.parametrize("count", [0, 2])
def test_no_single_question_no_rrset(count: int) -> None:
    """Such a message answers no question of ours; its records are still counted."""
    owner = record(A, b"\xc0\0\2\1", owner=b"\x01a\x02to\0")
    reading = dnswire.read(response((owner,), question=(QUESTION,) * count))
    assert (reading.question, reading.addresses, reading.answer_count) == (None, (), 1)


@pytest.mark.parametrize(
    "wire",
    [
        b"",
        bytes(11),
        response()[:-1],
        response((record(A, b"\xc0\0\2\1"),))[:-1],
        response((EDNS,)),
        response((), (EDNS,)),
        response((), (), (EDNS, EDNS)),
        response((), (), (b"\x01a" + EDNS,)),
        response((), (), (OWNER + EDNS[1:],)),
        response((), (), (EDNS[:-2] + b"\0\3\0\3\0",)),
        response((), (), (EDNS[:-2] + b"\0\5\0\3\0\2x",)),
        response(question=(b"\x40" + QUESTION,)),
        response(question=(b"\xc0\x0c\0\1\0\1",)),
    ],
    ids=[
        "nothing",
        "header cut short",
        "question cut short",
        "data cut short",
        "OPT in ANSWER",
        "OPT in AUTHORITY",
        "OPT twice",
        "OPT of another name",
        "OPT of the question's name",
        "option header cut short",
        "option longer than OPT",
        "label type 01",
        "pointer to itself",
    ],
)
def test_not_a_message(wire: bytes) -> None:
    """What is refused."""
    with pytest.raises(dnswire.DnsWireError):
        dnswire.read(wire)


def test_a_reader_refuses_other_types() -> None:
    """A helper asked about a record it does not know raises the one error."""
    message = dnswire.read_message(response((record(A, b"\xc0\0\2\1"), record(TXT, b"\1x"))))
    address, text = message.answer
    for refused in (
        lambda: dnswire.target(message.wire, address),
        lambda: dnswire.soa(message.wire, address),
        lambda: dnswire.nsec_has(message.wire, address, 1),
        lambda: dnswire.texts(address),
        lambda: dnswire.address(text),
    ):
        with pytest.raises(dnswire.DnsWireError):
            refused()
