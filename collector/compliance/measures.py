"""Whether another measure than withholding the name was seen on a day, from what its site answered over HTTPS. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final, NamedTuple

from collector.compliance.facts import Measured
from schema.measures import UNAVAILABLE_FOR_LEGAL_REASONS

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Statuses that say how whoever asks is treated (a challenge, a limit), and not what a person would be shown: RFC 9110
#: §15.5.4, RFC 6585 §4, RFC 9110 §15.6.4.
_OF_THE_ASKER: Final = frozenset({403, 429, 503})


class SiteSaid(NamedTuple):
    """What a site answered a vantage in one plan; `country` is the vantage's in the signed plan, `witness_digest` hex."""

    plan_number: int
    at: datetime
    probe: str
    country: str
    address: str
    status: int | None
    failure: str | None
    witness_digest: str


class MeasureOfDay(NamedTuple):
    """What a day's answers come to, and the record that shows it (hex leaf hash); none where nothing was tested."""

    measured: Measured
    witness_digest: str | None = None


UNTESTED: Final = MeasureOfDay(Measured.NOT_TESTED)


def measured(said: Iterable[SiteSaid], territory: str) -> MeasureOfDay:
    """What the answers of one name and day come to; only vantages in *territory* are heard (empty: all).

    One 451 is enough to say that the measure was seen. That it was not takes an answer for the site to whoever asks: where
    only the asker was refused, or nothing came, nothing was tested.
    """
    heard = sorted((one for one in said if not territory or one.country == territory), key=_order)
    for one in heard:
        if one.status == UNAVAILABLE_FOR_LEGAL_REASONS:
            return MeasureOfDay(Measured.SEEN, one.witness_digest)
    for one in heard:
        if one.status is not None and one.status not in _OF_THE_ASKER:
            return MeasureOfDay(Measured.NOT_SEEN, one.witness_digest)
    return UNTESTED


def _order(one: SiteSaid) -> tuple[int, str, str, str]:
    return one.plan_number, one.probe, one.address, one.witness_digest
