"""Whose fault a refusal is, and what to do about it."""

from __future__ import annotations


class OttemperaError(Exception):
    """A refusal that a person can act on.

    Attributes:
        remedy: one sentence on what to do; may be empty.
        exit_code: what a command ends with (documented in the README).
    """

    exit_code = 1

    def __init__(self, message: str, *, remedy: str = "") -> None:
        """Keep *message* and what to do about it."""
        super().__init__(message)
        self.remedy = remedy

    @property
    def in_full(self) -> str:
        """The message and what to do about it, where there is one line for both."""
        return f"{self}. {self.remedy}" if self.remedy else str(self)


class FormatError(OttemperaError):
    """The peer's or the file's fault: bytes or fields that break a format of `schema`."""

    exit_code = 3


class SignatureError(OttemperaError):
    """The peer's fault: a signature that does not fit the bytes or the key."""

    exit_code = 4


class ConfigError(OttemperaError):
    """The configuration's fault: a scenario, order, registry or settings file with a mistake."""

    exit_code = 5


class EvidenceError(OttemperaError):
    """The evidence's fault: records that cannot be what they say they are."""

    exit_code = 6


class UnavailableError(OttemperaError):
    """Nobody's fault yet: a server, port, disk or file that is not to be had now."""

    exit_code = 7
