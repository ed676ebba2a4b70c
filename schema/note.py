"""Signed notes: checkpoints of logs as C2SP tlog-checkpoint and signed-note have them, cosignatures as tlog-cosignature."""

from __future__ import annotations

from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from hashlib import sha256
from typing import TYPE_CHECKING, Final, NamedTuple

from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey

from schema.dsse import KEY_BYTES, SIGNATURE_BYTES
from schema.errors import FormatError, SignatureError

if TYPE_CHECKING:
    from collections.abc import Iterable

HASH_BYTES: Final = 32
MAX_NOTE_BYTES: Final = 64 * 1024
_ED25519: Final = b"\x01"
_COSIGNATURE: Final = b"\x04"
_ID_BYTES: Final = 4
_TIME_BYTES: Final = 8
_DASH: Final = "\u2014 "
_LARGEST: Final = 2**63


class Checkpoint(NamedTuple):
    """The head of a log: how many lines it has and the root over them."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> bytes:
        """What is signed: three lines, each with its newline (C2SP tlog-checkpoint)."""
        return f"{self.origin}\n{self.size}\n{b64encode(self.root).decode()}\n".encode()


class NoteSignature(NamedTuple):
    """One signature line: who, the four bytes that name the key, and the rest."""

    name: str
    key_hash: bytes
    blob: bytes

    @property
    def line(self) -> bytes:
        """As it stands below the text, with its newline."""
        return f"{_DASH}{self.name} {b64encode(self.key_hash + self.blob).decode()}\n".encode()


class Note(NamedTuple):
    """A checkpoint with its signatures in the order in which they stand."""

    checkpoint: Checkpoint
    signatures: tuple[NoteSignature, ...]

    def pack(self) -> bytes:
        """The note's bytes."""
        return self.checkpoint.text + b"\n" + b"".join(one.line for one in self.signatures)


def probe_origin(probe: str, chain: str) -> str:
    """The name of a probe's log of one chain."""
    return f"ottempera/probe/{probe}/{chain}"


def witness_name(probe: str) -> str:
    """The name under which a probe cosigns."""
    return f"ottempera/probe/{probe}"


def key_hash(name: str, public_key: bytes, kind: bytes = _ED25519) -> bytes:
    """Four bytes: SHA-256(name || newline || kind || key), cut (C2SP signed-note, "Signatures")."""
    return sha256(name.encode() + b"\n" + kind + public_key).digest()[:_ID_BYTES]


class NoteSigner:
    """Signs checkpoints, its own under the log's origin and others' as a witness, with one Ed25519 key."""

    def __init__(self, seed: bytes) -> None:
        """Take the 32 byte *seed* of the key."""
        self._key = SigningKey(seed)
        self.public_key = bytes(self._key.verify_key)

    def sign(self, checkpoint: Checkpoint) -> NoteSignature:
        """The log's own signature."""
        name = checkpoint.origin
        return NoteSignature(name, key_hash(name, self.public_key), self._key.sign(checkpoint.text).signature)

    def cosign(self, checkpoint: Checkpoint, *, name: str, at: int) -> NoteSignature:
        """That *name* has seen *checkpoint* at *at* (seconds since 1970) and nothing it contradicts."""
        signature = self._key.sign(_cosigned(checkpoint, at)).signature
        return NoteSignature(
            name, key_hash(name, self.public_key, _COSIGNATURE), at.to_bytes(_TIME_BYTES, "big") + signature
        )


def verify_own(note: Note, public_key: bytes) -> None:
    """Return if the log itself signed *note* with this key.

    Raises:
        SignatureError: it did not.
    """
    name = note.checkpoint.origin
    wanted = key_hash(name, public_key)
    for one in note.signatures:
        if one.name == name and one.key_hash == wanted:
            _verify(public_key, note.checkpoint.text, one.blob)
            return
    raise SignatureError(f"the checkpoint of {name} does not carry the log's signature")


