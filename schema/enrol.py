"""What a probe says of its own key: that it wants to be enrolled with it, and that it signs with another one from now on."""

from __future__ import annotations

from schema.codec import Digest, Wire, reader
from schema.errors import FormatError

VERSION = 1


class EnrolRequest(Wire, frozen=True):
    """The body of `POST /v1/enrol`: *key* (hex, 32 bytes) signs it as DSSE ENROL, *token* was made for *probe* and is good once."""

    v: int
    probe: str
    key: Digest
    token: str


class KeyChange(Wire, frozen=True):
    """The body of `POST /v1/keys`: from now on *probe* signs with *key* (hex); its key until now signs this as DSSE KEY_CHANGE.

    It carries no version: whoever checks the entry in the collector's log writes it again from the entry's two fields.
    """

    probe: str
    key: Digest


_read_enrol = reader(EnrolRequest, "enrolment")
read_key_change = reader(KeyChange, "change of key")


def read_enrol(data: bytes) -> EnrolRequest:
    """The request in *data*.

    Raises:
        FormatError: not one of a version that is known.
    """
    request = _read_enrol(data)
    if request.v != VERSION:
        raise FormatError(f"enrolment: version {request.v} is not known here")
    return request
