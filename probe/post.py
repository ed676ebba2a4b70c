"""Requests to the collector: a plain HTTP client on one kept connection, used from a thread."""

from __future__ import annotations

import http.client
import socket
import ssl
from contextlib import suppress
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

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
            ConfigError: *url* is neither http nor https, or *trust* holds no certificates.
        """
        parts = _split(url)
        if parts is None or parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ConfigError(f"collector = {url!r} is not an address", remedy="Write https://HOST[:PORT]")
        self._parts = parts
        try:
            self._context = ssl.create_default_context(cafile=trust) if parts.scheme == "https" else None
        except OSError as error:
            raise ConfigError(f"trust = {trust!r}: {error}", remedy="Name a file of certificates, PEM.") from error
        self._connection: http.client.HTTPConnection | None = None
        self._busy: http.client.HTTPConnection | None = None
        self._closed = False

    def request(
        self, method: str, path: str, *, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> Reply:
        """Send and read whole.

        A connection that was kept may have been closed by the other side meanwhile: then on a new one. Nothing that a
        probe sends does harm twice.

        Raises:
            UnavailableError: the collector cannot be reached, or its answer makes no sense.
        """
        kept, self._connection = self._connection, None
        if kept is not None:
            with suppress(UnavailableError):
                return self._exchange(kept, method, path, body, headers or {})
        if self._closed:  # it was cut short, and is not tried again
            raise UnavailableError(f"the connection to {self._parts.netloc} is let go of")
        return self._exchange(self._connect(), method, path, body, headers or {})

    def _exchange(
        self,
        connection: http.client.HTTPConnection,
        method: str,
        path: str,
        body: bytes | None,
        headers: dict[str, str],
    ) -> Reply:
        self._busy = connection
        try:
            connection.request(method, self._parts.path.rstrip("/") + path, body=body, headers=headers)
            response = connection.getresponse()
            data = response.read(MAX_REPLY_BYTES + 1)
        except (OSError, http.client.HTTPException, ValueError) as error:  # ValueError: a host that is none, a cut TLS
            connection.close()
            raise UnavailableError(f"the collector at {self._parts.netloc} does not answer: {error}") from error
        finally:
            self._busy = None
        if len(data) > MAX_REPLY_BYTES:
            connection.close()
            raise UnavailableError("the collector's answer is too large")
        if self._closed:
            connection.close()
        else:
            self._connection = connection
        return Reply(response.status, data)

    def close(self) -> None:
        """Let go of the connection, and cut short what a thread still waits for."""
        self._closed = True
        kept, busy = self._connection, self._busy
        self._connection = None
        if kept is not None:
            kept.close()
        if busy is not None and busy.sock is not None:
            with suppress(OSError):
                socket.socket.shutdown(busy.sock, socket.SHUT_RDWR)

    def _connect(self) -> http.client.HTTPConnection:
        host, port = self._parts.hostname or "", self._parts.port
        if self._context is not None:
            return http.client.HTTPSConnection(host, port, timeout=TIMEOUT_S, context=self._context)
        return http.client.HTTPConnection(host, port, timeout=TIMEOUT_S)


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        valid = parts.port != 0
    except ValueError:  # brackets, or a port that is none
        return None
    return parts if valid else None
