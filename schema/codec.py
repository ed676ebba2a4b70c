"""JSON in the one form this project writes, and readers that raise one error type."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, TypeAlias, TypeVar

import msgspec

from schema.errors import FormatError

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

#: A time with its offset from UTC; one without would mean another instant on every machine and is refused.
Instant: TypeAlias = Annotated[datetime, msgspec.Meta(tz=True)]
#: 32 bytes in lower case hex: a SHA-256, a key, a root. The length is said apart: `$` also stands before a last newline.
Digest: TypeAlias = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$", max_length=64)]


#: A whole number that every reader of JSON holds exactly: one beyond binary64's 53 bits would be read as another (RFC 8259 §6).
Whole: TypeAlias = Annotated[int, msgspec.Meta(ge=-(2**53 - 1), le=2**53 - 1)]


class Wire(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """Base of every struct that travels: immutable, closed, defaults left out."""


_ENCODER = msgspec.json.Encoder()


def encode(value: object) -> bytes:
    """*value* as one line of JSON without the newline; field order is the struct's."""
    return _ENCODER.encode(value)


def reader(kind: type[T], what: str) -> Callable[[bytes], T]:
    """A function from bytes to *kind* that raises nothing but FormatError, naming *what*."""
    decoder = msgspec.json.Decoder(kind)

    def read(data: bytes) -> T:
        try:
            return decoder.decode(data)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise FormatError(f"{what}: {error}") from error

    return read
