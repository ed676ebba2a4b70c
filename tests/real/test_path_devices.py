"""The devices' own parts: datagrams to the octet, answers that a resolver could have sent, rules that nft takes."""

from __future__ import annotations

import subprocess
import sys
from random import Random
from struct import pack, unpack

import dns.message
import dns.rcode
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.lab.real.namespace import enclosed, environment
from deploy.lab.real.path.datagram import Datagram, read_datagram, write_datagram
from deploy.lab.real.path.forging import Question, Style, forge, nsid_in, read_question, with_other_id
from deploy.lab.real.path.meddling import Meddling, about, style_of, treat
from deploy.lab.real.path.rules import Path, Redirect, ruleset
from deploy.lab.real.path.tap import Noted
from deploy.lab.real.programs import missing
from probe.query import build
from schema.errors import UnavailableError
from schema.record import Answer, Record
from schema.words import Profile, Role
from tests.real.path_kinds import SEVEN, episodes
from tests.real.path_stored import compare
from tests.unit.judge_build import AT

NAME = "kickasstorrents.to."
PORTS = st.integers(1, 65535)
V4, V6 = st.ip_addresses(v=4).map(str), st.ip_addresses(v=6).map(str)
DATAGRAMS = st.one_of(
    *(st.builds(Datagram, one, PORTS, one, PORTS, st.integers(1, 255), st.binary(max_size=300)) for one in (V4, V6))
)


def question(profile: Profile = Profile.EDNS, qtype: str = "A", name: str = NAME) -> Question:
    """A question as the probe puts it."""
    found = read_question(build(name, qtype, "IN", profile, msg_id=4711, case_bits=0b1011))
    assert found is not None
    return found


@given(DATAGRAMS)
def test_a_datagram_is_read_as_it_was_written(datagram: Datagram) -> None:
    """And its checksums hold: with them, every covered octet sums up to nothing (RFC 1071)."""
    packet = write_datagram(datagram)
    assert read_datagram(packet) == datagram
    start = 20 if packet[0] >> 4 == 4 else 40
    if start == 20:
        assert _sum(packet[:20]) == 0xFFFF
    addresses = packet[12:20] if start == 20 else packet[8:40]
    assert _sum(addresses + pack(">II", len(packet) - start, 17) + packet[start:]) == 0xFFFF


def _sum(data: bytes) -> int:
    data += b"\0" * (len(data) % 2)
    total = sum(unpack(f">{len(data) // 2}H", data))
    return total % 0xFFFF or 0xFFFF


@given(st.binary(max_size=120), st.sampled_from((0x45, 0x4F, 0x60, 0x00)))
def test_any_packet_is_read_or_passed_over(rest: bytes, first: int) -> None:
    """Nothing raises: the tap sees everything that a namespace holds."""
    read_datagram(bytes((first,)) + rest)
    read_datagram(rest)


def test_a_fragment_is_passed_over() -> None:
    """It holds no whole message."""
    packet = bytearray(write_datagram(Datagram("192.0.2.1", 53, "192.0.2.2", 4000, 64, b"x")))
    packet[6] |= 0x20
    assert read_datagram(bytes(packet)) is None


@pytest.mark.parametrize("style", Style)
@pytest.mark.parametrize("qtype", ["A", "AAAA"])
@pytest.mark.parametrize("profile", Profile)
def test_a_forged_answer_repeats_its_question(style: Style, qtype: str, profile: Profile) -> None:
    """To the letter case: nothing but what it says, and from where, gives it away."""
    asked = question(profile, qtype)
    wire = forge(asked, style, nsid=b"mxp01")
    reply = dns.message.from_wire(wire)
    assert asked.message.is_response(reply)
    assert wire[12:].startswith(asked.message.to_wire()[12 : 12 + len(NAME) + 5])
    assert nsid_in(wire) == (None if profile is Profile.STUB else b"mxp01")
    assert (reply.edns >= 0) == (profile is not Profile.STUB)


