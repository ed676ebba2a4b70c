"""Questions over UDP: a connected socket of its own for each, every datagram kept until the window closes.

A forged answer may come first and hide nothing: the window is always listened to in full. The kernel notes when each
datagram came and keeps it, so nobody has to be awake for it: the sockets of all windows that end together are read
together, when they end, and before that now and then.
"""

from __future__ import annotations

import asyncio
import resource
import select
from _socket import socket as Socket  # noqa: N812  as in ancillary
from collections import deque
from typing import TYPE_CHECKING, Final

import msgspec

from probe.transport.ancillary import ANCILLARY_BYTES, fresh, received, take_error
from probe.transport.deliver import deliver
from probe.transport.errnos import EXHAUSTED, failure_of, icmp_failure
from probe.transport.port import MAX_MESSAGE_BYTES, SYSTEM_CLOCK, Ask, Clock, Done, Heard, Route, direct, room_for
from probe.transport.window import Windows
from schema.record import Answer
from schema.words import Failure

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Below the 28,232 ports of Linux's default ip_local_port_range, from which the kernel draws at random.
_MOST_SOCKETS: Final = 16_384
_POLLIN: Final = select.POLLIN
_POLLERR: Final = select.POLLERR
#: Often enough that no socket's buffer (208 KiB by default) fills with what an honest resolver sends.
_LOOK_S: Final = 0.5
#: The same where questions settle.
_SETTLING_LOOK_S: Final = 0.025


class _Slot(msgspec.Struct, eq=False, gc=False):
    """One question and its socket."""

    ask: Ask
    done: Done
    sock: Socket
    sent_at_ns: int
    sent_mono_ns: int
    answers: tuple[Answer, ...] = ()
    failure: Failure | None = None


