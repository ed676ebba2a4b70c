"""What one round, or one plan, says against each challenge. A fact that is not there never excludes anything. Pure."""

from __future__ import annotations

from datetime import timedelta
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final, NamedTuple

from collector.compliance.sites import country_of_site
from schema.endpoint import parse_endpoint
from schema.errors import FormatError
from schema.timing import rome_day
from schema.words import Challenge, Ground, Kind, Note, Origin, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date, datetime
    from ipaddress import IPv4Address, IPv6Address

    from collector.compliance.dayevidence import DayEvidence, Line, PlanFacts, RoundFacts
    from collector.status import NameRun, NameSample
    from schema.endpoint import Endpoint
    from schema.registry import Resolver

#: So many networks, kept by so many people, nobody treats specially by accident.
NETWORKS: Final = 3
CUSTODIANS: Final = 2
#: Operators that have to agree on what is true (ADR 0004).
CONTROLS: Final = 2
_DOUBTS: Final = frozenset({Note.CONTROLS_MISSING, Note.CONTROLS_DISAGREE})
_HOUR: Final = timedelta(hours=1)


class Word(NamedTuple):
    """Which clause holds, with its figures, and the witness that a person can open; only exclusions need one."""

    clause: str
    figures: tuple[str, ...] = ()
    witness: str | None = None


def _path(one: RoundFacts, _: PlanFacts, day: DayEvidence) -> Word:
    verdict = one.verdict
    if verdict.origin is not Origin.RESOLVER:
        return Word("not_attributed")
    asked = _asked(one)
    if asked and _verified(one):
        return Word("certificate", (asked.transport.value,), verdict.witness_digest)
    if _on_own_line(one, day.resolver):
        return Word("own_line", (str(one.vantage.asn),), verdict.witness_digest)
    return Word("no_verified_channel")


