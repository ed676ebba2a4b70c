"""Steps 1.1 to 1.4: the file itself, what it lists, whose it says it is, and who signed that."""

from __future__ import annotations

import re
from base64 import b64encode
from typing import TYPE_CHECKING, Final

from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

from schema.bundle.container import SIGNATURE, SUMS, sums_of
from schema.bundle.parts import VERSION, read_bundle
from schema.codec import encode
from schema.dsse import SIGNATURE_BYTES, key_id
from schema.verifier.case import RefusedError

if TYPE_CHECKING:
    from schema.verifier.case import Case

_WORD: Final = r"[A-Za-z0-9_][A-Za-z0-9._-]*"
_HASH: Final = "[0-9a-f]{64}"
_NUMBER: Final = r"[0-9]{10,20}"
#: The names that the layout knows (sp-008 §3).
_LAYOUT: Final = re.compile(
    "|".join(
        (
            r"LEGGIMI\.txt|README\.txt|SHA256SUMS(\.sig)?|bundle\.json|log/entries\.jsonl",
            rf"certificates/{_HASH}\.der|keys/{_HASH}\.pem|(policies|questions)/{_HASH}\.json",
            rf"checkpoints/{_NUMBER}\.(note|cosigned)|plans/{_NUMBER}\.json",
            r"derived/((verdicts|timeline|rounds|days)\.jsonl|(timeline|days)\.csv|traffic\.pcap)",
            r"orders/[a-z0-9]+(-[a-z0-9]+)*\.[0-9]{1,9}\.json",
            rf"probes/{_WORD}/{_WORD}\.jsonl|rounds/{_NUMBER}/{_WORD}\.jsonl",
            rf"stamps/{_NUMBER}\.[a-z0-9-]+\.ts[qr]|stamps/[a-z0-9-]+\.pem",
        )
    )
)
_SPKI: Final = bytes.fromhex("302a300506032b6570032100")  # RFC 8410 §4: id-Ed25519 and a bit string of 32 bytes
_MAX_SUMS_BYTES: Final = 2**30


def checksums(case: Case) -> None:
    """1.1 The file is a zip in its one form: its headers were compared when it was opened, here its contents."""
    case.digests = case.archive.digests()
    case.count("files", len(case.digests))


def sums(case: Case) -> None:
    """1.2 SHA256SUMS lists every file, each with its digest; every name is one of the layout's."""
    for name in case.digests:
        if not _LAYOUT.fullmatch(name):
            raise RefusedError(f"{name} is no file of a bundle")
    listed = {name: digest for name, digest in case.digests.items() if name not in {SUMS, SIGNATURE}}
    if case.read(SUMS, _MAX_SUMS_BYTES) != sums_of(listed):
        raise RefusedError("SHA256SUMS is not the list of the files in the bundle")


def manifest(case: Case) -> None:
    """1.3 bundle.json is of a known version and agrees with the trust file."""
    data = case.read("bundle.json")
    bundle = read_bundle(data)
    if bundle.v != VERSION or encode(bundle) + b"\n" != data:
        raise RefusedError(f"bundle.json is of version {bundle.v}, or not in its one form")
    case.bundle = bundle
    keys = [bytes.fromhex(one.key) for one in case.trust.logs if one.origin == bundle.origin]
    found = next((key for key in keys if key_id(key) == bundle.key), None)
    if found is None:
        raise RefusedError(f"the trust file does not name the log {bundle.origin} with the key {bundle.key}")
    case.key = found
    if bundle.lab != case.trust.lab:
        raise RefusedError(
            "the bundle is of an invented world, the trust file is for real ones"
            if bundle.lab
            else "the trust file is for invented worlds, the bundle is of a real one"
        )
    query = bundle.query
    for what, words in (("operators", query.operators), ("names", query.names)):
        if not words or list(words) != sorted(set(words)) or not all(words):
            raise RefusedError(f"bundle.json: the {what} are not sorted, or there are none")
    if query.first_day > query.last_day or bundle.size < 1:
        raise RefusedError("bundle.json: the period ends before it begins, or the log is empty")


def signature(case: Case) -> None:
    """1.4 SHA256SUMS is signed by a collector that is trusted."""
    name = f"keys/{case.bundle.key}.pem"
    if case.read(name) != public_pem(case.key):
        raise RefusedError(f"{name} is not the trusted key in its one form")
    signed = case.read(SIGNATURE, SIGNATURE_BYTES)
    try:
        VerifyKey(case.key).verify(case.read(SUMS, _MAX_SUMS_BYTES), signed)
    except (BadSignatureError, ValueError) as error:
        raise RefusedError("SHA256SUMS.sig is no signature of the trusted key over SHA256SUMS") from error


def public_pem(key: bytes) -> bytes:
    """The SubjectPublicKeyInfo of an Ed25519 *key* (RFC 8410 §4) in PEM, as stock programs take it."""
    return b"-----BEGIN PUBLIC KEY-----\n" + b64encode(_SPKI + key) + b"\n-----END PUBLIC KEY-----\n"


def certificate_pem(certificate: bytes) -> bytes:
    """A certificate (DER) in PEM (RFC 7468), in lines of 64 characters."""
    text = b64encode(certificate)
    lines = [text[at : at + 64] for at in range(0, len(text), 64)]
    return b"\n".join((b"-----BEGIN CERTIFICATE-----", *lines, b"-----END CERTIFICATE-----", b""))
