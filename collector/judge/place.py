"""A question as a plan puts it: what of a record is the same in every round."""

from __future__ import annotations

import re
from functools import lru_cache
from operator import attrgetter
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from schema.endpoint import Endpoint, parse_endpoint
from schema.words import Profile, Role

if TYPE_CHECKING:
    from collections.abc import Callable

    from schema.record import Record

_MAX_TYPE: Final = 0xFFFF
_MAX_LABEL_BYTES: Final = 63  # RFC 1035 §2.3.4
_TYPES: Final = {
    "A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "PTR": 12, "MX": 15, "TXT": 16, "AAAA": 28, "SRV": 33, "DS": 43,
    "DNSKEY": 48, "SVCB": 64, "HTTPS": 65, "ANY": 255, "CAA": 257,
}  # fmt: skip
_NUMBERED: Final = re.compile(r"TYPE([0-9]{1,5})")  # RFC 3597 §5
_CLASSES: Final = {"IN": 1, "CH": 3}
PLAIN: Final = frozenset({Profile.STUB, Profile.EDNS})
#: What tells one place from another, in the order of the fields of `Place`.
told_apart_by: Final[Callable[[Record], tuple[Role, str, str, str, str, str, Profile]]] = attrgetter(
    "role", "resolver", "endpoint", "name", "qclass", "qtype", "profile"
)


class Place(Struct, frozen=True, eq=False):
    """Where, as whom and how a name is asked. Compared by identity: one setting makes one of each."""

    role: Role
    resolver: str
    endpoint: str
    name: str
    qclass: str
    qtype: str
    profile: Profile
    reach: Endpoint  # the endpoint, parsed
    verifiable: bool  # a certificate can say who answers there
    plain: bool  # asked as users ask
    asked: (
        bytes  # the question section that an answer must repeat, its name in lower case; empty if it cannot be written
    )

    @classmethod
    def of(cls, record: Record) -> Place:
        """The place of *record*.

        Raises:
            FormatError: the endpoint is none.
        """
        fields = told_apart_by(record)
        reach = parse_endpoint(record.endpoint)
        asked = _question(record.name, record.qtype, record.qclass)
        return cls(*fields, reach, reach.verifiable, record.profile in PLAIN, asked)

    @property
    def about_name(self) -> bool:
        """Whether it asks for a name that orders may be about."""
        return self.qclass == "IN" and self.role in {Role.TARGET, Role.CONTROL}


@lru_cache(maxsize=8192)
def _question(name: str, qtype: str, qclass: str) -> bytes:
    """A question section in wire format; empty where it cannot be written."""
    number = _NUMBERED.fullmatch(qtype)
    kind = _TYPES.get(qtype) or (int(number[1]) if number else 0)
    labels = [label.encode("ascii", "replace") for label in name.lower().rstrip(".").split(".") if label]
    if not 0 < kind <= _MAX_TYPE or qclass not in _CLASSES or any(len(label) > _MAX_LABEL_BYTES for label in labels):
        return b""
    spelled = b"".join(bytes((len(label),)) + label for label in labels)
    return spelled + b"\0" + kind.to_bytes(2, "big") + _CLASSES[qclass].to_bytes(2, "big")
