"""The sites of a scenario's names, as one vantage meets them over HTTPS: a status, perhaps a redirection, and a body."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Final

from deploy.lab.streams import Connection
from schema.errors import FormatError
from schema.measures import measure_endpoint
from schema.names import canonical

if TYPE_CHECKING:
    from deploy.lab.ca import Authority
    from deploy.lab.shapes import Name, Scenario, Vantage

_END: Final = b"\r\n\r\n"
_MAX_REQUEST_BYTES: Final = 16 * 1024
_OK: Final = 200
_PROTOCOLS: Final = ("http/1.1",)
_BODY: Final = b"Nobody reads this.\n"


class Sites:
    """What every site says to *vantage* in the round that was last set, over one port: the name is in the handshake."""

    def __init__(self, scenario: Scenario, vantage: Vantage, authority: Authority) -> None:
        """Have certificates of *authority*; the round is 1."""
        self._names = [entry for entry in scenario.names if entry.addresses]
        self._vantage = vantage
        self._authority = authority
        self._contexts: dict[str, ssl.SSLContext] = {}
        self._round = 1
        self.context = self._answering("sites.test", "192.0.2.1")
        self.context.sni_callback = self._turn

    @property
    def endpoints(self) -> list[str]:
        """Where plans may ask, each address of each name, whatever the round."""
        pairs = {(entry.name, address) for entry in self._names for address in entry.addresses}
        return [str(measure_endpoint(address, name)) for name, address in sorted(pairs)]

    def set_round(self, number: int) -> None:
        """Go to another round."""
        self._round = number

    def answer(self, host: str) -> bytes:
        """The whole response of the site of *host*; nothing where there is no such name in this round."""
        entry = self._entry(host)
        if entry is None:
            return b""
        here = not entry.https_countries or self._vantage.country in entry.https_countries
        status, location = (entry.https_status, entry.https_location) if here else (_OK, "")
        fields = [f"HTTP/1.1 {status} Lab", "Server: lab", f"Content-Length: {len(_BODY)}", "Connection: close"]
        if location:
            fields.append(f"Location: {location}")
        return "\r\n".join(fields).encode("ascii") + _END + _BODY

    def _entry(self, host: str) -> Name | None:
        try:
            name = canonical(host)
        except FormatError:
            return None
        return next((one for one in self._names if one.name == name and one.covers(self._round)), None)

    def _turn(self, tls: ssl.SSLObject, host: str | None, _context: ssl.SSLContext) -> int | None:
        entry = self._entry(host) if host else None
        if host is None or entry is None:
            return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
        if host not in self._contexts:
            self._contexts[host] = self._answering(host, entry.addresses[0])
        tls.context = self._contexts[host]
        return None

    def _answering(self, name: str, address: str) -> ssl.SSLContext:
        return self._authority.server_context(name, address, _PROTOCOLS)


class SiteFront(Connection):
    """A connection on which one request is answered."""

    def __init__(self, live: set[Connection], sites: Sites) -> None:
        """Answer as *sites* say."""
        super().__init__(live)
        self._sites = sites
        self._heard = b""

    def data_received(self, data: bytes) -> None:
        """Answer a request once it is whole, and end the connection."""
        self._heard += data
        if self.transport is None or (_END not in self._heard and len(self._heard) < _MAX_REQUEST_BYTES):
            return
        _, *fields = self._heard.partition(_END)[0].decode("latin-1").split("\r\n")
        hosts = [
            value.strip() for name, _, value in (field.partition(":") for field in fields) if name.lower() == "host"
        ]
        self.write(self._sites.answer(hosts[0] if hosts else ""))
        self.transport.close()
