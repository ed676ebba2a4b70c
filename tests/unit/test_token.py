"""RFC 3161 time stamps: what is accepted, and what is refused for which reason."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import sha256, sha512
from random import Random
from typing import NamedTuple

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509 import ObjectIdentifier
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import example, given
from hypothesis import strategies as st
from rfc3161_client import VerifierBuilder, decode_timestamp_response

from schema.errors import EvidenceError, FormatError, OttemperaError, SignatureError
from schema.stamp import stamp_request
from schema.trust import TrustedAuthority
from schema.verifier.asn1 import integer
from schema.verifier.token import Token, check_token, read_request, read_token
from tests.helpers.tsa import (
    AT,
    CONTENT_TYPE,
    DATA,
    ESS_V1,
    ESS_V2,
    MESSAGE,
    MESSAGE_DIGEST,
    MIDDLE,
    NONCE,
    POLICY,
    REQUEST,
    ROOT,
    RSA,
    RSA_SHA1,
    RSA_SHA256,
    RSA_SIGNER,
    SHA1,
    SHA256,
    SHA512,
    SIGNER,
    Reply,
    algorithm,
    certified,
    der,
    ess_v1,
    ess_v2,
    number,
    octets,
    oid,
    pinned,
    pss,
)

PINNED = pinned()
BY_RSA = pinned(RSA_SIGNER)


def check(reply: Reply, authority: TrustedAuthority = PINNED, *, request: bytes = REQUEST) -> Token:
    return check_token(reply.pack(), request=request, message=MESSAGE, pinned=authority)


def test_what_it_says() -> None:
    """Every field is read, microseconds and all."""
    token = check(Reply())
    assert token.at == AT
    assert token.accuracy_us == 1_002_003
    assert (token.policy, token.serial, token.nonce) == (POLICY, 7, NONCE)
    assert token.imprint == (SHA256, sha256(MESSAGE).digest())
    assert token.certificate == SIGNER.raw
    assert set(token.certificates) == {SIGNER.raw, MIDDLE.raw, ROOT.raw}


GOOD = {
    "certificates_in_no_order": (Reply(in_order=False), PINNED),
    "only_the_signers_certificate": (Reply(more=()), PINNED),
    "rsa": (Reply(signer=RSA_SIGNER), BY_RSA),
    "rsa_named_without_its_hash": (Reply(signer=RSA_SIGNER, signature_algorithm=algorithm(RSA)), BY_RSA),
    "rsa_pss": (Reply(signer=RSA_SIGNER, signature_algorithm=pss()), BY_RSA),
    "identified_by_sha1_too": (Reply(attributes={ESS_V1: ess_v1(SIGNER.raw)}), PINNED),
    "identified_by_sha1_alone": (Reply(attributes={ESS_V1: ess_v1(SIGNER.raw)}, without=[ESS_V2]), PINNED),
    "identified_by_sha512": (Reply(attributes={ESS_V2: ess_v2(SHA512, sha512(SIGNER.raw).digest())}), PINNED),
    "no_accuracy": (Reply(accuracy=b""), PINNED),
    "granted_with_modifications": (Reply(status=der(0x30, number(1))), PINNED),
    "ordering_false_written_out": (Reply(after_accuracy=b"\x01\x01\x00"), PINNED),
    "extension_that_binds_nobody": (Reply(after_nonce=der(0xA1, der(0x30, oid("2.999.7"), octets(b"")))), PINNED),
    "unsigned_attributes": (Reply(unsigned=der(0xA1, der(0x30, oid("2.999.7"), der(0x31, octets(b""))))), PINNED),
    "another_signed_attribute": (Reply(attributes={"2.999.8": octets(b"x")}), PINNED),
    "trusted_by_itself": (Reply(), TrustedAuthority("authority", SIGNER.raw, POLICY)),
    "trusted_by_what_issued_it": (Reply(), pinned(SIGNER, MIDDLE)),
}


@pytest.mark.parametrize("name", GOOD)
def test_accepted(name: str) -> None:
    reply, authority = GOOD[name]
    assert check(reply, authority).at == AT


class Bad(NamedTuple):
    """A reply, what it is refused as, and a word of the reason."""

    reply: Reply
    error: type[OttemperaError]
    reason: str
    authority: TrustedAuthority = PINNED
    request: bytes = REQUEST


TWIN = certified("signer", MIDDLE, serial=SIGNER.certificate.serial_number)  # the same names and number, another key
OTHER_ROOT = certified("root", usage=None)
OTHER = certified("signer", OTHER_ROOT)
EXPIRED = certified("signer", MIDDLE, until=datetime(2022, 7, 11, 10, 0, 0, tzinfo=UTC))
NOT_YET = certified("signer", MIDDLE, since=datetime(2022, 7, 11, 10, 0, 1, tzinfo=UTC))
SERVER = certified("signer", MIDDLE, usage=[ExtendedKeyUsageOID.SERVER_AUTH])
BOTH = certified("signer", MIDDLE, usage=[ExtendedKeyUsageOID.TIME_STAMPING, ExtendedKeyUsageOID.SERVER_AUTH])
NOT_CRITICAL = certified("signer", MIDDLE, critical=False)
NO_USAGE = certified("signer", MIDDLE, usage=None, ca=False)
SMALL = certified("signer", MIDDLE, key=rsa.generate_private_key(65537, 1024))  # noqa: S505 - to be refused
NO_CA = certified("no authority", ROOT, ca=False)
UNDER_NO_CA = certified("signer", NO_CA)
DEEP = certified("deep", MIDDLE, usage=None)  # MIDDLE may have none below it but signers
UNDER_DEEP = certified("signer", DEEP)
LATE_ROOT = certified("late root", usage=None, since=datetime(2023, 1, 1, tzinfo=UTC))
UNDER_LATE = certified("signer", LATE_ROOT)
FOREIGN = stamp_request(b"something else", nonce=NONCE)
OF_SHA1 = der(0x30, algorithm(SHA1), octets(bytes(20)))
AS_SHA1 = der(0x30, algorithm(SHA1), octets(sha256(MESSAGE).digest()))

BAD = {
    "wrong_nonce": Bad(Reply(nonce=number(NONCE + 1)), EvidenceError, "nonce"),
    "no_nonce": Bad(Reply(nonce=b""), EvidenceError, "nonce"),
    "wrong_imprint": Bad(
        Reply(imprint=der(0x30, algorithm(SHA256), octets(bytes(32)))), EvidenceError, "imprint is not the SHA-256"
    ),
    "imprint_by_sha1": Bad(Reply(imprint=OF_SHA1), EvidenceError, "imprint is not the SHA-256"),
    "imprint_said_to_be_by_sha1": Bad(Reply(imprint=AS_SHA1), EvidenceError, "imprint is not the SHA-256"),
    "asked_for_something_else": Bad(Reply(), EvidenceError, "request: the imprint", request=FOREIGN),
    "wrong_policy": Bad(Reply(policy="2.999.2"), EvidenceError, "policy 2.999.2"),
    "other_signer_with_the_same_subject": Bad(
        Reply(signer=OTHER, more=(OTHER_ROOT,)), EvidenceError, "not the one pinned"
    ),
    "other_key_with_the_same_name_and_number": Bad(Reply(signer=TWIN), EvidenceError, "not the one pinned"),
    "both_twins_came_along": Bad(Reply(signer=TWIN, more=(SIGNER,)), FormatError, "2 certificates"),
    "untrusted_with_its_own_root_embedded": Bad(
        Reply(signer=certified("unknown", OTHER_ROOT), more=(OTHER_ROOT,)), EvidenceError, "not the one pinned"
    ),
    "no_certificate_of_the_signer": Bad(Reply(with_signer=False), FormatError, "0 certificates"),
    "expired": Bad(Reply(signer=EXPIRED), EvidenceError, "was not valid", pinned(EXPIRED)),
    "not_yet_valid": Bad(Reply(signer=NOT_YET), EvidenceError, "was not valid", pinned(NOT_YET)),
    "under_a_root_that_is_not_yet_valid": Bad(
        Reply(signer=UNDER_LATE), EvidenceError, "CN=late root was not valid", pinned(UNDER_LATE, LATE_ROOT)
    ),
    "certificate_of_a_server": Bad(Reply(signer=SERVER), EvidenceError, "not for time stamps", pinned(SERVER)),
    "certificate_for_more_than_stamps": Bad(Reply(signer=BOTH), EvidenceError, "time stamps alone", pinned(BOTH)),
    "usage_that_does_not_bind": Bad(Reply(signer=NOT_CRITICAL), EvidenceError, "bindingly", pinned(NOT_CRITICAL)),
    "certificate_for_anything": Bad(Reply(signer=NO_USAGE), EvidenceError, "not for time stamps", pinned(NO_USAGE)),
    "small_key": Bad(Reply(signer=SMALL), SignatureError, "1024 bits", pinned(SMALL)),
    "issued_by_none_that_may": Bad(
        Reply(signer=UNDER_NO_CA), EvidenceError, "issue no others", pinned(UNDER_NO_CA, NO_CA, ROOT)
    ),
    "issued_too_far_down": Bad(
        Reply(signer=UNDER_DEEP), EvidenceError, "or not so many", pinned(UNDER_DEEP, DEEP, MIDDLE, ROOT)
    ),
    "chain_of_somebody_else": Bad(Reply(), SignatureError, "not issued by", pinned(SIGNER, ROOT)),
    "chain_of_somebody_with_the_same_name": Bad(
        Reply(), SignatureError, "not issued by", pinned(SIGNER, certified("middle", usage=None))
    ),
    "pinned_is_no_certificate": Bad(
        Reply(), FormatError, "pinned certificates", TrustedAuthority("x", SIGNER.raw, POLICY, (b"no",))
    ),
    "digest_by_sha1": Bad(
        Reply(signer=RSA_SIGNER, digest=SHA1, signature_algorithm=algorithm(RSA)), SignatureError, "weak", BY_RSA
    ),
    "signature_by_sha1": Bad(
        Reply(signer=RSA_SIGNER, signature_algorithm=algorithm(RSA_SHA1)), SignatureError, "weak", BY_RSA
    ),
    "signature_by_another_hash": Bad(Reply(digest=SHA512), SignatureError, "weak, unknown, or not the key's"),
    "signature_for_another_kind_of_key": Bad(
        Reply(signature_algorithm=algorithm(RSA_SHA256)), SignatureError, "not the key's"
    ),
    "pss_with_another_hash": Bad(
        Reply(signer=RSA_SIGNER, signature_algorithm=pss(SHA1)), SignatureError, "PSS with other hashes", BY_RSA
    ),
    "pss_with_another_salt": Bad(
        Reply(signer=RSA_SIGNER, signature_algorithm=pss(salt=20)), SignatureError, "does not fit", BY_RSA
    ),
    "no_content_type": Bad(Reply(without=[CONTENT_TYPE]), SignatureError, "content type"),
    "other_content_type_signed": Bad(Reply(attributes={CONTENT_TYPE: oid(DATA)}), SignatureError, "content type"),
    "other_content_type": Bad(Reply(content_type=DATA), FormatError, "no time stamp"),
    "no_digest": Bad(Reply(without=[MESSAGE_DIGEST]), SignatureError, "signed digest"),
    "digest_of_something_else": Bad(
        Reply(attributes={MESSAGE_DIGEST: octets(bytes(32))}), SignatureError, "signed digest"
    ),
    "digest_twice": Bad(Reply(twice=[MESSAGE_DIGEST]), FormatError, "more than once"),
    "not_identified": Bad(Reply(without=[ESS_V2]), SignatureError, "identifier"),
    "identified_as_another": Bad(
        Reply(attributes={ESS_V2: ess_v2(SHA256, sha256(TWIN.raw).digest())}), SignatureError, "identifier"
    ),
    "identified_as_two": Bad(Reply(attributes={ESS_V1: ess_v1(TWIN.raw)}), SignatureError, "identifier"),
    "identified_by_sha1_in_the_new_way": Bad(
        Reply(attributes={ESS_V2: ess_v2(SHA1, bytes(20))}), SignatureError, "weak or unknown"
    ),
    "refused": Bad(
        Reply(status=der(0x30, number(2), der(0x30, der(0x0C, b"closed\x1b on Sundays")))), FormatError, "closed\\? on"
    ),
    "two_signers": Bad(Reply(signers=2), FormatError, "more fields"),
    "no_signer": Bad(Reply(signers=0), FormatError, "missing"),
    "something_after_it": Bad(Reply(after=b"\x05\x00"), FormatError, "more fields"),
    "time_of_no_day": Bad(Reply(time=b"20220231100000Z"), FormatError, "time stamp: "),
    "time_without_zone": Bad(Reply(time=b"20220711100000"), FormatError, "YYYYMMDD"),
    "time_with_offset": Bad(Reply(time=b"20220711100000+0200"), FormatError, "YYYYMMDD"),
    "time_finer_than_can_be_kept": Bad(Reply(time=b"20220711100000.1234567Z"), FormatError, "microseconds"),
    "time_in_other_digits": Bad(Reply(time="2022071110000٣Z".encode()), FormatError, "YYYYMMDD"),
    "negative_accuracy": Bad(Reply(accuracy=der(0x30, number(-1))), FormatError, "accuracy"),
    "accuracy_of_two_thousand_millis": Bad(
        Reply(accuracy=der(0x30, der(0x80, b"\x07\xd0"))), FormatError, "accuracy"
    ),
    "critical_extension": Bad(
        Reply(after_nonce=der(0xA1, der(0x30, oid("2.999.7"), b"\x01\x01\xff", octets(b"")))), FormatError, "critical"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_refused_for_its_reason(name: str) -> None:
    bad = BAD[name]
    with pytest.raises(bad.error, match=bad.reason) as caught:
        check(bad.reply, bad.authority, request=bad.request)
    assert type(caught.value) is bad.error


def test_request_without_a_nonce_shows_nothing() -> None:
    """Else an old token over the same bytes would do again."""
    bare = REQUEST.replace(number(NONCE), b"")
    request = der(0x30, bare[2:])
    assert read_request(request).nonce is None
    with pytest.raises(EvidenceError, match="nonce"):
        check(Reply(nonce=b""), request=request)


def test_request_for_another_policy() -> None:
    inner = REQUEST[2:]
    asked = der(0x30, inner.replace(number(NONCE), oid("2.999.2") + number(NONCE)))
    with pytest.raises(EvidenceError, match=r"policy 2\.999\.2 was asked for"):
        check(Reply(), request=asked)


def test_every_prefix_is_refused() -> None:
    """A reply that was cut short is no reply, wherever it was cut."""
    whole = Reply(more=()).pack()
    for length in range(len(whole)):
        with pytest.raises(FormatError):
            read_token(whole[:length])
    for length in range(len(REQUEST)):
        with pytest.raises(FormatError):
            read_request(REQUEST[:length])


@pytest.mark.parametrize("reply", [Reply(), Reply(signer=RSA_SIGNER)], ids=["ecdsa", "rsa"])
def test_mutated_replies(reply: Reply) -> None:
    """2,000 mutants: refused as what this project knows, or nothing changed that is signed or pinned.

    What may change unseen: the status (granted, with or without modifications) and its text; the set of digest
    algorithms that a signature repeats; certificates that are not the signer's; parameters of algorithms that have none.
    """
    whole, authority = reply.pack(), pinned(reply.signer)
    sound = _decisive(check_token(whole, request=REQUEST, message=MESSAGE, pinned=authority))
    dice, accepted = Random(161), 0
    for _ in range(2000):
        mutant = _mutated(whole, dice)
        try:
            token = check_token(mutant, request=REQUEST, message=MESSAGE, pinned=authority)
        except (FormatError, SignatureError, EvidenceError):
            continue
        assert _decisive(token) == sound
        accepted += mutant != whole
    assert accepted  # certificates of others are half of the bytes


def _decisive(token: Token) -> Token:
    signer = token.signer._replace(algorithm=token.signer.algorithm._replace(parameters=b""))
    return token._replace(certificates=(), signer=signer)


def _mutated(whole: bytes, dice: Random) -> bytes:
    data = bytearray(whole)
    for _ in range(dice.choice((1, 1, 1, 2, 5))):
        place = dice.randrange(len(data))
        match dice.randrange(4):
            case 0:
                data[place] ^= 1 << dice.randrange(8)
            case 1:
                data[place] = dice.randrange(256)
            case 2:
                del data[place : place + dice.choice((1, 1, 4, 40))]
            case _:
                data[place:place] = dice.randbytes(dice.choice((1, 1, 4)))
    return bytes(data)


@given(st.binary(max_size=300))
@example(b"")
@example(b"\x30\x80\x00\x00")
@example(b"\x30\x84\x00\x00\x00\x01\x00")
@example(b"\x1f\x81\x00")
def test_any_bytes_raise_one_error(data: bytes) -> None:
    for read in (read_token, read_request):
        with pytest.raises(FormatError):
            read(data)


def test_numbers_have_one_form() -> None:
    """Of all contents of one and two bytes those are numbers that are written back the same (X.690 §8.3.2)."""
    for content in [
        *(bytes([one]) for one in range(256)),
        *(bytes([one, two]) for one in range(256) for two in range(256)),
    ]:
        value = int.from_bytes(content, "big", signed=True)
        shortest = value.to_bytes((value + (value < 0)).bit_length() // 8 + 1, "big", signed=True)
        if content == shortest:
            assert integer(content, "number") == value
        else:
            with pytest.raises(FormatError):
                integer(content, "number")


def test_bounded() -> None:
    with pytest.raises(FormatError, match="more than"):
        read_token(bytes(256 * 1024 + 1))


@pytest.mark.parametrize("nonce", [0, 1, 127, 128, 2**32, 2**63, 2**64 - 1])
def test_request_as_it_was_asked(nonce: int) -> None:
    request = read_request(stamp_request(b"x", nonce=nonce))
    assert request == ((SHA256, sha256(b"x").digest()), None, nonce)


@pytest.mark.parametrize("nonce", [-1, 2**64])
def test_request_with_a_nonce_of_another_size(nonce: int) -> None:
    with pytest.raises(ValueError, match="64 bits"):
        stamp_request(b"x", nonce=nonce)


SECOND_READER = {"ecdsa": SIGNER, "rsa": RSA_SIGNER}


@pytest.mark.parametrize("name", SECOND_READER)
def test_another_library_agrees(name: str) -> None:
    """rfc3161-client reads the same and accepts it, with the certificates in the order that it insists on."""
    signer = SECOND_READER[name]
    raw = Reply(signer=signer).pack()
    token, other = check(Reply(signer=signer), pinned(signer)), decode_timestamp_response(raw)
    info = other.tst_info
    assert (info.nonce, info.serial_number, info.policy.dotted_string) == (token.nonce, token.serial, token.policy)
    assert info.gen_time == token.at.replace(
        microsecond=0
    )  # it drops what is finer: another reason not to decide by it
    builder = VerifierBuilder(
        policy_id=ObjectIdentifier(POLICY),
        tsa_certificate=signer.certificate,
        intermediates=[MIDDLE.certificate],
        roots=[ROOT.certificate],
        nonce=NONCE,
    )
    assert builder.build().verify_message(other, MESSAGE)


def test_another_library_insists_on_an_order() -> None:
    """Why it is not the one that decides: openssl leaves the certificates as they are configured."""
    with pytest.raises(ValueError, match="InvalidSetOrdering"):
        decode_timestamp_response(Reply(in_order=False).pack())


def test_a_day_before_and_after() -> None:
    """The certificate's time is that of the token, not that of the reader."""
    day = timedelta(days=1)
    signer = certified("signer", MIDDLE, since=AT - day, until=AT + day)
    assert check(Reply(signer=signer), pinned(signer)).at == AT
