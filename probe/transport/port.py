"""What goes into a carrier and what comes out: the only words that the transports share with the rest of the probe."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final, NamedTuple, Protocol, TypeAlias

import msgspec

from schema.endpoint import Endpoint
from schema.record import Answer, HttpSeen, TlsSeen
from schema.words import Failure

#: Messages that are kept of one question; a sender of more is cut off with `too_large`.
MAX_ANSWERS = 16
#: Bytes that are kept of one question, likewise: in base64 its record stays below the 256 KiB that collectors take as a
#: line, or whoever answers with more would end the probe's stream for good.
MAX_KEPT_BYTES = 128 * 1024
#: The longest DNS message there can be (RFC 1035 §4.2.2).
MAX_MESSAGE_BYTES = 65535


class Ask(msgspec.Struct, frozen=True, gc=False):  # a struct outside the collector costs a third of a named tuple
    """One question: where, the whole DNS message with its id, how long to listen, and whatever the asker wants back.

    `settle_s` ends the window of a datagram's question so long after its first answer; 0 listens to the whole window, as
    on a real network. A lab, whose script bounds what can follow, need not wait for what cannot come.
    """

    endpoint: Endpoint
    query: bytes
    window_s: float
    token: object
    settle_s: float = 0.0


def room_for(answers: tuple[Answer, ...], wire: bytes) -> bool:
    """Whether *wire* is still kept beside *answers*; the first message always is."""
    if len(answers) >= MAX_ANSWERS:
        return False
    return not answers or sum(len(answer.wire) for answer in answers) + len(wire) <= MAX_KEPT_BYTES


class Heard(msgspec.Struct, frozen=True, gc=False):
    """What came back. `sent_at_ns` is wall clock, `sent_mono_ns` monotonic; both are read just before sending.

    A question that was never sent has the times at which it was given up and its failure.
    """

    token: object
    query: bytes
    sent_at_ns: int
    sent_mono_ns: int
    answers: tuple[Answer, ...]
    failure: Failure | None
    tls: TlsSeen | None
    http: HttpSeen | None


Done: TypeAlias = Callable[[Heard], None]
#: Where packets for an endpoint really go: numeric address and port.
Route: TypeAlias = "Callable[[Endpoint], tuple[str, int]]"
#: Hex SHA-256 and DER of a certificate, once for each carrier set.
OnCertificate: TypeAlias = Callable[[str, bytes], None]


class Clock(NamedTuple):
    """Nanoseconds. `wall` must be the machine's own clock where kernel receive times are to be compared with it."""

    wall: Callable[[], int] = time.time_ns
    mono: Callable[[], int] = time.monotonic_ns


SYSTEM_CLOCK: Final = Clock()


class Carrier(Protocol):
    """Carries questions and decides nothing."""

    @property
    def in_flight(self) -> int:
        """Questions submitted whose `done` is still to come."""

    def submit(self, ask: Ask, done: Done) -> None:
        """Take *ask*; *done* is called exactly once, later, never from within this call."""

    async def close(self) -> None:
        """Give up what is in flight (as `local_error`) and free everything; nothing may be submitted afterwards."""


def direct(endpoint: Endpoint) -> tuple[str, int]:
    """The route on the real network: packets go where the endpoint says."""
    return endpoint.address, endpoint.port
