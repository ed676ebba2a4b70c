"""Reads an RFC 3161 reply: the token's own statements and the signature over them, as they stand. Decides nothing.

What is read: TimeStampResp and TSTInfo (RFC 3161 §2.4.2), SignedData (RFC 5652 §5), the certificate identifiers of
ESS (RFC 5035). Certificate sets in any order are read: their order is not signed, and authorities differ.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final, NamedTuple

from schema.errors import FormatError
from schema.verifier import asn1
from schema.verifier.asn1 import Fields

MAX_REPLY_BYTES: Final = 256 * 1024
GRANTED: Final = (0, 1)  # with modifications: those that matter are compared one by one
_SIGNED_DATA: Final = "1.2.840.113549.1.7.2"
_TST_INFO: Final = "1.2.840.113549.1.9.16.1.4"
_TOKEN_VERSION: Final = 3
_MAX_CERTIFICATES: Final = 16
_MAX_ACCURACY_S: Final = 10**6
_MILLI: Final = 1000
_TIME = re.compile(rb"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.(\d{1,6}))?Z", re.ASCII)


class Imprint(NamedTuple):
    """Of what a token speaks: a hash algorithm (OID) and a digest."""

    algorithm: str
    digest: bytes


class Algorithm(NamedTuple):
    """An algorithm (OID) and its parameters as they stand (DER, may be none)."""

    name: str
    parameters: bytes


class SignerInfo(NamedTuple):
    """The one signature of a token. `attributes` is each attribute's (OID) one value, `signed` what is signed."""

    sid: bytes  # the issuer's name and the serial number, as they stand in a certificate
    digest: str
    algorithm: Algorithm
    attributes: dict[str, bytes]
    signed: bytes
    signature: bytes


class Token(NamedTuple):
    """What an authority says: these bytes (their imprint) existed at `at`, give or take `accuracy_us` microseconds."""

    imprint: Imprint
    nonce: int | None
    policy: str
    serial: int
    at: datetime
    accuracy_us: int
    certificate: bytes  # of the signer, DER
    certificates: tuple[bytes, ...]  # all that came along, the signer's among them, in DER order
    content: bytes  # the TSTInfo, over which the signer's message digest is taken
    signer: SignerInfo


class Request(NamedTuple):
    """What was asked of the authority."""

    imprint: Imprint
    policy: str | None
    nonce: int | None


def read_token(reply: bytes) -> Token:
    """The token in *reply*, a TimeStampResp in DER; nothing of it is verified.

    Raises:
        FormatError: none is in there (the authority's reason is told), or not byte for byte as DER has it.
    """
    if len(reply) > MAX_REPLY_BYTES:
        raise FormatError(f"time stamp: more than {MAX_REPLY_BYTES} bytes")
    what = "time stamp"
    response = asn1.whole(reply, asn1.SEQUENCE, what)
    _granted(response.into(asn1.SEQUENCE))
    content = response.into(asn1.SEQUENCE)
    response.end()
    if content.oid() != _SIGNED_DATA:
        raise FormatError("time stamp: no signed data")
    signed = content.into(asn1.context(0)).into(asn1.SEQUENCE)
    content.end()
    return _token(signed)


def read_request(data: bytes) -> Request:
    """The request in *data*, a TimeStampReq in DER.

    Raises:
        FormatError: it is none.
    """
    if len(data) > MAX_REPLY_BYTES:
        raise FormatError(f"time-stamp request: more than {MAX_REPLY_BYTES} bytes")
    what = "time-stamp request"
    fields = asn1.whole(data, asn1.SEQUENCE, what)
    if fields.integer() != 1:
        raise FormatError(f"{what}: of an unknown version")
    imprint = _imprint(fields)
    policy = fields.maybe(asn1.OID)
    nonce = fields.maybe(asn1.INTEGER)
    certificates = fields.maybe(asn1.BOOLEAN)
    fields.end()
    if certificates is not None:
        asn1.boolean(certificates.content, what)
    return Request(
        imprint,
        asn1.oid(policy.content, what) if policy else None,
        asn1.integer(nonce.content, what) if nonce else None,
    )


def _granted(status: Fields) -> None:
    code = status.integer()
    if code in GRANTED:
        return
    said = status.maybe(asn1.SEQUENCE)
    texts = [one.content.decode(errors="replace") for one in Fields(said.content, "status").rest()] if said else []
    reason = " ".join("".join(letter if letter.isprintable() else "?" for letter in text)[:200] for text in texts)
    raise FormatError(f"time stamp: refused by the authority with status {code}{': ' + reason if reason else ''}")


def _token(signed: Fields) -> Token:
    what = "time stamp"
    if signed.integer() != _TOKEN_VERSION:
        raise FormatError("time stamp: signed data of an unknown version")
    signed.take(asn1.SET)  # the digest algorithms, once more in the signer's part
    inner = signed.into(asn1.SEQUENCE)
    if inner.oid() != _TST_INFO:
        raise FormatError("time stamp: what is signed is no time stamp")
    wrapped = inner.into(asn1.context(0))
    content = wrapped.take(asn1.OCTET_STRING).content
    wrapped.end()
    inner.end()
    certificates = signed.maybe(asn1.context(0))
    signed.maybe(asn1.context(1))  # revocation lists: the certificate is pinned
    signers = signed.into(asn1.SET)
    signer = _signer(signers.into(asn1.SEQUENCE))
    signers.end()
    signed.end()
    came = sorted(one.raw for one in Fields(certificates.content, what).rest()) if certificates else []
    if len(came) > _MAX_CERTIFICATES:
        raise FormatError(f"time stamp: more than {_MAX_CERTIFICATES} certificates")
    return _statement(content, _of_signer(came, signer), tuple(came), signer)


