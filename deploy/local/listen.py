"""Where `up` answers: an address of this machine, taken before anything is made."""

from __future__ import annotations

import socket
from ipaddress import ip_address

from schema.errors import ConfigError, UnavailableError

_MAX_PORT = 65535


def parse_listen(text: str) -> tuple[str, int]:
    """Host and port of --listen; port 0 takes any that is free. No name is looked up.

    Raises:
        ConfigError: another shape, or a host that is not numeric.
    """
    host, _, port = text.rpartition(":")
    host = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    try:
        ip_address(host)
        fits = port.isascii() and port.isdigit() and int(port) <= _MAX_PORT
    except ValueError:
        fits = False
    if not fits:
        raise ConfigError(f"--listen {text!r} is not a numeric HOST:PORT", remedy="For example 127.0.0.1:8053.")
    return host, int(port)


def take(listen: tuple[str, int]) -> socket.socket:
    """A socket that listens there.

    Raises:
        UnavailableError: the port is in use, or the address is not this machine's.
    """
    host, port = listen
    try:
        return socket.create_server(listen, family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=128)
    except OSError as error:
        raise UnavailableError(
            f"cannot listen on {host}:{port}: {error.strerror}",
            remedy="Another port: --listen 127.0.0.1:0 takes a free one.",
        ) from error
