"""Asks what shows who answers port 53 on this line, and says what came, side by side; what it means is for others.

Only questions of the plan that the probe holds are put: to the address that runs no DNS, and to each resolver's UDP
endpoint and one of its verified ones for who it is.
"""

from __future__ import annotations

import asyncio
import secrets
from typing import TYPE_CHECKING, Final

from probe.asking import Asker, Dice
from probe.transport import direct, make_carriers
from schema.cells import applicable, expand
from schema.dnswire import DnsWireError, read
from schema.endpoint import parse_endpoint
from schema.errors import FormatError
from schema.pace import schedule
from schema.plan import open_plan
from schema.receipt import read_envelope
from schema.registry import ID_SERVER
from schema.words import VERIFIABLE, Failure, Role, Transport

if TYPE_CHECKING:
    from collections.abc import Sequence

    from probe.config import ProbeConfig
    from probe.transport import Heard, Route
    from schema.cells import Cell

_RCODES: Final = {0: "NOERROR", 1: "FORMERR", 2: "SERVFAIL", 3: "NXDOMAIN", 4: "NOTIMP", 5: "REFUSED"}
_WORDS: Final = {Failure.TIMEOUT: "no answer", Failure.REFUSED_CONNECTION: "refused", None: "no answer"}
_MAX_CHARS: Final = 64


def questions(config: ProbeConfig) -> list[Cell]:
    """The cells to ask, out of the newest plan on disk that enrols this probe; none if no plan is held.

    Nothing in the folder is changed: an agent may be at work in it.

    Raises:
        SignatureError, FormatError: a plan on disk is not the collector's, or damaged.
    """
    folder = config.state / "plans"
    for path in sorted(folder.glob("*.plan"), reverse=True):
        _, plan = open_plan(read_envelope(path.read_bytes()), collector_key=config.collector_key_bytes)
        vantage = plan.vantage(config.probe)
        if vantage is not None:
            cells = applicable(expand((folder / "questions" / plan.questions).read_bytes()), vantage)
            return [*(cell for cell in cells if cell.role is Role.CANARY), *_pairs(cells)]
    return []


def _pairs(cells: Sequence[Cell]) -> list[Cell]:
    """Of each resolver that has both, who it is over UDP and over a verified channel."""
    found: dict[str, dict[bool, Cell]] = {}
    for cell in cells:
        transport = parse_endpoint(cell.endpoint).transport
        verified = transport in VERIFIABLE and transport is not Transport.QUIC  # which not every probe carries
        if cell.role is Role.IDENTITY and cell.name == ID_SERVER and (verified or transport is Transport.UDP):
            found.setdefault(cell.resolver, {}).setdefault(verified, cell)
    return [cell for both in found.values() if len(both) == len({True, False}) for cell in (both[False], both[True])]


async def ask(cells: Sequence[Cell], config: ProbeConfig, route: Route = direct) -> list[tuple[Cell, Heard]]:
    """Put *cells* by the probe's own carriers and at its own pace; what each heard, in their order."""
    heard: dict[int, Heard] = {}
    carriers = make_carriers(route, str(config.trust) if config.trust else None)
    seed, pace = secrets.token_hex(8), config.pace
    turns, _ = schedule(cells, seed=seed, probe=config.probe, pace=pace, room_s=float("inf"))
    asker = Asker(carriers, Dice(secrets.token_bytes), window=config.window, in_flight=config.in_flight)

    def note(cell: Cell, what: Heard) -> None:
        heard[cell.number] = what

    try:
        await asker.ask(turns, wanted=lambda _: True, heard=note)
    finally:
        await carriers.close()
    return [(cell, heard[cell.number]) for cell in cells]


def look(cells: Sequence[Cell], config: ProbeConfig, route: Route = direct) -> list[tuple[str, str]]:
    """Ask, and say of the address that runs no DNS and of each resolver what came over each transport."""
    lines: dict[str, list[str]] = {}
    for cell, what in asyncio.run(ask(cells, config, route)):
        over = f"over {parse_endpoint(cell.endpoint).transport}: {said(what)}"
        lines.setdefault("" if cell.role is Role.CANARY else cell.resolver, []).append(over)
    return [
        (resolver or "port 53", f"{'id.server' if resolver else 'an address that runs no DNS'} {'; '.join(parts)}")
        for resolver, parts in lines.items()
    ]


def said(what: Heard) -> str:
    """What came, in words that are safe to print: each different answer, or why there is none."""
    if not what.answers:
        return _WORDS.get(what.failure) or str(what.failure).replace("_", " ")
    return " and ".join(dict.fromkeys(_read(answer.wire) for answer in what.answers))


def _read(wire: bytes) -> str:
    try:
        reading = read(wire)
    except (DnsWireError, FormatError):
        return f"{len(wire)} bytes that are no answer"
    texts = [b"".join(strings) for strings in reading.texts] or [one.encode() for one in reading.addresses]
    words = b", ".join(texts)[:_MAX_CHARS].decode("ascii", "replace")
    shown = "".join(one if one.isascii() and one.isprintable() else "?" for one in words)
    return f'answered "{shown}"' if shown else f"answered {_RCODES.get(reading.rcode, f'rcode {reading.rcode}')}"
