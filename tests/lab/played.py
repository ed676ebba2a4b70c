"""Plays rounds of a scenario without sockets: the records that an honest probe would write."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from collector.questions import build_questions
from deploy.lab.scenario import to_registry
from deploy.lab.shapes import Mode
from deploy.lab.world import Library, Place, Voice, intercept_mode
from probe.query import build
from schema.cells import applicable, expand
from schema.codec import encode
from schema.endpoint import parse_endpoint
from schema.plan import PlanVantage
from schema.record import VERSION, Answer, HttpSeen, Record, TlsSeen
from schema.registry import World
from schema.words import Failure, Role, Transport

if TYPE_CHECKING:
    from datetime import datetime

    from deploy.lab.scenario import Scenario
    from deploy.lab.shapes import Vantage
    from schema.cells import Cell

_CHAIN = ("00" * 32,)


class Played:
    """A scenario with its plan; `records` plays one round from one vantage."""

    def __init__(self, scenario: Scenario) -> None:
        """Ask the full cross of the scenario's names."""
        self.scenario = scenario
        self.world = World(*to_registry(scenario))
        self._cells = expand(build_questions(self.world, scenario.asked))
        self._library = Library()
        self._voices: dict[tuple[str, str], Voice] = {}

    def records(self, number: int, vantage: Vantage, at: datetime) -> list[tuple[bytes, Record]]:
        """The lines of round *number* with what they hold, by cell."""
        dice = Random(f"{self.scenario.digest} {vantage.id} {number}")
        enrolled = PlanVantage(vantage.id, vantage.asn, vantage.country, vantage.operator)
        records = (self._ask(cell, number, vantage, at, dice) for cell in applicable(self._cells, enrolled))
        return [(encode(record), record) for record in records]

    def _ask(self, cell: Cell, number: int, vantage: Vantage, at: datetime, dice: Random) -> Record:
        endpoint = parse_endpoint(cell.endpoint)
        if cell.role is Role.CANARY:
            return self._unanswered(cell, number, vantage, at)
        place = Place(vantage, self.scenario.resolver(cell.resolver), endpoint.address, endpoint.transport)
        bits = dice.getrandbits(64) if cell.mix_case else None
        query = build(cell.name, cell.qtype, cell.qclass, cell.profile, msg_id=dice.getrandbits(16), case_bits=bits)
        untrusted = endpoint.verifiable and intercept_mode(place) is Mode.REPLACE
        wires = () if untrusted else self._heard(place, number, cell.endpoint, query, dice)
        return Record(
            v=VERSION,
            plan=f"{number:064x}",
            cell=cell.number,
            probe=vantage.id,
            at=at,
            role=cell.role,
            resolver=cell.resolver,
            endpoint=cell.endpoint,
            name=cell.name,
            qclass=cell.qclass,
            qtype=cell.qtype,
            profile=cell.profile,
            repeat=cell.repeat,
            query=query,
            answers=tuple(Answer(us=1000 * place_in, wire=wire, ttl=58) for place_in, wire in enumerate(wires, 1)),
            failure=Failure.TLS_UNTRUSTED if untrusted else None if wires else Failure.TIMEOUT,
            tls=TlsSeen("TLSv1.3", _CHAIN, not untrusted) if endpoint.verifiable else None,
            http=HttpSeen(200) if endpoint.transport is Transport.HTTPS and wires else None,
        )

    @staticmethod
    def _unanswered(cell: Cell, number: int, vantage: Vantage, at: datetime) -> Record:
        """Nothing runs there."""
        return Record(
            v=VERSION,
            plan=f"{number:064x}",
            cell=cell.number,
            probe=vantage.id,
            at=at,
            role=cell.role,
            resolver=cell.resolver,
            endpoint=cell.endpoint,
            name=cell.name,
            qtype=cell.qtype,
            profile=cell.profile,
            query=build(cell.name, cell.qtype, cell.qclass, cell.profile, msg_id=1),
            failure=Failure.REFUSED_CONNECTION,
        )

    def _heard(self, place: Place, number: int, endpoint: str, query: bytes, dice: Random) -> tuple[bytes, ...]:
        voice = self._voices.setdefault((place.vantage.id, endpoint), Voice(self.scenario, place, self._library))
        if voice.round_number != number:
            voice.set_round(number)
        heard = tuple(reply.wire for reply in voice.replies(query, dice.random))
        # Whoever asks over a stream stops at the first answer that fits.
        return heard if place.transport is Transport.UDP else heard[:1]
