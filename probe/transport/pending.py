"""A question on its way over a connection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from probe.transport.port import room_for
from schema.record import Answer
from schema.words import Failure

if TYPE_CHECKING:
    from probe.transport.link import Link
    from probe.transport.port import Ask, Done
    from schema.record import HttpSeen, TlsSeen


class Pending:
    """One question from submission to its result; *deadline_ns* moves to a full window after it was sent."""

    __slots__ = (
        "answers", "ask", "deadline_ns", "done", "failure", "finished", "http", "key", "link", "resent",
        "sent_at_ns", "sent_mono_ns", "tls",
    )  # fmt: skip

    def __init__(self, ask: Ask, done: Done) -> None:
        """A question not sent yet."""
        self.ask = ask
        self.done = done
        self.answers: tuple[Answer, ...] = ()
        self.failure: Failure | None = None
        self.http: HttpSeen | None = None
        self.tls: TlsSeen | None = None
        self.link: Link | None = None
        self.key = 0  # under which its connection knows it
        self.deadline_ns = 0
        self.sent_at_ns = 0
        self.sent_mono_ns = 0
        self.resent = False
        self.finished = False

    def heard(self, wire: bytes, now_ns: int) -> bool:
        """Keep a message that came for this question; False when there was too much already."""
        if not room_for(self.answers, wire):
            return False
        self.answers += (Answer(max(0, now_ns - self.sent_mono_ns) // 1000, wire),)
        return True
