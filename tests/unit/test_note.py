"""Signed notes: their one form, whose signature counts, and that nothing but the two errors comes out of a parser."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema.errors import FormatError, SignatureError
from schema.log import EMPTY_ROOT
from schema.note import (
    Checkpoint,
    Note,
    NoteSigner,
    cosigned_at,
    probe_origin,
    read_checkpoint,
    read_note,
    read_signatures,
    verify_own,
    witness_name,
)

LOG, OTHER, WITNESS = (NoteSigner(bytes([number]) * 32) for number in (1, 2, 3))
POINT = Checkpoint("ottempera/collector/0123456789abcdef/1", 7, EMPTY_ROOT)
NOTE = Note(POINT, (LOG.sign(POINT), WITNESS.cosign(POINT, name=witness_name("mi-01"), at=1_700_000_000)))


def test_a_note_reads_as_it_was_written() -> None:
    assert read_note(NOTE.pack()) == NOTE
    assert read_checkpoint(POINT.text) == POINT
    assert probe_origin("mi-01", "ab") == "ottempera/probe/mi-01/ab"


def test_whose_signature_counts() -> None:
    verify_own(NOTE, LOG.public_key)
    assert cosigned_at(POINT, NOTE.signatures[1], WITNESS.public_key) == 1_700_000_000
    with pytest.raises(SignatureError):
        verify_own(NOTE, OTHER.public_key)
    with pytest.raises(SignatureError):
        cosigned_at(POINT, NOTE.signatures[1], OTHER.public_key)
    with pytest.raises(SignatureError):
        cosigned_at(POINT._replace(size=8), NOTE.signatures[1], WITNESS.public_key)


def test_a_cosignature_is_no_signature_of_the_log() -> None:
    """The two kinds are told apart by what is signed: one key's cosignature does not pass for its own log's signature."""
    as_log = WITNESS.cosign(POINT, name=POINT.origin, at=1)
    for blob in (as_log.blob, as_log.blob[8:]):
        forged = LOG.sign(POINT)._replace(blob=blob)
        with pytest.raises(SignatureError):
            verify_own(Note(POINT, (forged,)), LOG.public_key)


def holds(data: bytes) -> bool:
    """Whether *data* is the note with both its signatures."""
    try:
        note = read_note(data)
        verify_own(note, LOG.public_key)
        seen = [one for one in note.signatures if one.name == witness_name("mi-01")]
        for one in seen:
            cosigned_at(note.checkpoint, one, WITNESS.public_key)
    except (FormatError, SignatureError):
        return False
    return len(seen) == 1


def test_every_flipped_bit_shows() -> None:
    packed = NOTE.pack()
    assert holds(packed)
    for place in range(len(packed) * 8):
        data = bytearray(packed)
        data[place // 8] ^= 1 << place % 8
        assert not holds(bytes(data)), f"bit {place} may be anything"


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"a\n1\n",
        b"a\n1\nAAAA\n",
        POINT.text + b"extension\n",
        POINT.text.replace(b"\n7\n", b"\n07\n"),
        POINT.text.replace(b"\n7\n", b"\n-7\n"),
        POINT.text.replace(b"\n7\n", "\n\u0667\n".encode()),
        POINT.text.replace(b"\n7\n", b"\n9223372036854775808\n"),
        POINT.text.replace(b"ottempera/", b"ottem pera/"),
        POINT.text.replace(b"ottempera/", b"ottem+pera/"),
        POINT.text.replace(b"ottempera/", b"\xff"),
        POINT.text[:-1],
    ],
)
def test_what_is_no_checkpoint(text: bytes) -> None:
    with pytest.raises(FormatError):
        read_checkpoint(text)


@given(st.binary(max_size=300))
def test_parsers_raise_one_error(data: bytes) -> None:
    for read in (read_note, read_checkpoint, read_signatures):
        for given_bytes in (data, POINT.text + b"\n" + data, NOTE.pack()[:60] + data):
            try:
                read(given_bytes)
            except FormatError:
                continue
