"""Looks: which endpoints are a site's and not a resolver's, and may be met with a handshake and nothing else. Pure.

A cell of the role `look` asks nothing: its record holds no query and no answer, only what the TLS handshake with the
name showed. The address was said by a resolver under test, perhaps by somebody who wants us to knock there: whoever
plans a look and whoever takes one both hold it against these rules.
"""

from __future__ import annotations

from typing import Final

from schema.endpoint import Endpoint
from schema.public_address import is_public
from schema.words import Transport

#: The port of what people reach by the name (RFC 9110 §4.2.2); at no other port is anything looked at.
LOOK_PORT: Final = 443


def look_endpoint(address: str, name: str) -> Endpoint:
    """The endpoint at which numeric *address* is asked for a certificate for *name*, which has its final dot."""
    return Endpoint(Transport.TLS, address, LOOK_PORT, name.removesuffix("."))


def may_look(endpoint: Endpoint) -> bool:
    """Whether *endpoint* is at a public address and at the port of sites."""
    return endpoint.transport is Transport.TLS and endpoint.port == LOOK_PORT and is_public(endpoint.address)


def is_look_at(endpoint: Endpoint, name: str) -> bool:
    """Whether the certificate that is wanted at *endpoint* is one for *name*: no name is told but the one in the plan."""
    return endpoint.transport is Transport.TLS and endpoint.tls_name == name.removesuffix(".")
