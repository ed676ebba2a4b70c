"""How a QUIC connection ended, in the closed vocabulary of failures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aioquic.quic.packet import QuicErrorCode

from schema.words import Failure

if TYPE_CHECKING:
    from aioquic.quic.connection import QuicConnection
    from aioquic.quic.events import ConnectionTerminated

#: What TLS says, in QUIC's numbers (RFC 9001 §4.8).
TLS_ALERTS: Final = range(0x100, 0x200)
_IDLE: Final = "Idle timeout"  # what aioquic says of one; a peer that says so fools nobody but itself


def ended_by(quic: QuicConnection) -> ConnectionTerminated | None:
    """The end of *quic*, as soon as it is certain; its event comes three round trips later, and until then it is mute."""
    return quic._close_event  # noqa: SLF001  aioquic has no public name for it


def how_it_ended(quic: QuicConnection, ended: ConnectionTerminated) -> Failure | None:
    """What *ended* came to; None: the peer is done, and nothing was wrong (RFC 9250 §4.3, DOQ_NO_ERROR)."""
    code = ended.error_code
    if code in TLS_ALERTS:
        return Failure.TLS_FAILED
    if quic._close_pending:  # noqa: SLF001  the same; the fault was found here, and the peer has yet to be told
        return Failure.FRAMING
    if code == QuicErrorCode.NO_ERROR:
        return None
    if ended.frame_type is not None and code == QuicErrorCode.CONNECTION_REFUSED:  # by QUIC, not by DNS over it
        return Failure.REFUSED_CONNECTION
    silent = ended.frame_type is not None and code == QuicErrorCode.INTERNAL_ERROR and ended.reason_phrase == _IDLE
    return Failure.TIMEOUT if silent else Failure.CLOSED
