"""Operating system errors in the closed vocabulary of failures."""

from __future__ import annotations

import errno
from typing import Final

from schema.words import Failure

#: Errors that pass when descriptors, ports or buffers come free again.
EXHAUSTED: Final = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.EAGAIN})

_LOCAL: Final = {
    errno.ECONNREFUSED: Failure.REFUSED_CONNECTION,
    errno.ENETUNREACH: Failure.UNREACHABLE,
    errno.EHOSTUNREACH: Failure.UNREACHABLE,
    errno.EHOSTDOWN: Failure.UNREACHABLE,
    errno.ENONET: Failure.UNREACHABLE,
    errno.ENOPROTOOPT: Failure.UNREACHABLE,
    errno.ETIMEDOUT: Failure.TIMEOUT,
    errno.ECONNRESET: Failure.RESET,
    errno.EPIPE: Failure.CLOSED,
}


def failure_of(error: OSError) -> Failure:
    """What a failed call of our own came to."""
    return _LOCAL.get(error.errno or 0, Failure.LOCAL_ERROR)


def icmp_failure(code: int) -> Failure:
    """What an ICMP message came to, from the pending error of a connected UDP socket (ip(7), IP_RECVERR).

    Port unreachable is the host's own refusal; all others, IPv6's "administratively prohibited" (EACCES) among them,
    say that the packet did not get there.
    """
    return Failure.REFUSED_CONNECTION if code == errno.ECONNREFUSED else Failure.UNREACHABLE
