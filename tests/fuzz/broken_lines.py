"""Lines that are broken as JSON, as fields or as values."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from schema.codec import encode
from schema.record import BatchHeader, BatchLine, Certificate, Close, CloseLine, GapRange, gap_line
from schema.words import Failure, Gap, Profile, Role
from tests.unit.judge_build import AT, LIVE, TLS, UDP, Cells

if TYPE_CHECKING:
    import random

_PLAN: Final = "ab" * 32
_RECORDS: Final = (
    Cells()
    .target("cloudflare", TLS, LIVE)
    .target("cloudflare", UDP, "NXDOMAIN", also=((LIVE,),), profile=Profile.STUB)
    .target("cloudflare", UDP, Failure.TIMEOUT)
    .target("cloudflare", UDP, Gap.QUOTA)
    .identity("cloudflare", TLS, "=MXP")
    .add(Role.CANARY, "no-dns", "udp:192.0.2.53:53", Failure.TIMEOUT)
)
#: A line of each kind, as a probe writes it.
LINES: Final = (
    *(line for line, _ in _RECORDS.records),
    encode(BatchLine(1, BatchHeader("xx-01", "00" * 16, 1, "boot", "build", AT))),
    encode(Certificate(1, "ab" * 32, b"der")),
    encode(CloseLine(1, Close(_PLAN, 4, 2, "ab" * 32, (GapRange(2, 3, Gap.CEILING),)))),
    gap_line(_PLAN, "xx-01", 9, Gap.CEILING),
)
_DEEP: Final = (30, 400, 600, 990, 1_100, 5_000)
_VALUES: Final[tuple[Any, ...]] = (
    None, True, False, 0, -1, 1, 2, 255, 256, 2**31, 2**63 - 1, 2**63, 2**64, 10**30, -(2**63) - 1, 0.5, 1e308, "", " ", "\0",
    "a", "A", "?", "é", "\u202e", "\ufeff", "\U0001f600", "..", ".", "a..b.", "x" * 64 + ".", ("y" * 63 + ".") * 5, "x" * 70_000,
    "TYPE65535", "TYPE65536", "TYPE0", "TYPE" + "9" * 5_000, "TYPE\u0661", "ANY", "OPT", "CH", "HS", "target", "stub", "timeout",
    "udp:1.1.1.1:53", "udp:[::1]:53", "udp:[::ffff:1.1.1.1]:53", "tls:1.1.1.1:853#x", "https:1.1.1.1:443#x/", "udp:1.1.1.1:0",
    "udp:256.1.1.1:53", "udp:1.1.1.1:99999", "udp:resolver.example:53", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59",
    "2026-11-21T20:00:00", "2016-12-31T23:59:60Z", "1969-12-31T23:59:59.999999Z", "AAAA", "A===", "//8=", "not base64", "AA==" * 9,
    [], [[]], [None], {}, {"": None}, {"us": 1, "wire": "AAAA"}, [{"us": 1, "wire": "AAAA"}], [{"us": -1, "wire": ""}] * 300,
    {"verified": True}, {"version": 7, "chain": "x"}, {"status": 200, "headers": {"date": 1}}, {"from": 1, "to": 0},
)  # fmt: skip


def broken(dice: random.Random) -> bytes:
    """A line that is broken in one to three ways, or by luck in none that matters."""
    line = dice.choice(LINES)
    return _fields(line, dice) if dice.random() < 0.6 else _bytes(line, dice)


def _fields(line: bytes, dice: random.Random) -> bytes:
    table: dict[str, Any] = json.loads(line)
    for _ in range(dice.choice((1, 1, 2, 3))):
        inner = [value for value in table.values() if isinstance(value, dict)]
        within = dice.choice([table, *inner])
        key = dice.choice([*within, "surprise"])
        match dice.randrange(6):
            case 0:
                within.pop(key, None)
            case 1:
                within[dice.choice(("v", "cell", "gap", "close", "cert", "batch", "\0", "V"))] = json.loads(
                    json.dumps(within.get(key))
                )
            case _:
                within[key] = json.loads(json.dumps(dice.choice(_VALUES)))
    text = json.dumps(table, ensure_ascii=dice.random() < 0.5, separators=(",", ":"))
    match dice.randrange(12):
        case 0:
            depth = dice.choice(_DEEP)
            text = f'{text[:-1]},"deep":{"[" * depth}{"]" * depth}}}'
        case 1:
            depth = dice.choice(_DEEP)
            nested = '{"a":' * depth + "1" + "}" * depth
            text = f'{{"deep":{nested},{text[1:]}'
        case 2:
            text = f'{text[:-1]},"cell":1,"cell":2,"plan":"x"}}'
        case 3:
            text = text.replace('"', "'", 1)
        case 4:
            text = text + dice.choice(("x", "{}", ",", "\r", "\0", " "))
        case _:
            pass
    return text.encode("utf-8", "surrogatepass")


def _bytes(line: bytes, dice: random.Random) -> bytes:
    data = bytearray(line)
    for _ in range(dice.choice((1, 1, 2, 4))):
        at = dice.randrange(len(data)) if data else 0
        match dice.randrange(6):
            case 0 if data:
                data[at] ^= 1 << dice.randrange(8)
            case 1:
                data[at:at] = dice.choice(
                    (b'"', b"\\", b"\\u0000", b"\\ud800", b"{", b"]", b"\xff", b"\0", b"\xed\xa0\x80", b"1" * 5_000)
                )
            case 2:
                del data[at : at + dice.choice((1, 2, 30))]
            case 3:
                del data[at:]
            case 4:
                data[at:at] = data[at : at + dice.choice((1, 10, 200))] * dice.randint(1, 5)
            case _:
                data[at : at + 1] = bytes((dice.randrange(256),))
    return bytes(data).replace(b"\n", b" ")
