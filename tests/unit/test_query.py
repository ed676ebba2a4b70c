"""Questions as built, against dnspython as the oracle."""

from __future__ import annotations

import timeit

import dns.edns
import dns.flags
import dns.message
import dns.name
import dns.rdataclass
import dns.rdatatype
import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.query import TYPES, build, type_number
from schema.errors import FormatError
from schema.names import canonical
from schema.words import Profile

LABEL = st.from_regex(r"[a-z0-9_]([a-z0-9_-]{0,14}[a-z0-9_])?", fullmatch=True)
NAMES = st.lists(LABEL, min_size=1, max_size=12).map(lambda labels: ".".join(labels) + ".")
KINDS = st.sampled_from([*TYPES, "TYPE1", "TYPE64", "TYPE65535"])
IDS = st.integers(0, 65_535)


@given(
    NAMES, KINDS, st.sampled_from(["IN", "CH"]), st.sampled_from(Profile), IDS, st.none() | st.integers(0, 2**256 - 1)
)
def test_dnspython_reads_what_was_meant(
    name: str, qtype: str, qclass: str, profile: Profile, msg_id: int, case_bits: int | None
) -> None:
    message = dns.message.from_wire(build(name, qtype, qclass, profile, msg_id=msg_id, case_bits=case_bits))
    (question,) = message.question
    assert message.id == msg_id
    assert message.flags == dns.flags.RD
    assert message.opcode() == 0
    assert question.name == dns.name.from_text(name)
    assert (question.rdtype, question.rdclass) == (dns.rdatatype.from_text(qtype), dns.rdataclass.from_text(qclass))
    assert not message.answer
    assert not message.authority
    if profile is Profile.STUB:
        assert message.edns == -1
    else:
        assert (message.edns, message.payload) == (0, 1232)
        assert message.ednsflags == (dns.flags.DO if profile is Profile.DNSSEC else 0)
        assert [(option.otype, option.to_wire()) for option in message.options] == [(dns.edns.NSID, b"")]


@pytest.mark.parametrize("profile", Profile)
def test_the_bytes_are_dnspythons(profile: Profile) -> None:
    message = dns.message.make_query("kickasstorrents.to.", "AAAA", id=4711)
    if profile is not Profile.STUB:
        flags = dns.flags.DO if profile is Profile.DNSSEC else 0
        message.use_edns(0, flags, 1232, options=[dns.edns.NSIDOption(b"")])
    assert build("kickasstorrents.to.", "AAAA", "IN", profile, msg_id=4711) == message.to_wire()


@given(NAMES, IDS, st.integers(0, 2**256 - 1))
def test_each_bit_is_one_place(name: str, msg_id: int, case_bits: int) -> None:
    plain = build(name, "A", "IN", Profile.STUB, msg_id=msg_id)
    mixed = build(name, "A", "IN", Profile.STUB, msg_id=msg_id, case_bits=case_bits)
    asked = dns.message.from_wire(mixed).question[0].name.to_text()
    assert asked == "".join(one.upper() if case_bits >> place & 1 else one for place, one in enumerate(name))
    assert len(mixed) == len(plain)
    assert mixed.lower()[12:] == plain.lower()[12:]


def test_no_template_is_spoilt_by_its_use() -> None:
    before = build("example.org.", "A", "IN", Profile.EDNS, msg_id=1)
    build("example.org.", "A", "IN", Profile.EDNS, msg_id=65_535, case_bits=-1 & 0xFFFF)
    assert build("example.org.", "A", "IN", Profile.EDNS, msg_id=1) == before


@pytest.mark.parametrize(
    ("name", "qtype", "qclass"),
    [
        ("example.org", "A", "IN"),
        ("", "A", "IN"),
        ("a..b.", "A", "IN"),
        (".a.", "A", "IN"),
        ("x" * 64 + ".", "A", "IN"),
        (".".join(["x" * 63] * 4) + ".", "A", "IN"),
        ("bücher.example.", "A", "IN"),
        ("example.org.", "ANY", "IN"),
        ("example.org.", "TYPE", "IN"),
        ("example.org.", "TYPE0", "IN"),
        ("example.org.", "TYPE65536", "IN"),
        ("example.org.", "TYPE-1", "IN"),
        ("example.org.", "TYPE٣", "IN"),
        ("example.org.", "A", "HS"),
    ],
)
def test_what_cannot_be_asked_is_refused(name: str, qtype: str, qclass: str) -> None:
    with pytest.raises(FormatError):
        build(name, qtype, qclass, Profile.EDNS, msg_id=0)


@given(st.text(max_size=300), st.text(max_size=12))
def test_nothing_but_format_error_comes_out(name: str, qtype: str) -> None:
    try:
        wire = build(name, qtype, "IN", Profile.EDNS, msg_id=0)
    except FormatError:
        return
    dns.message.from_wire(wire)


@given(NAMES.map(lambda name: name + "example."))
def test_every_canonical_name_can_be_asked_for(name: str) -> None:
    assert build(canonical(name), "A", "IN", Profile.STUB, msg_id=0)


def test_the_longest_name_fits() -> None:
    name = ".".join(["x" * 63] * 3 + ["y" * 61]) + "."
    assert len(build(name, "A", "IN", Profile.STUB, msg_id=0)) == 12 + 255 + 4


def test_the_root_can_be_asked_for() -> None:
    assert dns.message.from_wire(build(".", "NS", "IN", Profile.EDNS, msg_id=0)).question[0].name == dns.name.root


def test_types_are_those_of_the_registry() -> None:
    for mnemonic, number in TYPES.items():
        assert dns.rdatatype.from_text(mnemonic) == number == type_number(f"TYPE{number}")


def test_a_repeated_question_costs_a_lookup() -> None:
    """An order of magnitude under building it with dnspython, which takes 25 us or more."""

    def ours() -> bytes:
        return build("kickasstorrents.to.", "A", "IN", Profile.EDNS, msg_id=4711, case_bits=0x15555)

    def theirs() -> bytes:
        return dns.message.make_query("kickasstorrents.to.", "A", use_edns=0, payload=1232).to_wire()

    ours()
    assert min(timeit.repeat(ours, number=1_000, repeat=5)) * 5 < min(timeit.repeat(theirs, number=1_000, repeat=5))