def _stale_cache(one: RoundFacts, plan: PlanFacts, day: DayEvidence) -> Word:
    if Note.MAY_BE_CACHED in one.verdict.notes:
        return Word("may_be_cached")
    due = [at for at in (day.due_at, plan.due_at) if at is not None]
    if not due or plan.sample.at < max(due):
        return Word("due_not_known")
    kept = timedelta(seconds=plan.cache_s)
    if (age := plan.sample.at - max(due)) >= kept:
        return Word("older_than_caches", (str(age // _HOUR), str(kept // _HOUR)), one.verdict.witness_digest)
    if plan.due_at != max(due):
        return Word("due_not_known")
    return Word("ttl_remaining", (), one.verdict.witness_digest)


def _other_site(one: RoundFacts, _: PlanFacts, day: DayEvidence) -> Word:
    asked, line = _asked(one), one.line
    if asked and line and asked.address in line.handed_out and _on_own_line(one, day.resolver):
        return Word("handed_out", (asked.address,), line.batch)
    site = one.verdict.site
    if not site or not _verified(one):
        return Word("site_not_told")
    if not day.territory:
        return Word("every_site", (), one.verdict.witness_digest)
    if country_of_site(site) == day.territory:
        return Word("site_in_territory", (site, day.territory), one.verdict.witness_digest)
    return Word("site_elsewhere", (site,))


def _outside_territory(one: RoundFacts, plan: PlanFacts, day: DayEvidence) -> Word:
    """What the plan says of where a vantage stands is our own word: something else has to bear it out."""
    if not day.territory:
        return Word("no_territory", (), plan.plan_id)
    if not one.vantage.country:
        return Word("country_not_known")
    if one.vantage.country != day.territory:
        return Word("enrolled_elsewhere", (one.vantage.country,))
    if one.own_network is not None:
        return Word("enrolled_in", (day.territory,), one.own_network)
    if one.verdict.site and _verified(one) and country_of_site(one.verdict.site) == day.territory:
        return Word("enrolled_in", (day.territory,), one.verdict.witness_digest)
    return Word("enrolled_only", (day.territory,))


def _clock(one: RoundFacts, plan: PlanFacts, day: DayEvidence) -> Word:
    closed = one.closed
    if closed is None or closed.not_after is None or closed.token is None:
        return Word("not_stamped")
    if plan.late:
        return Word("plan_late")
    if closed.not_before is None or not _within(closed.not_before, closed.not_after, day.day):
        return Word("not_in_one_day")
    figures = closed.not_before.isoformat(timespec="seconds"), closed.not_after.isoformat(timespec="seconds")
    return Word("stamped", figures, closed.token)


def _line_changed(one: RoundFacts, _: PlanFacts, __: DayEvidence) -> Word:
    if one.own_network is not None:
        return Word("own_network_answers", (str(one.vantage.asn),), one.own_network)
    now, then = one.line, one.first_line
    if now is None or then is None or now.route is None or then.route is None:
        return Word("line_not_known")
    before, after = _network(then), _network(now)
    if before is None or after is None:
        return Word("line_not_known")
    if (before, then.route) != (after, now.route):
        return Word("line_differs", (one.vantage.id,))
    return Word("line_as_enrolled", (), now.batch)


def _custody(one: RoundFacts, _: PlanFacts, __: DayEvidence) -> Word:
    closed = one.closed
    if closed is None:
        return Word("not_closed")
    if closed.disputed:
        return Word("close_disputed")
    if not closed.sealed:
        return Word("not_sealed")
    if closed.not_after is None:
        return Word("close_not_stamped")
    return Word("sealed_and_stamped", (), closed.leaf)


def _controls(one: RoundFacts, plan: PlanFacts, day: DayEvidence) -> Word:
    verdict = one.verdict
    if verdict.rule == "address_vouched" and Note.CONTROLS_DISAGREE not in verdict.notes:
        return Word("shown_by_the_site", (), verdict.witness_digest)
    if verdict.rule != "address_in_control" or _DOUBTS & set(verdict.notes):
        return Word("controls_in_doubt")
    if not plan.controls:
        return Word("controls_not_known")
    others = [(slug, networks) for slug, networks in plan.controls if slug != day.resolver.operator_slug]
    named = ", ".join(slug for slug, _ in others)
    if not all(networks for _, networks in others):
        return Word("controls_anywhere", (named,))
    networks = [network for _, found in others for network in {*found}]
    apart = len(networks) == len({*networks}) and not {*networks} & networks_of(day.resolver)
    if len(others) < CONTROLS or not apart:
        return Word("controls_share", (named,))
    return Word("independent_controls", (named,), plan.plan_id)


#: What is asked of each round by itself.
OF_ROUND: Final[Mapping[Challenge, Callable[[RoundFacts, PlanFacts, DayEvidence], Word]]] = {
    Challenge.PATH: _path,
    Challenge.STALE_CACHE: _stale_cache,
    Challenge.OTHER_SITE: _other_site,
    Challenge.OUTSIDE_TERRITORY: _outside_territory,
    Challenge.CLOCK: _clock,
    Challenge.LINE_CHANGED: _line_changed,
    Challenge.CONTROLS_NOT_INDEPENDENT: _controls,
    Challenge.CUSTODY: _custody,
}


def _name_not_the_site(plan: PlanFacts, day: DayEvidence) -> Word:
    said = plan.name
    if said is None or said.ground in {Ground.MISSING, Ground.DISAGREE}:
        return Word("holder_not_known")
    if said.ground is not Ground.ALIVE:
        return Word("not_alive", (said.ground.value,))
    if said.parked or Note.PARKED in plan.sample.notes:
        return Word("name_parked")
    return _held(plan, said, day)


def _held(plan: PlanFacts, said: NameSample, day: DayEvidence) -> Word:
    """Whether the name's own servers lead back to the day from which the name counts."""
    runs = [run for run in day.known if run.started_at <= plan.sample.at]
    known = [run for run in runs if run.name_servers or run.soa]
    if not known or not _continues(known[-1], said.name_servers, said.soa):
        return Word("holder_not_known")
    if changed := _changed(runs, day.since):
        return Word("holder_may_differ", (changed.isoformat(),))
    first = rome_day(known[0].started_at)
    if first > day.since:
        return Word("not_watched_then", (first.isoformat(), day.since.isoformat()))
    return Word("same_since", (day.since.isoformat(),), plan.plan_id)


def _treated_specially(plan: PlanFacts, _: DayEvidence) -> Word:
    kept = sorted((one for one in plan.rounds if one.custodian), key=lambda one: one.vantage.id)
    if not kept:
        return Word("keepers_not_known")
    networks, keepers = {one.vantage.asn for one in kept}, {one.custodian for one in kept}
    figures = str(len(networks)), str(len(keepers))
    if len(networks) < NETWORKS or len(keepers) < CUSTODIANS:
        return Word("few_keepers", figures)
    return Word("several_keepers", figures, kept[-1].verdict.witness_digest)


#: What is asked of all rounds of a plan together.
OF_PLAN: Final[Mapping[Challenge, Callable[[PlanFacts, DayEvidence], Word]]] = {
    Challenge.NAME_NOT_THE_SITE: _name_not_the_site,
    Challenge.TREATED_SPECIALLY: _treated_specially,
}


def _verified(one: RoundFacts) -> bool:
    """Whether the deciding record came over a channel on which a certificate speaks, and says that the name resolved."""
    asked = _asked(one)
    return asked is not None and asked.verifiable and one.verdict.endpoints.get(one.endpoint) is Outcome.OPEN


def _asked(one: RoundFacts) -> Endpoint | None:
    """Where the deciding record was asked; none where that is not known."""
    try:
        return parse_endpoint(one.endpoint)
    except FormatError:
        return None


def _on_own_line(one: RoundFacts, resolver: Resolver) -> bool:
    return resolver.kind is Kind.ISP and one.vantage.asn in resolver.asns


def _within(since: datetime, until: datetime, day: date) -> bool:
    return since <= until and rome_day(since) == rome_day(until) == day


def networks_of(resolver: Resolver) -> frozenset[str]:
    """The networks in which a resolver stands: by number where the registry says so, and by the prefix of each address."""
    asked = (parse_endpoint(endpoint).address for endpoint in resolver.endpoints)
    return frozenset(f"AS{asn}" for asn in resolver.asns) | {_prefix(ip_address(address)) for address in asked}


def _network(line: Line) -> str | None:
    """The wider network of the address that a batch came from; none where that says nothing of a line."""
    try:
        address = ip_address(line.source)
    except ValueError:
        return None
    return _prefix(address) if address.is_global else None


def _prefix(address: IPv4Address | IPv6Address) -> str:
    """The /16 or /32 in which *address* lies: narrower ones vary within one operator."""
    whole, kept = (32, 16) if address.version == 4 else (128, 32)  # noqa: PLR2004 - IP versions
    return f"{address.version}:{int(address) >> whole - kept:x}"


def _continues(run: NameRun, servers: tuple[str, ...], soa: str) -> bool:
    """Whether what is known of the name's servers is what *run* says, as far as both know."""
    both = [(run.name_servers, servers), (run.soa, soa)]
    known = [mine == theirs for mine, theirs in both if mine and theirs]
    return bool(known) and all(known)


def _changed(runs: list[NameRun], since: date) -> date | None:
    """The first day on which the name may have passed to somebody else; none where each run leads on from the one before.

    A name that was dead may have been registered anew; name servers and SOA that change together are another zone.
    What ended before *since* came to an end before the name counted.
    """
    before: NameRun | None = None
    died = False
    for run in runs:
        if run.ground is Ground.DEAD:
            died = died or rome_day(run.covered_until) >= since
            continue
        if not run.name_servers and not run.soa:
            continue
        linked = before is None or _linked(before, run)
        if (died or not linked) and rome_day(run.started_at) >= since:
            return rome_day(run.started_at)
        before, died = run, False
    return None


def _linked(before: NameRun, after: NameRun) -> bool:
    """Whether name servers or SOA stayed."""
    same_servers = bool(before.name_servers) and before.name_servers == after.name_servers
    return same_servers or (bool(before.soa) and before.soa == after.soa)
