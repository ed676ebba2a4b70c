"""What is remembered of answers is what a fresh reading would say."""

from __future__ import annotations

import dns.message
import dns.rrset
from hypothesis import given
from hypothesis import strategies as st

from collector.store.facts import Facts
from schema.record import Answer

NAMES = ("kickasstorrents.to.", "KickAssTorrents.TO.", "a.example.", "A.example.")


def _answer(name: str, address: str, identifier: int) -> bytes:
    query = dns.message.make_query(name, "A", id=identifier)
    response = dns.message.make_response(query)
    response.answer.append(dns.rrset.from_text(name, 300, "IN", "A", address))
    return response.to_wire()


wires = st.builds(
    _answer, st.sampled_from(NAMES), st.sampled_from(("192.0.2.65", "192.0.2.97", "65.66.67.68")), st.integers(0, 65535)
)


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A message with a few bytes changed, so that names, counts and pointers go wrong."""
    wire = bytearray(draw(wires))
    for _ in range(draw(st.integers(0, 3))):
        wire[draw(st.integers(0, len(wire) - 1))] = draw(st.sampled_from((0, 1, 12, 0x41, 0x61, 0xC0, 0xFF)))
    return bytes(wire)


@given(st.lists(damaged(), min_size=1, max_size=12))
def test_memory_changes_nothing(messages: list[bytes]) -> None:
    """Whatever came before, an answer's facts are its own."""
    remembering = Facts()
    for wire in messages:
        answers = (Answer(1, wire),)
        assert remembering.of(answers) == Facts().of(answers)
