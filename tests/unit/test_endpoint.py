"""Endpoints: what is written is what is read, and a host name is never one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema.endpoint import Endpoint, parse_endpoint
from schema.errors import FormatError
from schema.words import VERIFIABLE, Transport

LABELS = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?", fullmatch=True)


@st.composite
def endpoints(draw: st.DrawFn) -> Endpoint:
    transport = draw(st.sampled_from(Transport))
    name = ".".join(draw(st.lists(LABELS, min_size=1, max_size=4))) if transport in VERIFIABLE else ""
    path = draw(st.sampled_from(["/dns-query", "/", "/a/b"])) if transport is Transport.HTTPS else ""
    address = str(draw(st.ip_addresses()))
    return Endpoint(transport, address, draw(st.integers(1, 65535)), name, path)


@given(endpoints())
def test_round_trip(endpoint: Endpoint) -> None:
    assert parse_endpoint(str(endpoint)) == endpoint


@given(st.text(max_size=80) | st.from_regex(r"(udp|tls|https):[0-9.\[\]:]{1,20}:[0-9]{1,6}(#[a-z.]+)?(/.*)?"))
def test_only_format_error_comes_out(text: str) -> None:
    try:
        endpoint = parse_endpoint(text)
    except FormatError:
        return
    assert parse_endpoint(str(endpoint)) == endpoint


def test_parts() -> None:
    endpoint = parse_endpoint("https:[2606:4700:4700::1111]:443#Cloudflare-DNS.com/dns-query")
    assert endpoint == (Transport.HTTPS, "2606:4700:4700::1111", 443, "cloudflare-dns.com", "/dns-query")
    assert endpoint.family == 6
    assert endpoint.verifiable
    assert not parse_endpoint("udp:1.1.1.1:53").verifiable
    assert parse_endpoint("udp:1.1.1.1:53").family == 4


def test_one_form_for_an_address() -> None:
    """IPv6 in any spelling is the same endpoint."""
    assert str(parse_endpoint("udp:[2001:DB8:0:0::1]:53")) == "udp:[2001:db8::1]:53"


@pytest.mark.parametrize(
    "text",
    [
        "udp:one.one.one.one:53", "udp:1.1.1.1", "udp:1.1.1.1:0", "udp:1.1.1.1:65536", "udp:1.1.1.1:53#name",
        "tls:1.1.1.1:853", "tls:1.1.1.1:853#name/path", "https:1.1.1.1:443#name", "https:1.1.1.1:443#/dns-query",
        "doq:1.1.1.1:853#name", "UDP:1.1.1.1:53", "udp:1.1.1.999:53", "udp:[1.1.1.1]:53", "udp:::1:53",
        "udp:1.1.1.1:53\n", "udp:01.1.1.1:53", "tls:1.1.1.1:853#a b", "",
    ],
)  # fmt: skip
def test_refused(text: str) -> None:
    with pytest.raises(FormatError):
        parse_endpoint(text)
