"""What each refusal is to a probe: its HTTP status, its problem type and a title (RFC 9457)."""

from __future__ import annotations

from typing import Final, NamedTuple

from schema.errors import (
    ConfigError,
    EvidenceError,
    FormatError,
    OttemperaError,
    SignatureError,
    UnavailableError,
)


class TooLargeError(FormatError):
    """The peer's fault: more bytes or lines than a batch may have."""


class TooSlowError(OttemperaError):
    """The peer's fault: the body did not arrive in the time it has."""


class NotAdmittedError(OttemperaError):
    """The peer's fault: an unknown, revoked or suspended key, or a probe of another world."""


class NotFoundError(OttemperaError):
    """The peer's fault: nothing of that name is kept here."""


class OutOfOrderError(OttemperaError):
    """The peer's fault: a number of its chain was left out.

    Attributes:
        expected: the number that comes next.
    """

    def __init__(self, message: str, *, expected: int) -> None:
        """Keep *message* and the number that comes next."""
        super().__init__(message, remedy=f"Send batch {expected} of this chain first.")
        self.expected = expected


class ForkError(EvidenceError):
    """The evidence's fault: a probe signed two different contents for one place in its chain."""


class Problem(NamedTuple):
    """A row of the table below."""

    error: type[OttemperaError]
    status: int
    slug: str  # the last part of the problem's type
    title: str


#: The first row whose class fits decides; a class therefore stands before its parents.
PROBLEMS: Final = (
    Problem(TooLargeError, 413, "too-large", "The batch is larger than a batch may be"),
    Problem(TooSlowError, 408, "too-slow", "The body did not arrive in time"),
    Problem(NotAdmittedError, 403, "not-admitted", "This probe may not deliver here"),
    Problem(NotFoundError, 404, "not-found", "Nothing of that name is kept here"),
    Problem(OutOfOrderError, 409, "out-of-order", "A batch is missing before this one"),
    Problem(ForkError, 409, "fork", "This place in the chain holds other content"),
    Problem(SignatureError, 401, "signature", "The signature does not fit"),
    Problem(FormatError, 422, "format", "What was sent breaks the format"),
    Problem(EvidenceError, 422, "evidence", "What was sent contradicts itself"),
    Problem(UnavailableError, 503, "unavailable", "The collector cannot store anything now"),
    Problem(ConfigError, 500, "configuration", "The collector is not set up rightly"),
    Problem(OttemperaError, 500, "internal", "The collector failed"),
)


def problem_of(error: OttemperaError) -> Problem:
    """The row for *error*."""
    return next(row for row in PROBLEMS if isinstance(error, row.error))
