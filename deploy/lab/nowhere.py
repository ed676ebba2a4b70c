"""Loopback ports that refuse: where the lab sends what is asked of an address at which nothing runs."""

from __future__ import annotations

import socket
from typing import Final

_HOST: Final = "127.0.0.1"


class Nowhere:
    """A UDP and a TCP port that stay closed and nobody else's until `close`."""

    def __init__(self) -> None:
        """Take both ports.

        Raises:
            OSError: no more ports or file descriptors.
        """
        self._udp = socket.socket(type=socket.SOCK_DGRAM)
        self._tcp = socket.socket()
        try:
            for one in (self._udp, self._tcp):
                one.bind((_HOST, 0))  # and never listening: a connection is refused
            # Who is connected gets datagrams of its peer alone, here itself: all others are told that the port is closed.
            self._udp.connect(self._udp.getsockname())
        except OSError:
            self.close()
            raise
        self.udp: tuple[str, int] = self._udp.getsockname()
        self.tcp: tuple[str, int] = self._tcp.getsockname()

    def close(self) -> None:
        """Give the ports back."""
        self._udp.close()
        self._tcp.close()
