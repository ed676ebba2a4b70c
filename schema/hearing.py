"""Whose word bears on a question, whose is believed, and of how many it takes (ADR 0015). Pure.

The fold of a round asks this, and so does the count of the rounds that lie in a day: a day must rest on those that decide.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from schema.endpoint import parse_endpoint
from schema.words import Kind, Note, Origin, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from schema.plan import PlanVantage
    from schema.policy import Policy
    from schema.registry import Resolver
    from schema.verdict import Verdict


def on_net(enrolled: Iterable[PlanVantage], resolver: Resolver) -> bool:
    """Whether an access provider's resolver is judged by vantages on its own network."""
    return resolver.kind is Kind.ISP and any(vantage.asn in resolver.asns for vantage in enrolled)


def bearing(enrolled: Sequence[PlanVantage], resolver: Resolver, policy: Policy) -> list[PlanVantage]:
    """The enrolled vantages that bear on the question.

    For a resolver that answers on its own network only, and for any access provider's with vantages inside: those. Else
    those in the territory; where a policy is only indicative, also those whose country is not known.
    """
    if resolver.on_net_only or on_net(enrolled, resolver):
        return [vantage for vantage in enrolled if vantage.asn in resolver.asns]
    return [
        vantage
        for vantage in enrolled
        if not policy.territory or vantage.country == policy.territory or (policy.indicative and not vantage.country)
    ]


def floor_of(heard: Iterable[PlanVantage], resolver: Resolver, policy: Policy) -> int:
    """How many must decide, where *heard* bear on the question."""
    if policy.indicative:
        return 1
    return policy.floor_on_net if resolver.on_net_only or on_net(heard, resolver) else policy.floor_networks


def believed(origin: Origin | None, resolver: Resolver) -> bool:
    """Whether an answer of this origin says something of *resolver*: where a certificate could vouch, it has to."""
    if origin is Origin.RESOLVER:
        return True
    if origin is not Origin.UNATTRIBUTED:
        return False
    return not any(parse_endpoint(endpoint).verifiable for endpoint in resolver.endpoints)


def decides(verdict: Verdict, resolver: Resolver) -> bool:
    """Whether *verdict* counts for its own outcome; what came from the path says nothing of the resolver."""
    if verdict.outcome is Outcome.FAILING:
        return True
    if verdict.outcome is Outcome.INSUFFICIENT or Note.TRANSPORTS_DIFFER in verdict.notes:
        return False
    return verdict.outcome is Outcome.DEAD or believed(verdict.origin, resolver)
