"""Certificates out of a handshake's message, whatever the message is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.transport.certificates import certificates_in


def listed(*ders: bytes, extensions: bytes | None) -> bytes:
    after = b"" if extensions is None else len(extensions).to_bytes(2, "big") + extensions
    whole = b"".join(len(der).to_bytes(3, "big") + der + after for der in ders)
    return len(whole).to_bytes(3, "big") + whole


@pytest.mark.parametrize("ders", [(), (b"own",), (b"own", b"x" * 3_000, b"root")])
@pytest.mark.parametrize("extensions", [b"", b"stapled"])
def test_in_the_order_in_which_they_were_sent(ders: tuple[bytes, ...], extensions: bytes) -> None:
    assert certificates_in(b"\x0b\0\0\0\0" + listed(*ders, extensions=extensions), tls_1_3=True) == list(ders)
    assert certificates_in(b"\x0b\0\0\0\x03ctx" + listed(*ders, extensions=extensions), tls_1_3=True) == list(ders)
    assert certificates_in(b"\x0b\0\0\0" + listed(*ders, extensions=None), tls_1_3=False) == list(ders)


def test_what_is_broken_ends_the_list() -> None:
    whole = b"\x0b\0\0\0\0" + listed(b"own", b"other", extensions=b"")
    assert certificates_in(whole[:-4], tls_1_3=True) == [b"own"]
    assert certificates_in(b"", tls_1_3=True) == []
    assert certificates_in(b"", tls_1_3=False) == []


@given(st.binary(max_size=300), st.booleans())
def test_any_bytes(message: bytes, tls_1_3: bool) -> None:
    found = certificates_in(message, tls_1_3=tls_1_3)
    assert sum(map(len, found)) <= len(message)
    assert all(der in message for der in found)
