"""Asks a site's front page and reads no further than the header of the response (ADR 0032): HTTP/1.1, no cookie, no body.

Asked only over a channel whose certificate is good for the name: whoever stands on the path learns no more than from a look.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from probe.transport.http1 import read_head
from probe.transport.site import SiteCarrier

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from probe.transport.handshake import Channel
    from probe.transport.site import Met
    from schema.endpoint import Endpoint

_REQUEST: Final = (
    "GET {path} HTTP/1.1\r\nHost: {name}\r\nUser-Agent: ottempera\r\nAccept: */*\r\nConnection: close\r\n\r\n"
)


class MeasureCarrier(SiteCarrier):
    """Asks the endpoints that *may* lets it, a connection each, a few at once."""

    ALPN = "http/1.1"

    def _talk(self, endpoint: Endpoint, met: Met) -> Callable[[Channel], Awaitable[None]]:
        async def ask(channel: Channel) -> None:
            await channel.send(_REQUEST.format(path=endpoint.path, name=endpoint.tls_name).encode("ascii"))
            data = b""
            while met.http is None:
                data += await channel.read()
                met.http = read_head(data)

        return ask
