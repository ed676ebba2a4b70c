"""The capture is one that Wireshark reads as what the records hold; it is computed, so it is compared with what was put in."""

from __future__ import annotations

import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from struct import unpack_from

import pytest

from schema.bundle.capture import FILE_HEADER, packets, vantage_address
from schema.record import Answer, Record
from schema.words import Profile, Role

AT = datetime(2022, 7, 11, 10, 0, 0, 250, tzinfo=UTC)
QUERY = bytes.fromhex("1234010000010000000000000765786d61706c65026974000001 0001".replace(" ", ""))
ANSWER = (
    QUERY[:2]
    + b"\x81\x80"
    + QUERY[4:6]
    + b"\0\1\0\0\0\0"
    + QUERY[12:]
    + bytes.fromhex("c00c00010001000000ff0004c6336407")
)


def record(endpoint: str, *, cell: int = 7, answers: tuple[Answer, ...] = (Answer(1500, ANSWER, 58),)) -> Record:
    return Record(
        v=1, plan="00" * 32, cell=cell, probe="mi-01", at=AT, role=Role.TARGET, resolver="cloudflare", endpoint=endpoint,
        name="exmaple.it.", qtype="A", profile=Profile.STUB, query=QUERY, answers=answers,
    )  # fmt: skip


ENDPOINTS = (
    ("udp:1.1.1.1:53", 10_007),
    ("tcp:1.1.1.1:53", 20_007),
    ("tls:1.1.1.1:853#one.one.one.one", 30_007),
    ("https:1.1.1.1:443#cloudflare-dns.com/dns-query", 40_007),
    ("quic:[2606:4700:4700::1111]:853#one.one.one.one", 50_007),
)


@pytest.mark.parametrize(("endpoint", "port"), ENDPOINTS)
def test_tshark_reads_question_and_answer(tmp_path: Path, endpoint: str, port: int) -> None:
    if shutil.which("tshark") is None:
        pytest.skip("tshark is not installed: nobody here reads captures")
    file = tmp_path / "traffic.pcap"
    file.write_bytes(FILE_HEADER + b"".join(packets(record(endpoint), 0)))
    fields = (
        "frame.time_epoch",
        "ip.src",
        "ipv6.src",
        "udp.srcport",
        "udp.dstport",
        "dns.id",
        "dns.qry.name",
        "dns.a",
        "ip.ttl",
    )
    told = subprocess.run(
        [
            "tshark", "-r", str(file), "-o", "ip.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE", "-T", "fields",
            *(part for field in (*fields, "ip.checksum.status", "udp.checksum.status") for part in ("-e", field)),
        ],
        capture_output=True, text=True, check=True,
    ).stdout.splitlines()  # fmt: skip
    question, answer = (line.split("\t") for line in told)
    six = "[" in endpoint
    assert question[0] == f"{AT.timestamp():.6f}000"
    assert float(answer[0]) - float(question[0]) == pytest.approx(0.0015, abs=1e-6)
    assert question[2 if six else 1] == vantage_address(0, 6 if six else 4)
    assert (int(question[3]), int(question[4])) == (port, 53)
    assert (int(answer[3]), int(answer[4])) == (53, port)
    assert question[5] == answer[5] == "0x1234"
    assert question[6] == answer[6] == "exmaple.it"
    assert answer[7] == "198.51.100.7"
    assert six or (question[8], answer[8]) == ("64", "58")
    assert all(one[10 if six else 9] == "1" for one in (question, answer))  # the checksum is good


def test_what_was_not_asked_gives_no_packet() -> None:
    empty = Record(
        v=1, plan="00" * 32, cell=1, probe="mi-01", at=AT, role=Role.LOOK, resolver="no-dns", endpoint="tls:1.1.1.1:443#a.it",
        name="a.it.", qtype="A", profile=Profile.STUB,
    )  # fmt: skip
    assert list(packets(empty, 0)) == []


@pytest.mark.parametrize(
    "answer",
    [
        Answer(-(10**18), ANSWER),
        Answer(10**18, ANSWER, 10**6),
        Answer(0, b""),
        Answer(0, bytes(65_535)),
        Answer(0, bytes(70_001)),
    ],
    ids=["long-before", "long-after", "empty", "longest", "too-long"],
)
def test_nothing_in_a_record_breaks_it(answer: Answer) -> None:
    """Whatever a probe wrote: packets of the length that their headers say, no longer than a packet can be."""
    for endpoint, _ in ENDPOINTS:
        for packet in packets(record(endpoint, cell=-3, answers=(answer,)), 10**6):
            _, microseconds, kept, whole = unpack_from("<IIII", packet)
            assert microseconds < 1_000_000
            assert kept == whole == len(packet) - 16 <= 65_575


def test_vantages_have_addresses_of_their_own() -> None:
    addresses = {vantage_address(number) for number in range(253)}
    assert len(addresses) == 253
    assert "192.0.2.53" not in addresses
