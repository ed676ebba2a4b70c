"""Time stamps that openssl makes: read here, by openssl itself and by another library."""

from __future__ import annotations

import ssl
import subprocess
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.x509 import ObjectIdentifier
from rfc3161_client import VerifierBuilder, decode_timestamp_response

from deploy.lab.tsa import PROFILES, LabAuthority, Profile, Tools
from schema.errors import EvidenceError, SignatureError
from schema.stamp import stamp_request
from schema.verifier.token import check_token, read_token
from tests.helpers.tsa import with_certificates_in_order

if TYPE_CHECKING:
    from pathlib import Path

MESSAGE = b"a checkpoint"
AT = datetime(2022, 7, 11, 22, 0, 0, 123456, tzinfo=UTC)
NONCE = 2**63 + 11
REQUEST = stamp_request(MESSAGE, nonce=NONCE)
EC = ("ec", "-pkeyopt", "ec_paramgen_curve:P-256")


@pytest.fixture(scope="module")
def tools() -> Tools:
    found = Tools.find()
    if found is None:
        pytest.skip("openssl and libfaketime are needed: apt-get install openssl libfaketime")
    return found


def verified(folder: Path, reply: bytes, *, request: bytes = REQUEST, message: bytes = MESSAGE) -> bool:
    """What `openssl ts -verify` says."""
    for name, data in {"a.tsr": reply, "a.tsq": request, "a.note": message}.items():
        (folder / name).write_bytes(data)
    trust = ["-CAfile", str(folder / "root.pem"), "-attime", str(int(AT.timestamp()))]
    results = [
        subprocess.run(
            ["openssl", "ts", "-verify", "-in", "a.tsr", *about, *trust], cwd=folder, capture_output=True, check=False
        )
        for about in (["-queryfile", "a.tsq"], ["-data", "a.note"])
    ]
    return all(one.returncode == 0 for one in results)


@pytest.mark.parametrize("profile", PROFILES, ids=lambda one: one.name)
def test_all_three_agree(tools: Tools, tmp_path: Path, profile: Profile) -> None:
    """On the time to the microsecond, the accuracy and the nonce; with certificates in the order openssl sends."""
    authority = LabAuthority(tools, tmp_path, profile)
    reply = authority.reply(REQUEST, AT)
    token = check_token(reply, request=REQUEST, message=MESSAGE, pinned=authority.pinned)
    assert abs((token.at - AT).total_seconds()) < 2e-6  # libfaketime counts in binary fractions
    assert token.accuracy_us == (500 if profile.accuracy else 0)
    assert token.policy == profile.policy
    assert verified(tmp_path, reply)
    assert not verified(tmp_path, reply, message=b"another checkpoint")
    _other_library(tmp_path, with_certificates_in_order(reply), profile)


def _other_library(folder: Path, reply: bytes, profile: Profile) -> None:
    signer, root = (x509.load_pem_x509_certificate((folder / f"{one}.pem").read_bytes()) for one in ("signer", "root"))
    builder = VerifierBuilder(ObjectIdentifier(profile.policy), signer, [], [root], NONCE).build()
    assert builder.verify_message(decode_timestamp_response(reply), MESSAGE)


def test_some_set_is_out_of_order(tools: Tools, tmp_path: Path) -> None:
    """Else the test above would not show that any order is read; certificates are random, so both orders come up."""
    for turn in range(40):
        reply = LabAuthority(tools, tmp_path / str(turn), Profile("a", "2.999.1", qualified=False, key=EC)).reply(
            REQUEST, AT
        )
        if with_certificates_in_order(reply) != reply:
            assert read_token(reply).certificates == read_token(with_certificates_in_order(reply)).certificates
            return
    pytest.fail("40 replies with their certificates in order")


def test_kept_between_runs(tools: Tools, tmp_path: Path) -> None:
    """The same folder is the same authority, and goes on counting."""
    first = LabAuthority(tools, tmp_path, PROFILES[1])
    second = LabAuthority(tools, tmp_path, PROFILES[1])
    assert first.pinned == second.pinned
    serials = [read_token(one.reply(REQUEST, AT)).serial for one in (first, second)]
    assert serials[1] == serials[0] + 1


BAD = {
    "digest_by_sha1": (Profile("a", "2.999.1", qualified=False, digest="sha1"), SignatureError, "weak"),
    "expired": (
        Profile("a", "2.999.1", qualified=False, key=EC, days="1", since=datetime(2022, 7, 1, tzinfo=UTC)),
        EvidenceError,
        "was not valid",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_refused(tools: Tools, tmp_path: Path, name: str) -> None:
    """Openssl signs such; they are refused for their reason."""
    profile, error, reason = BAD[name]
    authority = LabAuthority(tools, tmp_path, profile)
    with pytest.raises(error, match=reason):
        check_token(authority.reply(REQUEST, AT), request=REQUEST, message=MESSAGE, pinned=authority.pinned)


def test_identified_by_sha1(tools: Tools, tmp_path: Path) -> None:
    """The old identifier is by SHA-1 whatever the authority does; the certificate itself is compared."""
    authority = LabAuthority(tools, tmp_path, Profile("a", "2.999.1", qualified=False, key=EC, identifier="sha1"))
    reply = authority.reply(REQUEST, AT)
    assert check_token(reply, request=REQUEST, message=MESSAGE, pinned=authority.pinned).policy == "2.999.1"


def test_two_authorities_of_one_name(tools: Tools, tmp_path: Path) -> None:
    """Another key with the same subject and issuer, its own root embedded: refused."""
    profile = Profile("a", "2.999.1", qualified=False, key=EC)
    one, other = (LabAuthority(tools, tmp_path / name, profile) for name in ("one", "other"))
    reply = other.reply(REQUEST, AT)
    with pytest.raises(EvidenceError, match="not the one pinned"):
        check_token(reply, request=REQUEST, message=MESSAGE, pinned=one.pinned)


def test_issued_with_sha1(tools: Tools, tmp_path: Path) -> None:
    """A certificate whose issuer signed a SHA-1 can be anybody's."""
    authority = LabAuthority(tools, tmp_path, Profile("a", "2.999.1", qualified=False))
    request = ["req", "-new", "-config", "tsa.cnf", "-key", "signer.key", "-subj", "/CN=a", "-out", "signer.csr"]
    tools.run(*request, at=AT, folder=tmp_path)
    issued = [
        "-CA",
        "root.pem",
        "-CAkey",
        "root.key",
        "-extfile",
        "tsa.cnf",
        "-extensions",
        "signer",
        "-out",
        "signer.pem",
    ]
    tools.run("x509", "-req", "-sha1", "-in", "signer.csr", "-days", "9", *issued, at=AT, folder=tmp_path)
    assert ssl.PEM_cert_to_DER_cert((tmp_path / "signer.pem").read_text()) == authority.pinned.certificate
    with pytest.raises(SignatureError, match="weak"):
        check_token(authority.reply(REQUEST, AT), request=REQUEST, message=MESSAGE, pinned=authority.pinned)
