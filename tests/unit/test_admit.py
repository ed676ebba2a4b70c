"""What may be kept of what arrives, and that nothing unsigned is opened."""

from __future__ import annotations

import os
import resource
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from collector.errors import NotAdmittedError, TooLargeError
from collector.receive.admit import CLOCK_UNBELIEVABLE, Holder, admit
from collector.receive.limits import Limits
from schema.codec import encode
from schema.dsse import Signer
from schema.errors import EvidenceError, FormatError, OttemperaError, SignatureError
from schema.log import leaf_hash
from schema.record import VERSION, BatchHeader, BatchLine, Certificate, Close, CloseLine, Record
from schema.words import Profile, Role
from tests.helpers.batches import Signed, Writer, seed_of, sign, sign_body

if TYPE_CHECKING:
    from collector.receive.admit import Admitted

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
PLAN = "ab" * 32
SIGNER = Signer(seed_of("mi-01"))
HOLDER = Holder("mi-01", SIGNER.public_key)
HEADER = BatchHeader("mi-01", "c0ffee00c0ffee00", 1, "boot-1", "test", NOW)
RECORD = Record(
    v=1,
    plan=PLAN,
    cell=3,
    probe="mi-01",
    at=NOW,
    role=Role.TARGET,
    resolver="alpha",
    endpoint="udp:192.0.2.1:53",
    name="example.org.",
    qtype="A",
    profile=Profile.EDNS,
)


def take(signed: Signed, **changes: Any) -> Admitted:
    """Admit *signed* at a collector that knows one probe."""
    asked: dict[str, Any] = {
        "key": signed.headers["Ottempera-Key"],
        "signature": signed.headers["Ottempera-Signature"],
        "keys": {SIGNER.key_id: HOLDER},
        "lab": False,
        "received_at": NOW,
    }
    return admit(signed.body, **(asked | changes))


def of_lines(*lines: bytes, header: BatchHeader = HEADER) -> Signed:
    """A signed batch of a header and *lines*."""
    return sign(SIGNER, [encode(BatchLine(VERSION, header)), *lines], header)


def test_a_batch_is_taken_apart() -> None:
    """Every line has its leaf, every kind its place."""
    der = b"not really a certificate"
    certificate = Certificate(1, sha256(der).hexdigest(), der)
    close = Close(PLAN, 1, 1, "00" * 32)
    signed = of_lines(encode(RECORD), encode(certificate), encode(CloseLine(1, close)))
    batch = take(signed)
    assert batch.header == HEADER
    assert batch.batch == signed.digest
    assert [place for place, _ in batch.records] == [1]
    assert batch.records[0][1] == RECORD
    assert batch.closes == ((3, close),)
    assert batch.certificates == (certificate,)
    assert batch.leaves == b"".join(leaf_hash(line) for line in batch.lines)
    assert len(batch.lines) == 4
    assert batch.notes == ()


@pytest.mark.parametrize("years", [-10, 10])
def test_a_clock_ten_years_off_is_kept_and_noted(years: int) -> None:
    """An unbelievable clock is a fact about the probe, not a reason to lose what it saw."""
    at = NOW + timedelta(days=365 * years)
    assert take(Writer("mi-01").batch([encode(RECORD)], at=at)).notes == (CLOCK_UNBELIEVABLE,)


def test_a_probe_cut_off_for_a_month_has_a_believable_clock() -> None:
    """Late is not wrong."""
    assert take(Writer("mi-01").batch([encode(RECORD)], at=NOW - timedelta(days=31))).notes == ()


GOOD = of_lines(encode(RECORD))
OTHER = Signer(seed_of("rm-01"))


