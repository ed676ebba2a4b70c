"""What fsck finds."""

from __future__ import annotations

from schema.codec import Wire


class Fault(Wire, frozen=True):
    """Something stored that does not agree with the bytes it was made from."""

    where: str
    what: str
