"""Measures: how a site is asked over HTTPS whether it withholds itself, as an addressee may do instead of by DNS. Pure.

A cell of the role `measure` asks no resolver: its record holds no query and no answer, only what the TLS handshake with the
name showed and the status and a few headers of one response (sp-001 §7). Whoever plans one and whoever takes one both hold
its endpoint against these rules, as those of looks.
"""

from __future__ import annotations

import re
from typing import Final

from schema.endpoint import Endpoint
from schema.public_address import is_public
from schema.words import Transport

#: The port of what people reach by the name (RFC 9110 §4.2.2).
MEASURE_PORT: Final = 443
_PATH: Final = "/"
_CONTROLS: Final = re.compile("[\x00-\x1f\x7f-\x9f]")
#: RFC 7725: what is asked for is withheld for legal reasons.
UNAVAILABLE_FOR_LEGAL_REASONS: Final = 451
#: Fields of a response that are kept, in lower case: who answered and when, on whose account (`link`, RFC 7725 §4), where to.
KEPT_HEADERS: Final = frozenset(
    {"age", "cf-mitigated", "cf-ray", "content-type", "date", "link", "location", "server", "via"}
)
MAX_HEADER_CHARS: Final = 2048
#: Of final responses (RFC 9110 §15).
STATUSES: Final = range(200, 600)


def measure_endpoint(address: str, name: str) -> Endpoint:
    """The endpoint at which numeric *address* is asked for the front page of *name*, which has its final dot."""
    return Endpoint(Transport.HTTPS, address, MEASURE_PORT, name.removesuffix("."), _PATH)


def may_measure(endpoint: Endpoint) -> bool:
    """Whether *endpoint* is at a public address and at the port of sites, and its front page."""
    return (
        endpoint.transport is Transport.HTTPS
        and endpoint.port == MEASURE_PORT
        and endpoint.path == _PATH
        and is_public(endpoint.address)
    )


def is_measure_at(endpoint: Endpoint, name: str) -> bool:
    """Whether *endpoint* is asked for *name* and its front page: no name is told and no page named but the plan's."""
    return (
        endpoint.transport is Transport.HTTPS and endpoint.tls_name == name.removesuffix(".") and endpoint.path == _PATH
    )


def plain(value: str) -> str:
    """The *value* of a header as it is kept: no control characters, no more than MAX_HEADER_CHARS."""
    return _CONTROLS.sub(" ", value[:MAX_HEADER_CHARS])