def _statement(content: bytes, certificate: bytes, came: tuple[bytes, ...], signer: SignerInfo) -> Token:
    what = "time stamp's statement"
    fields = asn1.whole(content, asn1.SEQUENCE, what)
    if fields.integer() != 1:
        raise FormatError(f"{what}: of an unknown version")
    policy = fields.oid()
    imprint = _imprint(fields)
    serial = fields.integer()
    at = _time(fields.take(asn1.GENERALIZED_TIME).content)
    accuracy = fields.maybe(asn1.SEQUENCE)
    ordering = fields.maybe(asn1.BOOLEAN)
    nonce = fields.maybe(asn1.INTEGER)
    fields.maybe(asn1.context(0))  # the authority's name; the certificate says who it is
    extensions = fields.maybe(asn1.context(1))
    fields.end()
    if ordering is not None:
        asn1.boolean(ordering.content, what)
    if extensions is not None:
        _no_critical(Fields(extensions.content, what))
    return Token(
        imprint,
        asn1.integer(nonce.content, what) if nonce else None,
        policy,
        serial,
        at,
        _accuracy_us(Fields(accuracy.content, what)) if accuracy else 0,
        certificate,
        came,
        content,
        signer,
    )


def _imprint(fields: Fields) -> Imprint:
    inside = fields.into(asn1.SEQUENCE)
    name, _ = inside.algorithm()
    digest = inside.take(asn1.OCTET_STRING).content
    inside.end()
    return Imprint(name, digest)


def _time(content: bytes) -> datetime:
    found = _TIME.fullmatch(content)
    if not found:
        raise FormatError("time stamp: its time is not YYYYMMDDhhmmss[.s]Z with microseconds at the finest")
    *whole, fraction = found.groups()
    try:
        return datetime(*map(int, whole), int((fraction or b"").ljust(6, b"0")), tzinfo=UTC)  # type: ignore[arg-type,misc]  # six numbers, then microseconds
    except ValueError as error:
        raise FormatError(f"time stamp: {error}") from error


def _accuracy_us(fields: Fields) -> int:
    seconds = fields.maybe(asn1.INTEGER)
    millis = fields.maybe(asn1.context(0, constructed=False))
    micros = fields.maybe(asn1.context(1, constructed=False))
    fields.end()
    parts = [asn1.integer(one.content, "accuracy") if one else 0 for one in (seconds, millis, micros)]
    if not (0 <= parts[0] <= _MAX_ACCURACY_S and 0 <= parts[1] < _MILLI and 0 <= parts[2] < _MILLI):
        raise FormatError("time stamp: an accuracy outside its range")
    return (parts[0] * _MILLI + parts[1]) * _MILLI + parts[2]


def _no_critical(extensions: Fields) -> None:
    for one in extensions.rest():
        fields = asn1.whole(one.raw, asn1.SEQUENCE, "time stamp's extension")
        name = fields.oid()
        critical = fields.maybe(asn1.BOOLEAN)
        if critical is not None and asn1.boolean(critical.content, "extension"):
            raise FormatError(f"time stamp: a critical extension {name} that is not known here")


def _signer(fields: Fields) -> SignerInfo:
    if fields.integer() != 1:  # 3 would name the certificate by its key, which no authority does
        raise FormatError("time stamp: a signature of an unknown version")
    sid = fields.take(asn1.SEQUENCE)
    digest, _ = fields.algorithm()
    signed = fields.take(asn1.context(0))
    algorithm = Algorithm(*fields.algorithm())
    signature = fields.take(asn1.OCTET_STRING).content
    fields.maybe(asn1.context(1))  # unsigned attributes
    fields.end()
    return SignerInfo(
        sid.content,
        digest,
        algorithm,
        _attributes(signed.content),
        bytes([asn1.SET]) + signed.raw[1:],  # RFC 5652 §5.4: the tag of a set; the order is as received
        signature,
    )


def _attributes(content: bytes) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for one in Fields(content, "signed attributes").rest():
        fields = asn1.whole(one.raw, asn1.SEQUENCE, "signed attribute")
        name = fields.oid()
        values = fields.into(asn1.SET).rest()
        fields.end()
        if name in found or len(values) != 1:
            raise FormatError(f"time stamp: the signed attribute {name} stands more than once, or without a value")
        found[name] = values[0].raw
    return found


def _of_signer(certificates: list[bytes], signer: SignerInfo) -> bytes:
    matching = [one for one in certificates if _issuer_and_serial(one) == signer.sid]
    if len(matching) != 1:
        raise FormatError(f"time stamp: {len(matching)} certificates came along that its signature names, not one")
    return matching[0]


def _issuer_and_serial(certificate: bytes) -> bytes:
    outer = asn1.whole(certificate, asn1.SEQUENCE, "certificate")
    fields = outer.into(asn1.SEQUENCE)
    fields.maybe(asn1.context(0))
    serial = fields.take(asn1.INTEGER)
    fields.take(asn1.SEQUENCE)  # the signature's algorithm
    return fields.take(asn1.SEQUENCE).raw + serial.raw