@pytest.mark.parametrize(
    ("error", "changes"),
    [
        pytest.param(SignatureError, {"key": ""}, id="no key"),
        pytest.param(SignatureError, {"signature": ""}, id="no signature"),
        pytest.param(SignatureError, {"signature": "?"}, id="signature is not base64"),
        pytest.param(SignatureError, {"signature": "AAAA"}, id="signature too short"),
        pytest.param(SignatureError, {"signature": "A" * 86 + "=="}, id="signature of nothing"),
        pytest.param(SignatureError, {"signature": "é" * 88}, id="signature is not ASCII"),
        pytest.param(NotAdmittedError, {"keys": {}}, id="unknown key"),
        pytest.param(NotAdmittedError, {"keys": {SIGNER.key_id: HOLDER._replace(revoked=True)}}, id="revoked"),
        pytest.param(NotAdmittedError, {"keys": {SIGNER.key_id: HOLDER._replace(suspended=True)}}, id="suspended"),
        pytest.param(NotAdmittedError, {"keys": {SIGNER.key_id: HOLDER._replace(probe="x")}}, id="another's key"),
        pytest.param(
            SignatureError, {"keys": {SIGNER.key_id: HOLDER._replace(public_key=OTHER.public_key)}}, id="wrong key"
        ),
        pytest.param(NotAdmittedError, {"lab": True}, id="real probe at a lab"),
        pytest.param(TooLargeError, {"limits": Limits(body_bytes=10)}, id="body too large"),
        pytest.param(TooLargeError, {"limits": Limits(plain_bytes=100)}, id="inflates too far"),
        pytest.param(TooLargeError, {"limits": Limits(lines=1)}, id="too many lines"),
        pytest.param(TooLargeError, {"limits": Limits(line_bytes=100)}, id="line too long"),
    ],
)
def test_a_good_batch_is_refused(error: type[OttemperaError], changes: dict[str, Any]) -> None:
    """The same bytes under other circumstances."""
    with pytest.raises(error) as caught:
        take(GOOD, **changes)
    assert type(caught.value) is error


def test_a_labs_probe_is_refused_by_a_real_collector() -> None:
    """What a script played must not stand beside what was measured."""
    with pytest.raises(NotAdmittedError, match="a lab"):
        take(Writer("mi-01", lab=True).batch([]))


HEADER_LINE = encode(BatchLine(VERSION, HEADER))


def changed(line: bytes, old: bytes, new: bytes) -> bytes:
    """*line* with one thing changed."""
    assert old in line
    return line.replace(old, new, 1)


def header_with(**changes: Any) -> bytes:
    """A header line that is not quite right."""
    fields = {name: getattr(HEADER, name) for name in HEADER.__struct_fields__}
    return encode(BatchLine(VERSION, BatchHeader(**(fields | changes))))


LINE = encode(RECORD)
CLOSE = encode(CloseLine(1, Close(PLAN, 1, 1, "00" * 32)))


@pytest.mark.parametrize(
    ("error", "says", "lines"),
    [
        pytest.param(FormatError, "line 1", [b""], id="empty"),
        pytest.param(FormatError, "line 1", [LINE], id="no header"),
        pytest.param(FormatError, "line 1", [changed(HEADER_LINE, b'"v":1', b'"v":9')], id="header of another version"),
        pytest.param(FormatError, "line 1", [header_with(chain="no hex at all")], id="chain is no id"),
        pytest.param(FormatError, "line 1", [header_with(number=0)], id="number 0"),
        pytest.param(FormatError, "line 1", [header_with(number=2**31)], id="number beyond a column"),
        pytest.param(FormatError, "line 1", [header_with(number=2)], id="second batch without previous"),
        pytest.param(FormatError, "line 1", [header_with(previous="ab" * 32)], id="first batch with previous"),
        pytest.param(FormatError, "line 1", [header_with(number=2, previous="zz")], id="previous is no digest"),
        pytest.param(FormatError, "line 1", [header_with(at=NOW.replace(tzinfo=None))], id="header without zone"),
        pytest.param(FormatError, "line 1", [header_with(build="a\0b")], id="NUL in a text"),
        pytest.param(FormatError, "line 1", [header_with(boot="x" * 257)], id="long text"),
        pytest.param(FormatError, "line 2", [HEADER_LINE, HEADER_LINE], id="two headers"),
        pytest.param(FormatError, "line 2", [HEADER_LINE, b"", LINE], id="blank line"),
        pytest.param(FormatError, "line 2", [HEADER_LINE, b"not json"], id="not JSON"),
        pytest.param(FormatError, "line 2", [HEADER_LINE, b"[" * 100_000], id="nested"),
        pytest.param(FormatError, "line 2", [HEADER_LINE, b"\xff\xfe"], id="not UTF-8"),
        pytest.param(
            FormatError, "line 3", [HEADER_LINE, LINE, changed(LINE, b'"cell"', b'"sell"')], id="unknown field"
        ),
        pytest.param(FormatError, "line 2", [HEADER_LINE, changed(LINE, b'"v":1', b'"v":2')], id="another version"),
        pytest.param(FormatError, "line 2", [HEADER_LINE, changed(LINE, PLAN.encode(), b"ab")], id="plan is no digest"),
        pytest.param(FormatError, "line 2", [HEADER_LINE, changed(LINE, b"target", b"tarmac")], id="unknown word"),
        pytest.param(FormatError, "line 2", [HEADER_LINE, changed(LINE, b"00Z", b"00")], id="record without zone"),
        pytest.param(FormatError, "line 2", [HEADER_LINE, changed(LINE, b"example", b"Example")], id="upper case"),
        pytest.param(FormatError, "line 2", [HEADER_LINE, changed(LINE, b"org.", b"org")], id="no final dot"),
        pytest.param(EvidenceError, "line 2", [HEADER_LINE, changed(LINE, b"mi-01", b"rm-01")], id="another's record"),
        pytest.param(EvidenceError, "line 2", [HEADER_LINE, encode(Certificate(1, "ab" * 32, b"x"))], id="certificate"),
        pytest.param(FormatError, "line 2", [HEADER_LINE, changed(CLOSE, b"00" * 32, b"00")], id="root is no digest"),
        pytest.param(
            FormatError, "line 2", [HEADER_LINE, changed(CLOSE, b'"cells":1', b'"cells":-1')], id="negative count"
        ),
    ],
)
def test_a_line_is_refused_by_its_number(error: type[OttemperaError], says: str, lines: list[bytes]) -> None:
    """Signed nonsense is still nonsense; whoever wrote the probe is told where."""
    with pytest.raises(error, match=says):
        take(sign(SIGNER, lines, HEADER))