class UdpCarrier:
    """Carries questions over UDP; to be made inside a running event loop."""

    def __init__(self, route: Route = direct, clock: Clock = SYSTEM_CLOCK, *, max_open: int | None = None) -> None:
        """Hold at most *max_open* sockets (default: three quarters of the process's limit); the rest waits its turn."""
        self._loop = asyncio.get_running_loop()
        self._route = route
        self._wall, self._mono = clock
        self._allowed = self._max_open = max_open or socket_allowance()
        self._open: dict[int, _Slot] = {}
        self._waiting: deque[tuple[Ask, Done]] = deque()
        self._unsent = 0
        self._windows: Windows[_Slot] = Windows(self._loop, clock.mono, self._close_windows)
        # The first socket that wants receive times makes the kernel take them, a moment later: this one stays.
        self._anchor = fresh("127.0.0.1")
        self._look_s = _LOOK_S
        self._look: asyncio.TimerHandle | None = None

    @property
    def in_flight(self) -> int:
        """Questions submitted whose `done` is still to come."""
        return len(self._open) + len(self._waiting) + self._unsent

    @property
    def open_sockets(self) -> int:
        """Questions whose window is open."""
        return len(self._open)

    def submit(self, ask: Ask, done: Done) -> None:
        """Send *ask* now, or when a socket comes free; its window starts with the sending."""
        if self._waiting or len(self._open) >= self._max_open or not self._send(ask, done):
            self._waiting.append((ask, done))

    def _send(self, ask: Ask, done: Done) -> bool:
        # False: no socket is to be had now.
        sock = None
        try:
            where = self._route(ask.endpoint)
            sock = fresh(where[0])
            sock.connect(where)
            slot = _Slot(ask, done, sock, self._wall(), self._mono())
            sock.send(ask.query)
        except OSError as error:
            if sock is not None:
                sock.close()
            if error.errno in EXHAUSTED and self._open:
                self._max_open = max(1, min(self._max_open, len(self._open)))
                return False
            self._refuse(ask, done, failure_of(error))
            return True
        fileno = sock.fileno()
        self._open[fileno] = slot
        self._windows.open(slot, slot.sent_mono_ns, ask.window_s)
        if ask.settle_s:
            self._look_s = _SETTLING_LOOK_S
        if self._look is None:
            self._look = self._loop.call_later(self._look_s, self._look_in)
        return True

    def _refuse(self, ask: Ask, done: Done, failure: Failure) -> None:
        heard = Heard(ask.token, ask.query, self._wall(), self._mono(), (), failure, None, None)
        self._unsent += 1
        self._loop.call_soon(self._refused, done, heard)

    def _refused(self, done: Done, heard: Heard) -> None:
        self._unsent -= 1
        deliver(self._loop, done, heard)

    def _look_in(self) -> None:
        self._look = None
        self._read_all(self._open)
        if self._open:
            self._look = self._loop.call_later(self._look_s, self._look_in)

    def _read_all(self, filenos: Iterable[int]) -> None:
        """Read what has come to the sockets *filenos*; a poll that was made for it costs less than an epoll of all."""
        poll = select.poll()
        for fileno in filenos:
            poll.register(fileno, _POLLIN)
        while events := poll.poll(0):
            now = self._mono()
            poll = select.poll()  # a second datagram stands behind a first only
            for fileno, event in events:
                slot = self._open[fileno]
                if slot.failure is Failure.TOO_LARGE:
                    continue
                if event & _POLLERR and (code := take_error(slot.sock)):
                    slot.failure = icmp_failure(code)
                    if slot.ask.settle_s and not slot.answers:
                        self._windows.open(slot, now, slot.ask.settle_s)
                if not event & _POLLIN or self._read(slot, now):
                    poll.register(fileno, _POLLIN)

    def _read(self, slot: _Slot, now: int) -> bool:
        # False: there was too much already.
        try:
            wire, ancillary, _, _ = slot.sock.recvmsg(MAX_MESSAGE_BYTES, ANCILLARY_BYTES)
        except BlockingIOError:  # a datagram with a wrong checksum wakes and is gone
            return True
        except OSError as error:
            slot.failure = icmp_failure(error.errno or 0)
            return True
        at_ns, ttl = received(ancillary)
        elapsed_us = (now - slot.sent_mono_ns) // 1000
        us = (at_ns - slot.sent_at_ns) // 1000
        if not 0 <= us <= elapsed_us:  # no kernel time, or the wall clock was set meanwhile
            us = elapsed_us
        if not slot.answers:
            slot.answers = (Answer(us, wire, ttl),)
            if slot.ask.settle_s:
                self._windows.open(slot, now, slot.ask.settle_s)
        elif room_for(slot.answers, wire):
            slot.answers += (Answer(us, wire, ttl),)
        else:
            slot.failure = Failure.TOO_LARGE
            return False
        return True

    def _close_windows(self, over: list[tuple[int, _Slot]]) -> None:
        slots = [(fileno, slot) for _, slot in over if (fileno := slot.sock.fileno()) >= 0]  # others settled before
        self._read_all([fileno for fileno, _ in slots])
        for fileno, slot in slots:
            self._finish(fileno, slot)
        self._max_open = min(self._allowed, self._max_open + 1)  # a shortage passes
        while self._waiting and len(self._open) < self._max_open and self._send(*self._waiting[0]):
            self._waiting.popleft()

    def _finish(self, fileno: int, slot: _Slot) -> None:
        if self._open.get(fileno) is not slot:  # both of its windows ended now
            return
        del self._open[fileno]
        slot.sock.close()
        ask, answers, failure = slot.ask, slot.answers, slot.failure
        if not answers:
            failure = failure or Failure.TIMEOUT
        elif failure is not Failure.TOO_LARGE:
            failure = None
        deliver(
            self._loop,
            slot.done,
            Heard(ask.token, ask.query, slot.sent_at_ns, slot.sent_mono_ns, answers, failure, None, None),
        )

    async def close(self) -> None:
        """Give up what is in flight and free every socket."""
        self._read_all(self._open)
        self._windows.close()
        if self._look is not None:
            self._look.cancel()
        for fileno, slot in list(self._open.items()):
            slot.failure = slot.failure or Failure.LOCAL_ERROR
            self._finish(fileno, slot)
        while self._waiting:
            self._refuse(*self._waiting.popleft(), Failure.LOCAL_ERROR)
        await asyncio.sleep(0)  # which delivers them
        self._anchor.close()


def socket_allowance() -> int:
    """How many sockets the carrier may hold open: three quarters of RLIMIT_NOFILE, within the kernel's ports."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return _MOST_SOCKETS if soft == resource.RLIM_INFINITY else max(1, min(_MOST_SOCKETS, soft * 3 // 4))
