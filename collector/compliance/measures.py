"""Whether another measure than withholding the name was seen on a day, from what its site answered over HTTPS. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final, NamedTuple

from collector.compliance.facts import Measured
from schema.measures import UNAVAILABLE_FOR_LEGAL_REASONS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from collector.compliance.bounds import Bounds
    from collector.compliance.dayrules import DayRule

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


class SiteAsked(NamedTuple):
    """That the published plan has a vantage ask the site of a name; whether an answer came does not matter."""

    plan_number: int
    at: datetime
    probe: str
    country: str


class MeasureOfDay(NamedTuple):
    """What a day's answers come to, and the record that shows it (hex leaf hash); none where nothing was tested."""

    measured: Measured
    witness_digest: str | None = None


UNTESTED: Final = MeasureOfDay(Measured.NOT_TESTED)


def measured(
    said: Iterable[SiteSaid], asked: Iterable[SiteAsked], rule: DayRule, day: Bounds, territory: str
) -> MeasureOfDay:
    """What the answers of one name on *day* come to; only vantages in *territory* are heard (empty: all).

    One 451 is enough to say that the measure was seen. That it was not takes an answer for the site to whoever asks in as
    many of the rounds that were to ask (*asked*) as *rule* wants of a day's: else losing the round that shows a 451 would
    make a day count. Where only the asker was refused, or nothing came, nothing was tested.
    """
    heard = sorted((one for one in said if one.at in day and _within(one.country, territory)), key=_order)
    for one in heard:
        if one.status == UNAVAILABLE_FOR_LEGAL_REASONS:
            return MeasureOfDay(Measured.SEEN, one.witness_digest)
    planned = {
        (one.plan_number, one.probe): one.at for one in asked if one.at in day and _within(one.country, territory)
    }
    told: dict[tuple[int, str], str] = {}
    for one in heard:
        key = one.plan_number, one.probe
        if key in planned and one.status is not None and one.status not in _OF_THE_ASKER:
            told.setdefault(key, one.witness_digest)
    enough = len(told) >= rule.needed(len(planned)) and not rule.empty_parts((planned[key] for key in told), day)
    return MeasureOfDay(Measured.NOT_SEEN, next(iter(told.values()))) if told and enough else UNTESTED


def _within(country: str, territory: str) -> bool:
    return not territory or country == territory


def _order(one: SiteSaid) -> tuple[int, str, str, str]:
    return one.plan_number, one.probe, one.address, one.witness_digest
