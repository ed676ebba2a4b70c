"""Witnesses that are no probes: C2SP tlog-witness, `add-checkpoint` over HTTP."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

import aiohttp

from schema.codec import Wire
from schema.errors import ConfigError, FormatError, UnavailableError
from schema.note import NoteSignature, read_signatures

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_TIMEOUT_S: Final = 15.0
_MAX_REPLY_BYTES: Final = 16 * 1024
_SIZE_TYPE: Final = "text/x.tlog.size"
_OK: Final = 200
_CONFLICT: Final = 409
_SIZE_DIGITS: Final = 19
_KEY_BYTES: Final = 32


class WitnessSettings(Wire, frozen=True):
    """A `[[witness]]` of the settings: its name in signatures, the prefix of its address, its Ed25519 key in hex."""

    name: str
    url: str
    key: str

    @property
    def public_key(self) -> bytes:
        """The key's 32 bytes.

        Raises:
            ConfigError: it is none.
        """
        try:
            key = bytes.fromhex(self.key)
        except ValueError as error:
            raise ConfigError(f"witness {self.name}: the key is not hex") from error
        if len(key) != _KEY_BYTES:
            raise ConfigError(f"witness {self.name}: a key has {_KEY_BYTES} bytes")
        return key


class Cosigned(NamedTuple):
    """It cosigned: signature lines, not checked yet."""

    signatures: tuple[NoteSignature, ...]


class Behind(NamedTuple):
    """What was offered does not follow from `size`, the newest that it has seen."""

    size: int


class Witness(Protocol):
    """Somebody who is shown each checkpoint."""

    @property
    def settings(self) -> WitnessSettings:
        """Who."""

    async def add_checkpoint(self, old: int, proof: Sequence[bytes], note: bytes) -> Cosigned | Behind:
        """Show *note*; *proof* is of consistency with the checkpoint of *old* lines.

        Raises:
            UnavailableError: no answer, or a refusal. FormatError: an answer that is none.
        """


class HttpWitness:
    """A witness at an address."""

    def __init__(self, settings: WitnessSettings, session: aiohttp.ClientSession) -> None:
        self.settings = settings
        self._session = session
        self._url = settings.url.rstrip("/") + "/add-checkpoint"

    async def add_checkpoint(self, old: int, proof: Sequence[bytes], note: bytes) -> Cosigned | Behind:
        """Show *note*; see `Witness`."""
        name = self.settings.name
        try:
            async with (
                asyncio.timeout(_TIMEOUT_S),
                self._session.post(self._url, data=request_body(old, proof, note), allow_redirects=False) as response,
            ):
                status, kind = response.status, response.content_type
                body = await response.content.read(_MAX_REPLY_BYTES + 1)
                while len(body) <= _MAX_REPLY_BYTES and (more := await response.content.read(_MAX_REPLY_BYTES)):
                    body += more
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            raise UnavailableError(f"witness {name} cannot be reached: {type(error).__name__} {error}") from error
        if len(body) > _MAX_REPLY_BYTES:
            raise FormatError(f"witness {name}: an answer of more than {_MAX_REPLY_BYTES} bytes")
        if status == _OK:
            return Cosigned(read_signatures(body))
        if status == _CONFLICT and kind == _SIZE_TYPE:
            return Behind(_size(body))
        raise UnavailableError(f"witness {name} answered {status}")


def request_body(old: int, proof: Iterable[bytes], note: bytes) -> bytes:
    """The body of `add-checkpoint`: the old size, the hashes of the proof, an empty line, the checkpoint."""
    return b"".join([b"old %d\n" % old, *(b64encode(one) + b"\n" for one in proof), b"\n", note])


def _size(body: bytes) -> int:
    text = body.removesuffix(b"\n")
    if not (text.isdigit() and len(text) <= _SIZE_DIGITS):
        raise FormatError("witness: the size in its answer is no number")
    return int(text)
