"""Questions over UDP: a connected socket of its own for each, every datagram kept until the window closes.

A forged answer may come first and hide nothing: the window is always listened to in full. The kernel notes when each
datagram came, so nobody has to be awake for it: one epoll holds all sockets and is looked into now and then and before
windows close, which costs one wake-up for many answers where a reader of the event loop costs one for each.
"""

from __future__ import annotations

import asyncio
import resource
import select
from collections import deque
from typing import TYPE_CHECKING, Final

from probe.transport.ancillary import ANCILLARY_BYTES, fresh, received, take_error
from probe.transport.deliver import deliver
from probe.transport.errnos import EXHAUSTED, failure_of, icmp_failure
from probe.transport.port import MAX_MESSAGE_BYTES, SYSTEM_CLOCK, Ask, Clock, Done, Heard, Route, direct, room_for
from probe.transport.window import Windows
from schema.record import Answer
from schema.words import Failure

if TYPE_CHECKING:
    from _socket import socket as Socket  # noqa: N812

#: Below the 28,232 ports of Linux's default ip_local_port_range, from which the kernel draws at random.
_MOST_SOCKETS: Final = 16_384
_EVENTS: Final = 512
_EPOLLIN: Final = select.EPOLLIN
_EPOLLERR: Final = select.EPOLLERR
#: Often enough that no socket's buffer (208 KiB by default) fills with what an honest resolver sends.
_LOOK_S: Final = 0.025


class _Slot:
    """One question and its socket."""

    __slots__ = ("answers", "ask", "done", "failure", "sent_at_ns", "sent_mono_ns", "sock")

    def __init__(self, ask: Ask, done: Done, sock: Socket) -> None:
        self.ask = ask
        self.done = done
        self.sock = sock
        self.answers: tuple[Answer, ...] = ()
        self.failure: Failure | None = None
        self.sent_at_ns = 0
        self.sent_mono_ns = 0


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
        self._epoll = select.epoll()
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
            slot = _Slot(ask, done, sock)
            slot.sent_at_ns = self._wall()
            now = slot.sent_mono_ns = self._mono()
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
        self._epoll.register(fileno, _EPOLLIN)
        self._windows.open(slot, now, ask.window_s)
        if self._look is None:
            self._look = self._loop.call_later(_LOOK_S, self._look_in)
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
        self._read_all()
        if self._open:
            self._look = self._loop.call_later(_LOOK_S, self._look_in)

    def _read_all(self) -> None:
        while events := self._epoll.poll(0, _EVENTS):
            now = self._mono()
            for fileno, event in events:
                slot = self._open[fileno]
                if event & _EPOLLERR and (code := take_error(slot.sock)):
                    slot.failure = icmp_failure(code)
                if event & _EPOLLIN:
                    self._read(slot, now)

    def _read(self, slot: _Slot, now: int) -> None:
        try:
            wire, ancillary, _, _ = slot.sock.recvmsg(MAX_MESSAGE_BYTES, ANCILLARY_BYTES)
        except BlockingIOError:  # a datagram with a wrong checksum wakes and is gone
            return
        except OSError as error:
            slot.failure = icmp_failure(error.errno or 0)
            return
        at_ns, ttl = received(ancillary)
        elapsed_us = (now - slot.sent_mono_ns) // 1000
        us = (at_ns - slot.sent_at_ns) // 1000
        if not 0 <= us <= elapsed_us:  # no kernel time, or the wall clock was set meanwhile
            us = elapsed_us
        if not slot.answers and slot.ask.settle_s:
            self._windows.open(slot, now, slot.ask.settle_s)
        if room_for(slot.answers, wire):
            slot.answers += (Answer(us, wire, ttl),)
        else:
            slot.failure = Failure.TOO_LARGE
            self._epoll.unregister(slot.sock.fileno())

    def _close_windows(self, over: list[tuple[int, _Slot]]) -> None:
        self._read_all()  # what arrived in time is read before the windows close
        for _, slot in over:
            if slot.sock.fileno() >= 0:  # else it settled before its window ended
                self._finish(slot)
        self._max_open = min(self._allowed, self._max_open + 1)  # a shortage passes
        while self._waiting and len(self._open) < self._max_open and self._send(*self._waiting[0]):
            self._waiting.popleft()

    def _finish(self, slot: _Slot) -> None:
        sock = slot.sock
        del self._open[sock.fileno()]
        sock.close()  # which takes it out of the epoll as well
        ask, answers, failure = slot.ask, slot.answers, slot.failure
        if not answers:
            failure = failure or Failure.TIMEOUT
        elif failure is not Failure.TOO_LARGE:
            failure = None
        heard = Heard(ask.token, ask.query, slot.sent_at_ns, slot.sent_mono_ns, answers, failure, None, None)
        deliver(self._loop, slot.done, heard)

    async def close(self) -> None:
        """Give up what is in flight and free every socket."""
        self._windows.close()
        if self._look is not None:
            self._look.cancel()
        for slot in list(self._open.values()):
            slot.failure = slot.failure or Failure.LOCAL_ERROR
            self._finish(slot)
        while self._waiting:
            self._refuse(*self._waiting.popleft(), Failure.LOCAL_ERROR)
        await asyncio.sleep(0)  # which delivers them
        if not self._epoll.closed:
            self._epoll.close()
            self._anchor.close()


def socket_allowance() -> int:
    """How many sockets the carrier may hold open: three quarters of RLIMIT_NOFILE, within the kernel's ports."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return _MOST_SOCKETS if soft == resource.RLIM_INFINITY else max(1, min(_MOST_SOCKETS, soft * 3 // 4))
