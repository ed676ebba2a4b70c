"""Whether a true block met the floor of evidence in a round, so that it was to be found; by the truth of the cells alone.

The channel that can speak for the resolver must have been answered, and every plain answer on it have been a block; the
name that always answers must have been answered there. Then, by the way in which the name is withheld:

* a statement, a listed page, an impossible address speak for themselves;
* else at least two operators, themselves well, must have given the name's addresses, and no operator anything else;
* silence and refusal can be told from faults only where no question about this name came to anything else, and nothing
  else was lost: on the whole line, or for a refusal at the resolver;
* a page that no list knows shows only where every operator gives the name the same addresses, and, unless an alias leads
  there from the top of a zone, where a second name that is hosted apart gets the same page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from schema.words import Kind
from tests.simulator.policies import BY_ADDRESS, IN_EDNS, SILENT, STATED, Way
from tests.simulator.telling import Doing
from tests.simulator.truth import verifiable
from tests.simulator.world import Interference

if TYPE_CHECKING:
    from tests.simulator.policies import Policy
    from tests.simulator.truth import Moment, Pair

_ENOUGH: Final = 2
_FAULTS: Final = {("", "2"), ("", "5")}


def could_be_found(moment: Moment, resolver: str, name: str) -> bool:
    """Whether *resolver* withholds *name* by its own policy, and this round holds the evidence for it."""
    policy = moment.world.services[resolver].policy
    if (
        policy is None
        or not policy.holds(name, moment.line.vantage.country, moment.plan)
        or not moment.life(name).can_decide
        or _clouded(moment, resolver)
        or not _shown(moment, resolver, name)
    ):
        return False
    if policy.way in STATED:
        if policy.way not in IN_EDNS or moment.pair(resolver, name).stated:
            return True
        if policy.way is Way.CENSORED:
            return False  # what is left of it is a refusal without a word
    return _agreed(moment, name) and _distinct(moment, resolver, name, policy)


def _distinct(moment: Moment, resolver: str, name: str, policy: Policy) -> bool:
    """Whether a block that only others' words can show is unlike a fault, and unlike another view of the name."""
    if policy.way in SILENT:
        lost = moment.lost.get(resolver, 0) if policy.way is Way.REFUSED else sum(moment.lost.values())
        elsewhere = sum(moment.pair(resolver, other).faults for other in moment.world.names if other != name)
        return not moment.pair(resolver, name).otherwise and not lost + elsewhere
    if policy.way in BY_ADDRESS:
        return _alike(moment, name) and any(
            policy.holds(other, moment.line.vantage.country, moment.plan)
            and _shown(moment, resolver, other)
            and _alike(moment, other)
            for other in moment.world.names
            if other != name
        )
    return policy.way is not Way.ALIAS_PAGE or _alike(moment, name)


def _clouded(moment: Moment, resolver: str) -> bool:
    """Whether nothing that is said at this vantage can be put down to the resolver."""
    if moment.world.services[resolver].refuses:
        return True
    sure = moment.vouched(resolver) or resolver in moment.home
    return not sure and moment.line.interference is not Interference.NONE


def _shown(moment: Moment, resolver: str, name: str) -> bool:
    """Whether what can speak for the resolver was answered, with nothing but a block, by endpoints that are well."""
    pair = moment.pair(resolver, name)
    channel = _channel(moment, resolver, pair)
    if not channel[Doing.WITHHELD] or channel[Doing.GENUINE] or channel[Doing.ON_PATH]:
        return False
    if pair.raced and resolver in moment.home:
        return False
    vouched = moment.vouched(resolver)
    endpoints = [one for one in moment.resolvers[resolver].endpoints if verifiable(one) is vouched]
    return all(moment.good.get(endpoint, False) for endpoint in endpoints)


def _channel(moment: Moment, resolver: str, pair: Pair) -> list[int]:
    return pair.verified if moment.vouched(resolver) else pair.port_53


def _agreed(moment: Moment, name: str) -> bool:
    said = _said(moment, name)
    endpoints = [moment.resolvers[operator].endpoints[0] for operator in said]
    well = [one for one in endpoints if moment.good.get(one, False) and one not in moment.inventing]
    return len(well) >= _ENOUGH and all(answer[0] for answers in said.values() for answer in answers)


def _alike(moment: Moment, name: str) -> bool:
    """Whether all operators gave the same addresses."""
    return _agreed(moment, name) and len(frozenset[object]().union(*_said(moment, name).values())) == 1


def _said(moment: Moment, name: str) -> dict[str, set[tuple[str, ...]]]:
    """What each operator said of the name, faults left out; what is not the name's begins with nothing."""
    return {
        operator: said - _FAULTS
        for operator, said in moment.controls.get(name, {}).items()
        if moment.resolvers[operator].kind is Kind.CONTROL and said - _FAULTS
    }
