"""A question on its way over a connection."""

from __future__ import annotations

from typing import Protocol

import msgspec

from probe.transport.port import Ask, Done, room_for
from schema.record import Answer, HttpSeen, TlsSeen


class Carrying(Protocol):
    """A connection, as a question in flight on it knows it."""

    def forget(self, pending: Pending) -> None:
        """The window of *pending* is over."""


class Pending(msgspec.Struct, eq=False, gc=False):
    """One question from submission to its result; *deadline_ns* moves to a full window after it was sent.

    Left out of garbage collection: what it shares in a ring with its connection ends when its result is delivered.
    """

    ask: Ask
    done: Done
    answers: tuple[Answer, ...] = ()
    http: HttpSeen | None = None
    tls: TlsSeen | None = None
    link: Carrying | None = None
    key: int = 0  # under which its connection knows it
    deadline_ns: int = 0
    sent_at_ns: int = 0
    sent_mono_ns: int = 0
    resent: bool = False
    finished: bool = False

    def heard(self, wire: bytes, now_ns: int) -> bool:
        """Keep a message that came for this question; False when there was too much already."""
        if self.answers and not room_for(self.answers, wire):
            return False
        self.answers += (Answer(max(0, now_ns - self.sent_mono_ns) // 1000, wire),)
        return True
