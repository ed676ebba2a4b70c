"""The one error that reading a DNS message may end in."""

from __future__ import annotations


class DnsWireError(ValueError):
    """The bytes are not a DNS message, or a part of it cannot be read; whoever sent them is at fault."""
