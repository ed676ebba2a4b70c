"""DNS over TCP and TLS: two octets of length before each message, many questions at once, answers in any order.

RFC 1035 §4.2.2, RFC 7766 §6.2.1.1 (pipelining) and §7 (order), RFC 7858 §3.3.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from probe.transport.link import Link
from schema.words import Failure

if TYPE_CHECKING:
    from probe.transport.link import Owner
    from probe.transport.pending import Pending

_HEADER_BYTES: Final = 12
_AFTER_NAME: Final = 1 + 4  # the root's label, type and class
#: Messages to nobody that are let pass: answers that came after their window.
_MAX_STRAYS: Final = 256


class StreamLink(Link):
    """A connection of length-prefixed messages. No two questions in flight on it have the same id."""

    def __init__(self, owner: Owner, depth: int) -> None:
        """Carry at most *depth* questions at once."""
        super().__init__(owner)
        self._depth = depth
        self._rest = bytearray()
        self._strays = 0

    def takes(self, pending: Pending) -> bool:
        """Whether there is room and the id is free."""
        query = pending.ask.query
        return self.open and len(self.in_flight) < self._depth and (query[0] << 8 | query[1]) not in self.in_flight

    def reserve(self, pending: Pending) -> int:
        """The message id."""
        query = pending.ask.query
        return query[0] << 8 | query[1]

    def encode(self, pendings: list[Pending]) -> bytes:
        """Each message behind its length."""
        return b"".join([len(p.ask.query).to_bytes(2, "big") + p.ask.query for p in pendings])

    @property
    def broken_inside(self) -> bool:
        """Whether the stream ended within a message."""
        return bool(self._rest)

    def data_received(self, data: bytes) -> None:
        """Cut the stream into messages."""
        now = self.owner.clock.mono()
        if self._rest:
            self._rest += data
            if len(self._rest) < 2 + int.from_bytes(self._rest[:2], "big"):
                return
            data, self._rest = bytes(self._rest), bytearray()
        at, size = 0, len(data)
        while size - at >= 2:  # noqa: PLR2004  octets of the length
            end = at + 2 + (data[at] << 8 | data[at + 1])
            if end > size:
                break
            if end - at < 2 + _HEADER_BYTES:
                self.fail(Failure.FRAMING)
                return
            self._message(data[at + 2 : end], now)
            at = end
        if at < size:
            self._rest += data[at:]
        self.owner.room()

    def _message(self, wire: bytes, now: int) -> None:
        pending = self.in_flight.get(wire[0] << 8 | wire[1])
        if pending is not None:
            query = pending.ask.query
            end = query.find(b"\0", _HEADER_BYTES) + _AFTER_NAME
            if wire[_HEADER_BYTES:end] == query[_HEADER_BYTES:end] or answers(query, wire):  # most echo every octet
                self.settle(pending, None if pending.heard(wire, now) else Failure.TOO_LARGE)
                return
        if pending is None:  # nobody's: kept with the question that has waited longest
            pending = next(iter(self.in_flight.values()), None)
        if pending is None:
            self._strays += 1
            if self._strays > _MAX_STRAYS:
                self.fail(Failure.TOO_LARGE)
        elif not pending.heard(wire, now):
            self.settle(pending, Failure.TOO_LARGE)


def answers(query: bytes, wire: bytes) -> bool:
    """Whether *wire*, which has the id of *query*, is about its question: name without case, type and class.

    A response without a question section is taken at its id's word (RFC 7766 §7).
    """
    name_end = query.find(0, _HEADER_BYTES) + 1
    end = name_end + 4
    return (wire[name_end:end] == query[name_end:end] and wire[12:name_end].lower() == query[12:name_end].lower()) or (
        not wire[4] and not wire[5]
    )