def test_what_styles_say() -> None:
    """The shapes are those that judges know by operators' documentation and by experience."""
    said = {style: dns.message.from_wire(forge(question(), style)) for style in Style}
    assert {style for style, one in said.items() if one.rcode() == dns.rcode.NXDOMAIN} == {
        Style.NXDOMAIN, Style.NXDOMAIN_SOA, Style.NXDOMAIN_BARE, Style.DENIED_CENSORED,
    }  # fmt: skip
    bare = said[Style.NXDOMAIN_BARE]
    assert (bare.flags & 0x0480, len(bare.authority)) == (0, 0)  # RA and AA
    assert [int(one.code) for one in said[Style.CENSORED].extended_errors()] == [16]
    assert {style: one.answer[0][0].to_text() for style, one in said.items() if one.answer} == {
        Style.NULL: "0.0.0.0", Style.LOOPBACK: "127.0.0.1", Style.PAGE: "217.175.53.72",
    }  # fmt: skip


def test_another_id_is_another() -> None:
    """Whatever the offset."""
    assert with_other_id(b"\xff\xffrest", 1) == b"\0\0rest"
    assert with_other_id(b"\0\1rest", 0xFFFF) == b"\0\0rest"


@pytest.mark.parametrize("garbage", [b"", b"\0" * 11, b"\xff" * 40, b"\0\1\x81\x80" + bytes(8)])
def test_what_is_no_question_is_none(garbage: bytes) -> None:
    """A device meddles with questions only."""
    assert read_question(garbage) is None


def test_names_are_met_with_what_is_below_them() -> None:
    """And not with what only ends alike."""
    assert about([NAME], question(name=f"www.{NAME}"))
    assert about([NAME], question())
    assert not about([NAME], question(name=f"not{NAME}"))
    assert not about([NAME], None)


@given(st.integers(0, 2**32))
def test_treatment_keeps_within_its_times(seed: int) -> None:
    """Delays and shares are as described; without a truth there is none."""
    meddling = Meddling(
        (NAME,), "s", truth=0.5, truth_ms=30, late=0.5, late_ms=300, forged_ms=20, again=0.5, wrong_id=0.5, garbage=0.5
    )
    found = treat(meddling, question(), Random(seed), nsid=None)
    assert 1 <= len(found.sendings) <= 4
    assert all(0 <= one.after_s <= 0.04 for one in found.sendings)
    assert found.truth_s is None or 0 <= found.truth_s <= 0.03 or 0.3 <= found.truth_s <= 0.6
    right = [one for one in found.sendings if one.wire[:2] == question().message.id.to_bytes(2, "big")]
    assert forge(question(), style_of(meddling, NAME)) in [one.wire for one in right]
    assert treat(Meddling((NAME,), "s", truth=0.0), question(), Random(seed), nsid=None).truth_s is None


def rules_of_all() -> list[str]:
    """Every ruleset that the episodes use, one over IPv6, and the empty one."""
    six = Path(
        ("2606:4700:4700::1111", "1.1.1.1"), (Redirect("udp", 53, "2001:db8::53", 53),), closed="reset", hold=True
    )
    return [ruleset(one) for one in (*(episode.path for episode in episodes("s")), six, Path(()))]


def test_nft_takes_every_ruleset() -> None:
    """Checked by nft itself, inside a namespace of its own."""
    if lacking := missing(("nft", "unshare")):
        pytest.skip(f"not installed: {', '.join(lacking)}")
    for rules in rules_of_all():
        try:
            command = enclosed(["nft", "-c", "-f", "-"])
        except UnavailableError as error:
            pytest.skip(str(error))
        done = subprocess.run(command, input=rules, capture_output=True, text=True, env=environment(), check=False)
        assert not done.returncode, f"{done.stderr}{rules}"


def test_there_are_seven_kinds_in_three_episodes_each() -> None:
    """Each with a hundred trials at three rounds, four resolvers and three names an episode."""
    kinds = [episode.kind for episode in episodes("s")]
    assert len(SEVEN) == 7
    assert all(kinds.count(kind) >= 3 for kind in SEVEN)


