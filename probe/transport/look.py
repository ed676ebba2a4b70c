"""Looks at who answers at an address: one TLS handshake with a name, and nothing is said afterwards (ADR 0016).

No HTTP, no DNS, no ALPN: the certificate is all there is to see. It is kept whether it verifies or not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from probe.transport.site import SITE_S, SiteCarrier

if TYPE_CHECKING:
    from collections.abc import Callable

    from probe.transport.port import Clock, Route
    from probe.transport.tls import TlsFront
    from schema.endpoint import Endpoint

LOOK_S: Final = SITE_S


class LookCarrier(SiteCarrier):
    """Looks at the endpoints that *may* lets it, a connection each, a few at once."""

    def __init__(
        self, route: Route, front: TlsFront, clock: Clock, may: Callable[[Endpoint], bool], limit_s: float = LOOK_S
    ) -> None:
        """Reach endpoints by *route*, verify by *front*, each within *limit_s*; to be made inside a running event loop."""
        super().__init__(route, front, clock, may, limit_s)
