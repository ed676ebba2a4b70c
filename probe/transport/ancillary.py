"""What Linux says beside a datagram: when it was received, with which TTL, and which ICMP errors came instead."""

from __future__ import annotations

import socket
import struct
from _socket import socket as Socket  # noqa: N812  see fresh()
from typing import Final

# Linux's numbers, asm-generic/socket.h and linux/in.h; Python 3.11 names none of them.
SO_TIMESTAMPNS: Final = 35
IP_RECVERR: Final = 11
IP_RECVTTL: Final = 12
IPV6_RECVERR: Final = 25
MSG_ERRQUEUE: Final = 0x2000
#: Room for a timespec and an int, each with its header, or for an extended error with its offender.
ANCILLARY_BYTES: Final = 128

_KIND: Final = socket.SOCK_DGRAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC
_SOL_SOCKET: Final = int(socket.SOL_SOCKET)
_TTL_OF: Final = {
    int(socket.IPPROTO_IP): int(socket.IP_TTL),
    int(socket.IPPROTO_IPV6): int(socket.IPV6_HOPLIMIT),
}
_timespec: Final = struct.Struct("@ll").unpack
_int: Final = struct.Struct("@i").unpack

# Plain numbers: looking up and converting the enum members costs as much as the calls.
_AF_INET, _AF_INET6 = int(socket.AF_INET), int(socket.AF_INET6)
_IP, _IPV6 = int(socket.IPPROTO_IP), int(socket.IPPROTO_IPV6)
_RECVHOPLIMIT: Final = int(socket.IPV6_RECVHOPLIMIT)


def fresh(address: str) -> Socket:
    """A datagram socket for one question: receive times, TTLs and soft ICMP errors switched on.

    The C class under `socket.socket`: the one around it costs 3 us of Python for each question.

    Raises:
        OSError: no descriptor is left.
    """
    if ":" in address:
        sock = Socket(_AF_INET6, _KIND, 0)
        sock.setsockopt(_IPV6, _RECVHOPLIMIT, 1)
        sock.setsockopt(_IPV6, IPV6_RECVERR, 1)
    else:
        sock = Socket(_AF_INET, _KIND, 0)
        sock.setsockopt(_IP, IP_RECVTTL, 1)
        sock.setsockopt(_IP, IP_RECVERR, 1)
    sock.setsockopt(_SOL_SOCKET, SO_TIMESTAMPNS, 1)
    return sock


def received(ancillary: list[tuple[int, int, bytes]]) -> tuple[int, int | None]:
    """Kernel receive time in nanoseconds of the wall clock (0: none) and TTL or hop limit."""
    at_ns, ttl = 0, None
    for level, kind, data in ancillary:
        if level == _SOL_SOCKET:
            if kind == SO_TIMESTAMPNS:
                seconds, nanoseconds = _timespec(data)
                at_ns = seconds * 1_000_000_000 + nanoseconds
        elif kind == _TTL_OF.get(level):
            (ttl,) = _int(data)
    return at_ns, ttl


def take_error(sock: Socket) -> int:
    """The pending error of *sock*, 0 for none; its error queue is emptied, or a poll would go on reporting it."""
    code = sock.getsockopt(_SOL_SOCKET, socket.SO_ERROR)
    try:
        while True:
            sock.recvmsg(512, ANCILLARY_BYTES, MSG_ERRQUEUE)
    except OSError:
        return code
