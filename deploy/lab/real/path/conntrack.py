"""Makes the kernel forget which flows it has translated, so that a changed path holds for every flow at once."""

from __future__ import annotations

import socket
import struct
from typing import Final

_NETLINK_NETFILTER: Final = 12
_DELETE: Final = 1 << 8 | 2  # NFNL_SUBSYS_CTNETLINK, IPCTNL_MSG_CT_DELETE; without a tuple: every entry
_REQUEST_ACK: Final = 1 | 4
_ERROR: Final = 2


def forget_flows() -> None:
    """Delete every entry of the connection tracking of this network namespace.

    Raises:
        OSError: the kernel refuses, or has no such interface.
    """
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETLINK_NETFILTER) as netlink:
        netlink.bind((0, 0))
        netlink.send(struct.pack("=IHHII", 20, _DELETE, _REQUEST_ACK, 1, 0) + struct.pack("=BBH", 0, 0, 0))
        answer = netlink.recv(4096)
    kind, (error,) = struct.unpack_from("=H", answer, 4)[0], struct.unpack_from("=i", answer, 16)
    if kind == _ERROR and error:
        raise OSError(-error, "conntrack entries cannot be deleted")