def test_a_bomb_is_refused_without_being_inflated() -> None:
    """A gibibyte in a mebibyte, with its size declared and without."""
    before_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for declared in (True, False):
        compressor = zstandard.ZstdCompressor(level=1, write_content_size=declared)
        stream = compressor.compressobj(size=2**30 if declared else -1)
        block = bytes(2**20)
        body = b"".join(stream.compress(block) for _ in range(1024)) + stream.flush()
        assert len(body) < 2**20
        with pytest.raises(FormatError):
            take(sign_body(SIGNER, body, HEADER))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kib < 128 * 1024


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"not zstd", id="not zstd"),
        pytest.param(GOOD.body[:-3], id="truncated"),
        pytest.param(GOOD.body + b"x", id="something after it"),
        pytest.param(GOOD.body + GOOD.body, id="two frames"),
        pytest.param(GOOD.body[:20] + bytes([GOOD.body[20] ^ 255]) + GOOD.body[21:], id="damaged"),
    ],
)
def test_signed_bytes_that_are_no_batch_are_refused(body: bytes) -> None:
    """The signature says who sent it, not that it makes sense."""
    with pytest.raises(FormatError):
        take(sign_body(SIGNER, body, HEADER))


def test_nothing_unsigned_is_inflated() -> None:
    """The signature is over the compressed bytes, so a bad one is found before anything is opened."""
    with pytest.raises(SignatureError):
        take(GOOD._replace(body=b"\x28\xb5\x2f\xfd" + os.urandom(64)))


@given(st.lists(st.binary(max_size=200), max_size=5))
def test_signed_noise_raises_nothing_unexpected(lines: list[bytes]) -> None:
    """Whatever a probe signs, the answer is a batch or a refusal."""
    try:
        take(sign(SIGNER, [HEADER_LINE, *lines], HEADER))
    except OttemperaError:
        return


@given(st.data())
def test_a_changed_record_raises_nothing_unexpected(data: st.DataObject) -> None:
    """Bytes of a good line replaced by others."""
    line = bytearray(LINE)
    for _ in range(data.draw(st.integers(1, 4))):
        line[data.draw(st.integers(0, len(line) - 1))] = data.draw(st.integers(0, 255))
    try:
        take(sign(SIGNER, [HEADER_LINE, bytes(line)], HEADER))
    except OttemperaError:
        return
