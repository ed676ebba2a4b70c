"""Feeds hostile messages to the judge as `ottempera judge` does, and measures what each costs."""

from __future__ import annotations

import sys
import time
from base64 import b64encode
from typing import TYPE_CHECKING, Final, NamedTuple

from collector.judge import judge_lines
from schema.codec import encode
from schema.words import Role
from tests.fuzz.make_seeds import QUESTIONS, query_of
from tests.unit.judge_build import CONTROLS, LIVE, POLICY, QUAD9, TLS, TWIN, UDP, WORLD, Cells

if TYPE_CHECKING:
    import random
    from collections.abc import Iterable, Sequence

LIMIT_S: Final = 0.05
TRIES: Final = 3
_AT: Final = '"at":"2026-11-21T20:00:00Z"'
#: Where a hostile answer may stand: role, resolver, endpoint, whether a certificate vouches.
PLACES: Final = (
    (Role.TARGET, "cloudflare", TLS, True),
    (Role.TARGET, "cloudflare", UDP, False),
    (Role.TARGET, "quad9", QUAD9, True),
    (Role.TARGET, "tim", "udp:212.216.112.112:53", False),
    (Role.CONTROL, "c1", CONTROLS["c1"], True),
    (Role.CONTROL, "c2", CONTROLS["c2"], True),
    (Role.CONTROL, "quad9-unfiltered", TWIN, True),
    (Role.KNOWN_GOOD, "cloudflare", TLS, True),
    (Role.KNOWN_ABSENT, "cloudflare", UDP, False),
    (Role.CANARY, "no-dns", "udp:192.0.2.53:53", False),
    (Role.IDENTITY, "cloudflare", UDP, False),
    (Role.IDENTITY, "cloudflare", TLS, True),
)
#: Whatever the judge and its readers remember from one call to the next.
_MEMORIES: Final = tuple(
    value
    for name, module in sorted(sys.modules.items())
    if name.startswith(("collector.judge", "schema."))
    for value in vars(module).values()
    if hasattr(value, "cache_clear")
)
_HONEST: Final = (
    Cells().controls(LIVE).target("cloudflare", TLS, LIVE).target("quad9", QUAD9, "NXDOMAIN", soa=False, ra=False)
)


class Hostile(NamedTuple):
    """A message, and the kind of question that it answers."""

    kind: str
    wire: bytes


def line_of(hostile: Hostile, cell: int, plan: int, dice: random.Random, beside: Sequence[bytes] = ()) -> bytes:
    """A record's line that holds *hostile*, and now and then a second datagram *beside* it."""
    name, qtype, qclass = QUESTIONS[hostile.kind]
    identity = hostile.kind == "ch"
    role, resolver, endpoint, vouched = dice.choice(PLACES[-2:] if identity else PLACES[:-2])
    wires = [hostile.wire, *([dice.choice(beside)] if beside and dice.random() < 0.03 else [])]
    answers = ",".join(
        f'{{"us":{at + 1},"wire":"{b64encode(wire).decode()}","ttl":58}}' for at, wire in enumerate(wires)
    )
    tls = ',"tls":{"version":"TLSv1.3","verified":true}' if vouched else ""
    spelt = "" if qclass == "IN" else f'"class":"{qclass}",'
    return (
        f'{{"v":1,"plan":"{plan:064x}","cell":{cell},"probe":"xx-01",{_AT},"role":"{role}","resolver":"{resolver}",'
        f'"endpoint":"{endpoint}","name":"{name}",{spelt}"type":"{qtype}","profile":"edns",'
        f'"query":"{_QUERIES[hostile.kind]}","answers":[{answers}]{tls}}}'
    ).encode()


def honest_lines(plan: int) -> list[bytes]:
    """A few honest records of the same round."""
    head = f'{{"v":1,"plan":"{plan:064x}"'.encode()
    return [head + line[len(head) :] for line, _ in _HONEST.records]


_QUERIES: Final = {kind: b64encode(query_of(kind)).decode() for kind in QUESTIONS}
_FIRST_CELL: Final = len(_HONEST.records)
A_ROUND: Final = 8


def rounds(messages: Iterable[Hostile], dice: random.Random, beside: Sequence[bytes]) -> list[bytes]:
    """Lines that hold all *messages*, a few to a round, each round with honest records too."""
    lines: list[bytes] = []
    plan, cell = 0, A_ROUND
    for hostile in messages:
        if cell == A_ROUND:
            plan, cell = plan + 1, 0
            lines += honest_lines(plan)
        lines.append(line_of(hostile, _FIRST_CELL + cell, plan, dice, beside))
        cell += 1
    return lines


def judged(lines: Sequence[bytes]) -> int:
    """Judge *lines* and write the verdicts, as the command does; how many there are."""
    return len([encode(verdict) for verdict in judge_lines(lines, WORLD, POLICY)])


def cpu_s(lines: Sequence[bytes]) -> float:
    """CPU seconds of this thread to judge *lines*."""
    began = time.thread_time()
    judged(lines)
    return time.thread_time() - began


def alone_s(hostile: Hostile, dice: random.Random) -> float:
    """CPU seconds to judge one message, with nothing remembered of others; the best of three where it is long, for a machine is noisy."""
    lines = [*honest_lines(1), line_of(hostile, _FIRST_CELL, 1, dice)]
    best = float("inf")
    for _ in range(TRIES):
        for one in _MEMORIES:
            one.cache_clear()
        best = min(best, cpu_s(lines))
        if best < LIMIT_S / 2:
            break
    return best


def resident_bytes() -> int:
    """What this process holds of memory now."""
    with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123 - not a file of the disk
        return int(file.read().split()[1]) * 4096
