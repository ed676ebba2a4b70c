"""Notes every DNS datagram that passes the loopback, with the kernel's time: the count that records are held against.

A packet socket sees what is sent back by a translated flow as the prober's socket will see it: with the address that
was asked. It sees packets before netfilter can drop them on their way in; where a device holds answers back and sends
its own, only those that bear the device's mark count.
"""

from __future__ import annotations

import ctypes
import socket
import struct
from typing import TYPE_CHECKING, Final, NamedTuple

from deploy.lab.real.path.datagram import Datagram, read_datagram

if TYPE_CHECKING:
    from collections.abc import Iterator

DNS_PORT: Final = 53
_ETH_P_ALL: Final = 0x0003
_ETH_P_IP, _ETH_P_IPV6 = 0x0800, 0x86DD
_SO_ATTACH_FILTER, _SO_RCVBUFFORCE, _SO_TIMESTAMPNS = 26, 33, 35
_SOL_PACKET, _PACKET_STATISTICS, _PACKET_IGNORE_OUTGOING = 263, 6, 23
_BUFFER_BYTES: Final = 64 << 20
_MAX_PACKET_BYTES: Final = 65_536
_NS: Final = 1_000_000_000

# Classic BPF (linux/filter.h). Offsets are from the IP header on; from _ANCILLARY on, what the kernel knows beside it.
_LD_IMMEDIATE, _LD_BYTE, _LD_HALF, _LD_WORD, _LD_HALF_AFTER = 0x00, 0x30, 0x28, 0x20, 0x48
_LDX_IMMEDIATE, _LDX_HEADER, _JUMP, _JUMP_IF, _RETURN = 0x01, 0xB1, 0x05, 0x15, 0x06
_ANCILLARY: Final = 0xFFFFF000
_PROTOCOL, _MARK = _ANCILLARY, _ANCILLARY + 20
_UDP: Final = 17


class Noted(NamedTuple):
    """A datagram and when the kernel saw it, in nanoseconds of the wall clock."""

    at_ns: int
    datagram: Datagram


class Tap:
    """A packet socket on the loopback that takes DNS datagrams, each once."""

    def __init__(self, mark: int | None = None) -> None:
        """Take answers (from port 53) only with this *mark*, or all; questions (to port 53) always.

        Raises:
            OSError: no right to packet sockets here.
        """
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0)  # hears nothing before it is bound
        self.socket.settimeout(0)
        try:
            self.socket.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _BUFFER_BYTES)
        except PermissionError:  # root of a user namespace only: `lost` tells whether what is allowed was enough
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER_BYTES)
        self.socket.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        self.socket.setsockopt(_SOL_PACKET, _PACKET_IGNORE_OUTGOING, 1)  # or each would be seen twice
        program = _program(mark)
        buffer = ctypes.create_string_buffer(program, len(program))
        count = len(program) // 8
        self.socket.setsockopt(
            socket.SOL_SOCKET, _SO_ATTACH_FILTER, struct.pack("@HP", count, ctypes.addressof(buffer))
        )
        self.socket.bind(("lo", _ETH_P_ALL))

    def read(self) -> Iterator[Noted]:
        """What has come."""
        while True:
            try:
                packet, ancillary, _, _ = self.socket.recvmsg(_MAX_PACKET_BYTES, 64)
            except BlockingIOError:
                return
            datagram = read_datagram(packet)
            if datagram is not None:
                seconds, nanoseconds = struct.unpack("qq", ancillary[0][2][:16])
                yield Noted(seconds * _NS + nanoseconds, datagram)

    @property
    def lost(self) -> int:
        """Packets that found no room in the buffer since this was last asked."""
        _, dropped = struct.unpack("II", self.socket.getsockopt(_SOL_PACKET, _PACKET_STATISTICS, 8))
        return int(dropped)

    def close(self) -> None:
        """Hear no more."""
        self.socket.close()


def _program(mark: int | None) -> bytes:
    """Instructions that take UDP to port 53, and UDP from port 53 if it bears *mark*; a step is code, jt, jf, k."""
    which = (_LD_IMMEDIATE, 0, 0, 0) if mark is None else (_LD_WORD, 0, 0, _MARK)
    steps = (
        (_LD_HALF, 0, 0, _PROTOCOL),
        (_JUMP_IF, 0, 4, _ETH_P_IP),  # else to 6
        (_LD_BYTE, 0, 0, 9),
        (_JUMP_IF, 0, 13, _UDP),  # else to the last
        (_LDX_HEADER, 0, 0, 0),
        (_JUMP, 0, 0, 4),  # to 10
        (_JUMP_IF, 0, 10, _ETH_P_IPV6),
        (_LD_BYTE, 0, 0, 6),
        (_JUMP_IF, 0, 8, _UDP),
        (_LDX_IMMEDIATE, 0, 0, 40),
        (_LD_HALF_AFTER, 0, 0, 2),  # 10: the port it goes to
        (_JUMP_IF, 4, 0, DNS_PORT),
        (_LD_HALF_AFTER, 0, 0, 0),
        (_JUMP_IF, 0, 3, DNS_PORT),
        which,
        (_JUMP_IF, 0, 1, mark or 0),
        (_RETURN, 0, 0, _MAX_PACKET_BYTES),
        (_RETURN, 0, 0, 0),
    )
    return b"".join(struct.pack("HBBI", *step) for step in steps)
