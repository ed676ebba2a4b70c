"""Signatures: the published example of the encoding, RFC 8032's vector, and every way to tamper."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema.codec import encode
from schema.dsse import BATCH, PLAN, RECEIPT, Signer, key_id, pae, seal, verify
from schema.errors import FormatError, SignatureError
from schema.receipt import read_envelope

# RFC 8032 §7.1, TEST 1: secret key and public key.
SEED = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
PUBLIC = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
PAYLOAD = b'{"v":1}'


def test_pae_example() -> None:
    """The example of the DSSE protocol document."""
    assert pae("http://example.com/HelloWorld", b"hello world") == (
        b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    )


def test_lengths_are_bytes() -> None:
    assert pae("ä", b"") == b"DSSEv1 2 \xc3\xa4 0 "


@given(st.text(max_size=12), st.binary(max_size=12), st.text(max_size=12), st.binary(max_size=12))
def test_pae_is_injective(kind: str, payload: bytes, other_kind: str, other: bytes) -> None:
    """No two (type, payload) pairs are signed as the same bytes."""
    assert (pae(kind, payload) == pae(other_kind, other)) == ((kind, payload) == (other_kind, other))


def test_keys() -> None:
    signer = Signer(SEED)
    assert signer.public_key == PUBLIC
    assert signer.key_id == key_id(PUBLIC)
    assert len(signer.key_id) == 64


def test_signature_fits() -> None:
    signature = Signer(SEED).sign(PLAN, PAYLOAD)
    verify(PUBLIC, PLAN, PAYLOAD, signature)
    assert signature == Signer(SEED).sign(PLAN, PAYLOAD)


@pytest.mark.parametrize("kind", [BATCH, RECEIPT, "", PLAN + " "])
def test_another_type_does_not_fit(kind: str) -> None:
    """A signature over a plan is none over a batch of the same bytes."""
    with pytest.raises(SignatureError):
        verify(PUBLIC, kind, PAYLOAD, Signer(SEED).sign(PLAN, PAYLOAD))


@pytest.mark.parametrize("bit", range(len(PAYLOAD) * 8))
def test_flipped_payload_bit(bit: int) -> None:
    tampered = bytearray(PAYLOAD)
    tampered[bit // 8] ^= 1 << bit % 8
    with pytest.raises(SignatureError):
        verify(PUBLIC, PLAN, bytes(tampered), Signer(SEED).sign(PLAN, PAYLOAD))


@pytest.mark.parametrize("bit", range(64 * 8))
def test_flipped_signature_bit(bit: int) -> None:
    tampered = bytearray(Signer(SEED).sign(PLAN, PAYLOAD))
    tampered[bit // 8] ^= 1 << bit % 8
    with pytest.raises(SignatureError):
        verify(PUBLIC, PLAN, PAYLOAD, bytes(tampered))


@pytest.mark.parametrize("cut", [0, 31, 33, 64])
def test_wrong_lengths(cut: int) -> None:
    signature = Signer(SEED).sign(PLAN, PAYLOAD)
    with pytest.raises(SignatureError):
        verify((PUBLIC * 2)[:cut], PLAN, PAYLOAD, signature)
    with pytest.raises(SignatureError):
        verify(PUBLIC, PLAN, PAYLOAD, (signature * 2)[: cut if cut != 64 else 65])


@given(st.binary(min_size=32, max_size=32), st.binary(min_size=64, max_size=64))
def test_only_signature_error_comes_out(key: bytes, signature: bytes) -> None:
    """Any key and any signature of the right length are refused in the one way."""
    with pytest.raises(SignatureError):
        verify(key, PLAN, PAYLOAD, signature)


def test_envelope_round_trip() -> None:
    envelope = seal(Signer(SEED), PLAN, PAYLOAD)
    assert read_envelope(encode(envelope)) == envelope
    with pytest.raises(FormatError):
        read_envelope(encode(envelope).replace(b'"key"', b'"kee"'))
