"""A notice as a person tells it: to which addressee, and when it passed between the parties. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple
from zoneinfo import ZoneInfo

from schema.errors import ConfigError
from schema.names import slug
from schema.toml import did_you_mean

if TYPE_CHECKING:
    from pathlib import Path

    from collector.compliance.history import History

_TIME_OF_DAY: Final = re.compile(r"\d[T ]\d")
_TWO_CLOCKS: Final = timedelta(minutes=10)  # of which one may be ahead


class Told(NamedTuple):
    """A notice as a person tells it; `at` without an offset is in the order's time zone."""

    kind: str
    operator: str
    at: str
    names: tuple[str, ...]
    receipt: Path | None
    note: str


def addressee(history: History, operator: str) -> str:
    """The addressee that *operator* means, of the terms of any time.

    Raises:
        ConfigError: there is none.
    """
    known = sorted({one for version in history.terms for one in version.order.addressees})
    found = slug(operator)
    if found not in known:
        words = f"--operator: {operator!r} is no addressee of {history.newest.order.id}"
        raise ConfigError(words, remedy=did_you_mean(found, known))
    return found


def instant(text: str, zone: str, now: datetime) -> datetime:
    """The time that *text* names, UTC, in *zone* where it names no offset; a notice has been, and at a time of the day.

    Raises:
        ConfigError: no time, none of a day, one that a clock of *zone* shows twice or never, or one to come.
    """
    try:
        at = datetime.fromisoformat(text)
        local = at if at.tzinfo else at.replace(tzinfo=ZoneInfo(zone))
        found = local.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ConfigError(f"--at: {text!r} is no time", remedy="Write it as 2022-07-20T10:30+02:00.") from error
    if not _TIME_OF_DAY.search(text):
        raise ConfigError(
            f"--at: {text!r} names no time of the day",
            remedy=f"Write it as on the receipt; if only the day is known, its last minute: {at:%Y-%m-%d}T23:59.",
        )
    if local.replace(fold=1).utcoffset() != local.replace(fold=0).utcoffset():
        raise ConfigError(
            f"--at: {text!r} is twice, or never, on a clock of {zone}: the hour is changed then",
            remedy="Write the offset too: "
            + " or ".join(local.replace(fold=fold).isoformat() for fold in (0, 1))
            + ".",
        )
    if found > now + _TWO_CLOCKS:
        raise ConfigError(f"--at: {text!r} lies ahead", remedy="Say when it passed between the parties.")
    return found
