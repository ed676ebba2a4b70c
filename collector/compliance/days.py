"""What one day comes to: the samples of the day under the day rule, then what was due and what is verified (sp-009)."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

from msgspec.structs import replace

from collector.compliance.bounds import bounds
from collector.compliance.counting import CAUSES, Tally, count
from collector.compliance.dayrules import meets
from collector.compliance.duty import Due
from collector.compliance.facts import FindingDay, Measured
from collector.compliance.reasons import Reason, because
from collector.compliance.verification import verified
from schema.words import Finding, Note, State

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from collector.compliance.bounds import Bounds
    from collector.compliance.dayrules import DayRule
    from collector.compliance.duty import Duty
    from collector.compliance.facts import DayFacts, DaySample
    from schema.order import Order

_EXCLUDED: Final = "excluded"  # schema.words.Standing


class _Seen(NamedTuple):
    """What the samples come to by themselves; `carriers` are those that the finding rests on."""

    finding: Finding
    reason: Reason
    carriers: tuple[DaySample, ...]


def find_day(duty: Duty, rule: DayRule, facts: DayFacts, *, territory: str) -> FindingDay:
    """What one day of one resolver and name comes to.

    *territory* is the country from which the day was measured (`Policy.territory`), empty for any. Amounts are left to
    `settle_amounts`.
    """
    zone = duty.version.order.timezone if duty.version else "Europe/Rome"
    day = bounds(duty.day, zone)
    tally = count(facts, [one for one in facts.samples if one.at in day], duty.meant)
    seen = _seen(tally, rule, day)
    lacking = duty.missing
    if duty.version:
        seen = _weighed(seen, tally, duty.version.order, facts.measure, territory)
        lacking = (*lacking, *_measure_lacking(duty, facts.measure))
    finding, reason, would_be = _due(duty, seen, tally, lacking)
    return FindingDay(
        order_id=duty.order_id,
        operator=duty.operator,
        resolver=duty.resolver,
        name=duty.name,
        day=duty.day,
        finding=finding,
        reason=reason.text,
        state=_state(tally.planned),
        networks=min((one.sample.networks for one in seen.carriers if one.sample), default=0),
        samples_planned=len(tally.planned),
        samples_countable=len(tally.opened),
        first_witness=_witness(seen.carriers),
        last_witness=_witness(seen.carriers[::-1]),
        rule=rule.rule_id,
        amount=None,
        currency=None,
        version=duty.version.number if duty.version else 0,
        reason_id=reason.reason_id,
        would_be=would_be,
        counted=finding is Finding.NOT_COMPLIANT,
        vantages=min((one.sample.vantages for one in seen.carriers if one.sample), default=0),
        custodians=_custodians(seen.carriers, facts.custodians),
        samples_blocked=len(tally.blocked),
        amount_beside=None,
        reason_values=reason.kept,
        seen=seen.finding,
    )


def with_challenges(row: FindingDay, order: Order, standings: Mapping[str, str]) -> FindingDay:
    """*row* after what the order requires to be excluded: a day that is, or would be, not_compliant is undetermined else.

    *standings* say of each challenge how it stands; one of which they say nothing was not excluded.
    """
    if row.seen is not Finding.NOT_COMPLIANT:
        return row
    left = [str(one) for one in order.require_excluded if standings.get(one) != _EXCLUDED]
    if not left:
        return row
    if Finding.NOT_COMPLIANT not in {row.finding, row.would_be}:
        return replace(row, seen=Finding.UNDETERMINED)
    reason = because(
        "challenge_not_excluded",
        countable=row.samples_countable,
        planned=row.samples_planned,
        challenges=", ".join(left),
    )
    return replace(
        row,
        finding=Finding.UNDETERMINED,
        reason=reason.text,
        reason_id=reason.reason_id,
        reason_values=reason.kept,
        would_be=None,
        counted=False,
        seen=Finding.UNDETERMINED,
    )


def _due(duty: Duty, seen: _Seen, tally: Tally, lacking: Sequence[str]) -> tuple[Finding, Reason, Finding | None]:
    """What is seen, against what was due and what is verified: finding, reason, and what it would be."""
    if duty.due is Due.NO and duty.reason:
        return Finding.NOT_DUE, duty.reason, None
    if duty.due is Due.OPEN and duty.reason:
        return Finding.UNDETERMINED, duty.reason, Finding.NOT_DUE
    if seen.finding is Finding.NOT_COMPLIANT and lacking:
        reason = because(
            "not_verified", countable=len(tally.opened), planned=len(tally.planned), missing=", ".join(lacking)
        )
        return Finding.UNDETERMINED, reason, Finding.NOT_COMPLIANT
    return seen.finding, seen.reason, None


def _seen(tally: Tally, rule: DayRule, day: Bounds) -> _Seen:
    """The cascade; the first that holds decides.

    That the name resolved rests on the open samples alone, whatever else was seen: else whoever keeps the records could
    make a day count by losing those of the rounds that speak for the resolver (ADR 0031).
    """
    opened, blocked, planned = tally.opened, tally.blocked, tally.planned
    figures = {"countable": len(opened), "blocked": len(blocked), "planned": len(planned)}
    if meets(rule, planned, {one.number for one in opened}, day) and not _all_cached(opened):
        return _Seen(Finding.NOT_COMPLIANT, because("name_resolved", **figures), opened)
    if meets(rule, planned, {one.number for one in blocked}, day):
        return _Seen(Finding.COMPLIANT, because("withheld", **figures), blocked)
    if opened and blocked:
        both = tuple(sorted((*opened, *blocked), key=lambda one: (one.at, one.number)))
        return _Seen(Finding.PARTLY_COMPLIANT, because("both_seen", **figures), both)
    if gone := _gone(tally):
        return _Seen(Finding.NOT_TESTABLE, gone, ())
    if meets(rule, planned, {one.number for one in tally.differing}, day):
        return _Seen(Finding.PARTLY_COMPLIANT, _differing(tally), tally.differing)
    return _Seen(Finding.UNDETERMINED, _open_question(tally, rule, day), opened or blocked)


def _weighed(seen: _Seen, tally: Tally, order: Order, measure: Measured, territory: str) -> _Seen:
    """*seen*, unless it was measured elsewhere, or another measure than withholding the name may have been in place."""
    if order.territory and order.territory != territory and tally.planned:
        reason = (
            because("other_territory", ordered=order.territory, measured=territory)
            if territory
            else because("no_territory", ordered=order.territory)
        )
        return seen._replace(finding=Finding.UNDETERMINED, reason=reason)
    if seen.finding is not Finding.NOT_COMPLIANT or (order.measure and order.measure.dns_only):
        return seen
    figures = {"countable": len(tally.opened), "planned": len(tally.planned)}
    match measure:
        case Measured.SEEN:
            return seen._replace(finding=Finding.UNDETERMINED, reason=because("other_measure_seen", **figures))
        case Measured.NOT_TESTED:
            return seen._replace(finding=Finding.UNDETERMINED, reason=because("other_measure_not_tested", **figures))
        case Measured.NOT_SEEN:
            return seen


def _measure_lacking(duty: Duty, measure: Measured) -> tuple[str, ...]:
    """That only the DNS answer counts has to be verified, unless no other measure was there."""
    version = duty.version
    if version is None or version.order.measure is None or measure is Measured.NOT_SEEN:
        return ()
    return () if verified(version.order, "measure", version.vouched_by) else ("measure",)


def _all_cached(samples: Sequence[DaySample]) -> bool:
    return all(not one.compared or (one.sample and Note.MAY_BE_CACHED in one.sample.notes) for one in samples)


def _gone(tally: Tally) -> Reason | None:
    """That the name was dead or parked in more than half of the planned rounds."""
    dead, parked = (tally.causes.count(cause) for cause in ("dead_at_times", "parked_at_times"))
    if 2 * (dead + parked) <= len(tally.planned):
        return None
    reason_id = "name_dead_or_parked" if dead and parked else "name_dead" if dead else "name_parked"
    return because(reason_id, n=dead + parked, planned=len(tally.planned))


def _differing(tally: Tally) -> Reason:
    by_address = [one for one in tally.differing if one.sample and Note.ADDRESSES_DIFFER in one.sample.notes]
    reason_id = "addresses_differ" if by_address else "pool"
    return because(reason_id, n=len(tally.differing), planned=len(tally.planned))


def _open_question(tally: Tally, rule: DayRule, day: Bounds) -> Reason:
    """Why nothing can be said, by what says most."""
    planned = len(tally.planned)
    if not planned:
        return because("swept_only" if tally.swept else "not_measured")
    if all(one.sample is None for one in tally.planned):
        return because("nothing_came", planned=planned)
    side = tally.opened or tally.blocked
    needed = rule.needed(planned)
    if len(side) >= needed:
        if empty := rule.empty_parts((one.at for one in side), day):
            parts = ", ".join(str(part + 1) for part in empty)
            return because("quarter_missing", n=len(side), planned=planned, parts=parts, of=rule.parts)
        return because("may_be_cached", countable=len(side), planned=planned)
    if not tally.causes:
        return because("too_few_rounds", n=len(side), planned=planned, needed=needed)
    times = Counter(tally.causes)
    cause = max(CAUSES, key=lambda one: times[one])
    return because(
        cause,
        countable=len(tally.opened),
        blocked=len(tally.blocked),
        planned=planned,
        needed=needed,
        n=times[cause],
    )


def _state(planned: Sequence[DaySample]) -> State:
    """What was seen most of the day; of two that are as frequent the one that comes first in the list of words."""
    times = Counter(one.sample.state for one in planned if one.sample)
    return max(State, key=lambda state: times[state]) if times else State.INSUFFICIENT


def _witness(carriers: Sequence[DaySample]) -> str | None:
    """The leaf hash of the first record that decided one of *carriers*."""
    return next((one.sample.witness_digest for one in carriers if one.sample and one.sample.witness_digest), None)


def _custodians(carriers: Sequence[DaySample], custodians: Mapping[str, str]) -> tuple[str, ...]:
    probes = {probe for one in carriers if one.sample for probe in one.sample.supporters}
    return tuple(sorted({custodians[probe] for probe in probes if custodians.get(probe)}))
