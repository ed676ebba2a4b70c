"""Requests to the collector: a plain HTTP client on one kept connection, used from a thread."""

from __future__ import annotations

import http.client
import ssl
from typing import NamedTuple
from urllib.parse import urlsplit

from schema.errors import ConfigError, UnavailableError

MAX_REPLY_BYTES = 64 * 1024 * 1024
TIMEOUT_S = 30.0


class Reply(NamedTuple):
    """Status and body."""

    status: int
    body: bytes


class CollectorClient:
    """One connection to the collector; not to be used by two threads at once."""

    def __init__(self, url: str, *, trust: str | None = None) -> None:
        """Remember where to connect.

        Raises:
            ConfigError: *url* is neither http nor https.
        """
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ConfigError(f"collector = {url!r} is not an address", remedy="Write https://HOST[:PORT]")
        self._parts = parts
        self._context = ssl.create_default_context(cafile=trust) if parts.scheme == "https" else None
        self._connection: http.client.HTTPConnection | None = None

    def request(
        self, method: str, path: str, *, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> Reply:
        """Send and read whole.

        Raises:
            UnavailableError: the collector cannot be reached, or its answer makes no sense.
        """
        connection = self._connection or self._connect()
        self._connection = None
        try:
            connection.request(method, self._parts.path.rstrip("/") + path, body=body, headers=headers or {})
            response = connection.getresponse()
            data = response.read(MAX_REPLY_BYTES + 1)
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            raise UnavailableError(f"the collector at {self._parts.netloc} does not answer: {error}") from error
        if len(data) > MAX_REPLY_BYTES:
            connection.close()
            raise UnavailableError("the collector's answer is too large")
        self._connection = connection
        return Reply(response.status, data)

    def close(self) -> None:
        """Let go of the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _connect(self) -> http.client.HTTPConnection:
        host, port = self._parts.hostname or "", self._parts.port
        if self._context is not None:
            return http.client.HTTPSConnection(host, port, timeout=TIMEOUT_S, context=self._context)
        return http.client.HTTPConnection(host, port, timeout=TIMEOUT_S)