def cosigned_at(checkpoint: Checkpoint, signature: NoteSignature, public_key: bytes) -> int:
    """When the witness with this key says it saw *checkpoint*, seconds since 1970.

    Raises:
        SignatureError: the signature is another's or does not fit.
    """
    if signature.key_hash != key_hash(signature.name, public_key, _COSIGNATURE):
        raise SignatureError(f"the cosignature of {signature.name} names another key")
    if len(signature.blob) != _TIME_BYTES + SIGNATURE_BYTES:
        raise SignatureError("a cosignature has 8 bytes of time and 64 of signature")
    at = int.from_bytes(signature.blob[:_TIME_BYTES], "big")
    _verify(public_key, _cosigned(checkpoint, at), signature.blob[_TIME_BYTES:])
    return at


def read_note(data: bytes) -> Note:
    """The checkpoint and the signatures in *data*; a checkpoint with extension lines is refused.

    Raises:
        FormatError: not a signed note of a checkpoint, byte for byte.
    """
    if len(data) > MAX_NOTE_BYTES:
        raise FormatError(f"checkpoint: more than {MAX_NOTE_BYTES} bytes")
    text, found, rest = data.partition(b"\n\n")
    if not found:
        raise FormatError("checkpoint: no empty line before the signatures")
    note = Note(read_checkpoint(text + b"\n"), read_signatures(rest))
    if note.pack() != data:
        raise FormatError("checkpoint: not in its one form")
    return note


def read_checkpoint(text: bytes) -> Checkpoint:
    """The checkpoint in its three lines.

    Raises:
        FormatError: other lines.
    """
    lines = text.split(b"\n")
    if len(lines) != 4 or lines[3]:  # noqa: PLR2004 - origin, size, root, nothing
        raise FormatError("checkpoint: three lines are needed")
    try:
        origin, size, root = lines[0].decode(), lines[1].decode("ascii"), b64decode(lines[2], validate=True)
    except (UnicodeDecodeError, Base64Error, ValueError) as error:
        raise FormatError(f"checkpoint: {error}") from error
    _check_name(origin)
    if not (size.isdigit() and str(int(size[:20])) == size and int(size) < _LARGEST) or len(root) != HASH_BYTES:
        raise FormatError("checkpoint: the size is a number without zeros before it, the root has 32 bytes")
    return Checkpoint(origin, int(size), root)


def read_signatures(data: bytes) -> tuple[NoteSignature, ...]:
    """Signature lines, each with its newline.

    Raises:
        FormatError: other lines.
    """
    lines = data.split(b"\n")
    if lines.pop():
        raise FormatError("checkpoint: the last signature has no newline")
    return tuple(_signature(line) for line in lines)


def _signature(line: bytes) -> NoteSignature:
    try:
        dash, name, blob = line.decode().split(" ")
        raw = b64decode(blob, validate=True)
    except (UnicodeDecodeError, Base64Error, ValueError) as error:
        raise FormatError("checkpoint: a signature line is: dash, name, base64") from error
    _check_name(name)
    if dash + " " != _DASH or len(raw) <= _ID_BYTES:
        raise FormatError("checkpoint: a signature line is: dash, name, base64")
    return NoteSignature(name, raw[:_ID_BYTES], raw[_ID_BYTES:])


def _check_name(name: str) -> None:
    if not name or "+" in name or any(letter.isspace() or not letter.isprintable() for letter in name):
        raise FormatError("checkpoint: a name has no spaces and no plus")


def _cosigned(checkpoint: Checkpoint, at: int) -> bytes:
    return b"cosignature/v1\ntime %d\n" % at + checkpoint.text


def _verify(public_key: bytes, message: bytes, signature: bytes) -> None:
    if len(public_key) != KEY_BYTES or len(signature) != SIGNATURE_BYTES:
        raise SignatureError("a key has 32 bytes and a signature 64")
    try:
        VerifyKey(public_key).verify(message, signature)
    except (BadSignatureError, ValueError) as error:
        raise SignatureError("the signature does not fit the checkpoint and the key") from error


def with_signatures(checkpoint: Checkpoint, signatures: Iterable[NoteSignature]) -> bytes:
    """A note's bytes."""
    return Note(checkpoint, tuple(signatures)).pack()