def record(query: bytes, *answers: bytes, endpoint: str = "udp:1.1.1.1:53") -> tuple[bytes, Record]:
    """A record of *query* with *answers*."""
    kept = tuple(Answer(1000, wire, 57) for wire in answers)
    return b"", Record(
        v=1, plan="0" * 64, cell=0, probe="p", at=AT, role=Role.TARGET, resolver="cloudflare", endpoint=endpoint,
        name=NAME, qtype="A", profile=Profile.STUB, query=query, answers=kept,
    )  # fmt: skip


def passed(at_ms: int, *, query: bytes = b"", answer: bytes = b"", source: str = "1.1.1.1", ttl: int = 57) -> Noted:
    """A datagram as the tap notes it: a question from port 4000, or an answer to it."""
    if query:
        return Noted(at_ms * 1_000_000, Datagram("1.1.1.1", 4000, "1.1.1.1", 53, 64, query))
    return Noted(at_ms * 1_000_000, Datagram(source, 53, "1.1.1.1", 4000, ttl, answer))


Q, A, B = b"\0\1question", b"\0\1answer", b"\0\2forged"


@pytest.mark.parametrize(
    ("kept", "came", "expected"),
    [
        pytest.param([A, B], [passed(2, answer=B), passed(3, answer=A)], (2, 2, 0, 1, 0, 0), id="both"),
        pytest.param([A], [passed(2, answer=B), passed(3, answer=A)], (2, 1, 0, 0, 1, 0), id="one is missing"),
        pytest.param([A], [passed(2, answer=A), passed(3, answer=A)], (2, 1, 0, 0, 1, 0), id="a repeat is missing"),
        pytest.param([A, B], [passed(2, answer=A)], (1, 2, 0, 1, 0, 1), id="one that nobody sent"),
        pytest.param([A], [passed(2, answer=A, ttl=58)], (1, 1, 0, 0, 1, 1), id="another TTL"),
        pytest.param([], [passed(1600, answer=A)], (0, 0, 1, 0, 0, 0), id="after the window"),
        pytest.param([A], [passed(1600, answer=A)], (0, 1, 1, 0, 0, 0), id="after the window, and kept"),
        pytest.param([], [passed(2, answer=A, source="9.9.9.9")], (0, 0, 0, 0, 0, 0), id="from somebody else"),
    ],
)
def test_records_are_held_against_what_came(
    kept: list[bytes], came: list[Noted], expected: tuple[int, int, int, int, int, int]
) -> None:
    """A comparison that could not fail would show nothing."""
    noted = [passed(1, query=Q), *came]
    found = compare([[record(Q, *kept)]], noted, ["1.1.1.1"], window_s=1.5)
    counts = found.delivered, found.stored, found.after_window, found.other_ids, len(found.missing), len(found.invented)
    assert counts == expected


def test_other_transports_and_addresses_are_left_out() -> None:
    """Where the tap sees nothing, nothing is compared."""
    rounds = [[record(Q, A, endpoint="tcp:1.1.1.1:53"), record(Q, A, endpoint="udp:62.101.93.101:53")]]
    found = compare(rounds, [], ["1.1.1.1"], window_s=1.5)
    assert (found.stored, found.invented) == (0, [])


def test_over_ipv6() -> None:
    """Redirected, held back, forged and counted: the same over IPv6, with the probe's carrier and a server of ours."""
    if lacking := missing(("nft", "ip", "unshare")):
        pytest.skip(f"not installed: {', '.join(lacking)}")
    try:
        command = enclosed([sys.executable, "-m", "tests.real.path_v6"])
    except UnavailableError as error:
        pytest.skip(str(error))
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=120, check=False)
    assert not done.returncode, done.stderr
    assert done.stdout.splitlines() == [
        "redirected: 198.51.100.99 ttl 61",
        "held: 0.0.0.0 ttl 40, 198.51.100.7 ttl 57",
        "tapped: 2 of 2",
    ]
