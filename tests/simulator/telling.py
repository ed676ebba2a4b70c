"""What comes back for one question at one vantage, and whose doing it truly is."""

from __future__ import annotations

from enum import IntEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from schema.registry import ID_SERVER, KNOWN_ABSENT, KNOWN_GOOD
from schema.words import Failure, Role
from tests.simulator.policies import withheld
from tests.simulator.wires import NXDOMAIN, REFUSED, SERVFAIL, Says, Soa
from tests.simulator.world import Filtering, Interference

if TYPE_CHECKING:
    from random import Random

    from tests.simulator.casts import Slot
    from tests.simulator.names import Stretch
    from tests.simulator.policies import Policy
    from tests.simulator.world import Line, Service, World

_GOOD: Final = Says(addresses=("198.18.200.1",))
_ABSENT: Final = Says(NXDOMAIN, soa=Soa("example.com."))
_INVENTED: Final = Says(addresses=("198.18.220.1",))
_REFUSED: Final = Says(REFUSED)
_FAULT: Final = Says(SERVFAIL)
_STATED_FAULT: Final = Says(SERVFAIL, codes=(22,))
_FILTER_PAGE: Final = Says(addresses=("198.18.232.80",))
_OFF_TTL, _NEAR_TTL = 64, 62
_DEAD_PLANS: Final = 4
_ABOUT_NAMES: Final = frozenset({Role.TARGET, Role.CONTROL})


class Doing(IntEnum):
    """Whose doing an answer is, or what became of the question."""

    NOTHING = 0  # lost, failed, or not asked
    GENUINE = 1  # the resolver tells what the name's servers say
    WITHHELD = 2  # by the resolver
    ON_PATH = 3  # something else answered


class Told(NamedTuple):
    """What came back. *says* None is silence."""

    says: Says | None
    doing: Doing
    by: str = ""  # NSID
    hops: int = 52  # IP TTL of the answer
    failure: Failure = Failure.TIMEOUT  # where nothing came
    raced: Says | None = None  # a datagram that came before
    untrusted: bool = False  # over TLS, with a certificate that nobody vouches for
    connected: bool = True  # where nothing came: whether there was a connection on which to wait
    stale: bool = False  # out of a cache that does not know yet


class Telling:
    """All that is asked at one vantage in one plan. Answers of a moment are the same for every question of the moment."""

    def __init__(self, world: World, line: Line, plan: int, dice: Random) -> None:
        self._world = world
        self._line = line
        self._plan = plan
        self._dice = dice
        self._standings: dict[tuple[str, str], tuple[Policy | None, Stretch, bool]] = {}
        self._views: dict[tuple[str, str, str], Says] = {}

    def told(self, slot: Slot, *, at_home: bool) -> Told:
        """What comes back to *slot*; *at_home* where the resolver is that of the line."""
        line = self._line
        dropped = slot.transport in line.drops
        if dropped or (line.loss and self._dice.random() < line.loss):
            return Told(None, Doing.NOTHING, connected=not dropped)
        if line.forges and slot.transport == "tls":
            return Told(self._by_device(slot), Doing.NOTHING, failure=Failure.TLS_UNTRUSTED, untrusted=True)
        if slot.verifiable or line.interference is Interference.NONE:
            return self._by_service(slot)
        if line.interference is Interference.TTL:
            return self._by_service(slot)._replace(hops=_OFF_TTL)
        if line.interference in {Interference.REDIRECT, Interference.STEALTH}:
            return self._by_service(slot) if at_home else self._redirected(slot)
        return self._past_a_list(slot)

    def _redirected(self, slot: Slot) -> Told:
        """What the line's own resolver says, and under whose name."""
        told = Told(self._by_device(slot), Doing.ON_PATH, hops=_NEAR_TTL)
        if self._line.interference is Interference.REDIRECT:
            return told
        service = self._world.services.get(slot.cell.resolver)
        return told._replace(hops=_hops(slot.cell.resolver), by=service.nsid if service else "")

    def _past_a_list(self, slot: Slot) -> Told:
        """What comes back past a device that acts on some names."""
        line, cell = self._line, slot.cell
        kind = line.interference
        listed = line.withholds is not None and cell.name in line.withholds.names and cell.role in _ABOUT_NAMES
        if not listed or (kind is not Interference.TARGETED and slot.transport != "udp"):
            return self._by_service(slot)
        if kind is Interference.SWALLOW:
            return Told(None, Doing.ON_PATH)
        says = self._by_device(slot)
        if kind is Interference.TARGETED:
            return Told(says, Doing.ON_PATH, hops=_NEAR_TTL)
        true = self._by_service(slot)  # INJECT: what races comes first
        return true._replace(raced=says) if true.says is not None else Told(says, Doing.ON_PATH, hops=58)

    def _by_device(self, slot: Slot) -> Says | None:
        """What the line's device says: its own identity, what it withholds, else the truth."""
        line, cell = self._line, slot.cell
        if cell.role is Role.IDENTITY:
            hides = line.interference is Interference.STEALTH
            if cell.name == ID_SERVER:
                service = self._world.services.get(cell.resolver)
                text = service.identity if hides and service else f"cache{line.vantage.asn}.line"
                return Says(text=text) if text else _REFUSED
            return Says(addresses=(_egress(cell.resolver if hides else f"line{line.vantage.asn}"),))
        if cell.role not in _ABOUT_NAMES:
            return _ABSENT if cell.name == KNOWN_ABSENT else _GOOD
        policy = line.withholds
        if policy is not None and cell.name in policy.names:
            return withheld(policy.way, cell.name, cell.qtype, page=policy.page)
        life = self._world.lives[cell.name]
        return self._view("line", line.place, slot, life.at(self._plan))

    def _by_service(self, slot: Slot) -> Told:
        """What the resolver or control that was asked says."""
        cell, dice = slot.cell, self._dice
        service = self._world.services.get(cell.resolver)
        if service is None or service.dead_from <= self._plan < service.dead_from + _DEAD_PLANS:
            return Told(None, Doing.NOTHING, connected=False)  # an address that runs no DNS, or a service that is away
        hops = _hops(cell.resolver)
        if service.falters and dice.random() < service.falters:
            return self._fault(service, hops)
        if service.refuses:
            return Told(_REFUSED, Doing.NOTHING, service.nsid, hops)
        if cell.role in _ABOUT_NAMES:
            return self._about_name(slot, service, hops)
        if cell.name == ID_SERVER:
            says = Says(text=service.identity) if service.identity else _REFUSED
        elif cell.name == KNOWN_GOOD:
            says = _GOOD
        elif cell.name == KNOWN_ABSENT:
            says = _INVENTED if service.invents else _ABSENT
        else:
            says = Says(addresses=(_egress(cell.resolver),))
        return Told(says, Doing.GENUINE, service.nsid, hops)

    def _about_name(self, slot: Slot, service: Service, hops: int) -> Told:
        cell, dice = slot.cell, self._dice
        by = service.nsid
        policy, stretch, stale = self._standing(cell.resolver, cell.name, service)
        if service.filtering is not Filtering.HONEST:
            return Told(self._filtered(slot, service.filtering), Doing.WITHHELD, by, hops)
        if (
            policy is not None
            and policy.reaches(slot.transport, slot.address, cell.qtype, cell.profile)
            and (policy.share >= 1 or dice.random() < policy.share)
        ):
            says = withheld(policy.way, cell.name, cell.qtype, page=policy.page)
            return Told(says, Doing.WITHHELD, by, hops)
        if cell.name in service.cannot_reach:
            return Told(_FAULT, Doing.NOTHING, by, hops)
        if stretch.lame and not stale and dice.random() < stretch.lame:
            return self._fault(service, hops)
        says = self._view(cell.resolver, service.place, slot, stretch)
        if service.invents and says.rcode == NXDOMAIN:
            says = _INVENTED
        if policy is not None and service.ede_on_honest:
            says = says._replace(codes=(16,))
        return Told(says, Doing.GENUINE, by, hops, stale=stale and says is not _INVENTED)

    def _standing(self, resolver: str, name: str, service: Service) -> tuple[Policy | None, Stretch, bool]:
        """The policy that is in force for *name*, if any; the name as the service knows it; and whether that is over."""
        found = self._standings.get((resolver, name))
        if found is not None:
            return found
        plan, policy = self._plan, service.policy
        life = self._world.lives[name]
        stretch = life.at(plan)
        before = stretch
        if policy is not None and not policy.holds(name, self._line.vantage.country, plan):
            policy = None
        if policy is not None and plan < policy.start + policy.late:
            before, policy = life.at(policy.start - 1), None  # the cache answers what it held
        elif service.late:
            before = life.at(plan - service.late)
        stale = before is not stretch and (before.lives or self._world.limits)
        found = self._standings[resolver, name] = policy, before if stale else stretch, stale
        return found

    def _fault(self, service: Service, hops: int) -> Told:
        if self._dice.random() < 0.3:
            return Told(None, Doing.NOTHING)
        return Told(_STATED_FAULT if service.states_faults else _FAULT, Doing.NOTHING, service.nsid, hops)

    def _filtered(self, slot: Slot, filtering: Filtering) -> Says:
        """What a control that is itself filtered says."""
        name = slot.cell.name
        if filtering is Filtering.DENIES:
            return Says(NXDOMAIN, soa=Soa(name.partition(".")[2]))
        page = _FILTER_PAGE if filtering is Filtering.PAGE else Says(addresses=(_page_of(self._world),))
        return page if slot.cell.qtype == "A" else Says(soa=Soa(name))

    def _view(self, who: str, place: str, slot: Slot, stretch: Stretch) -> Says:
        """What somebody is told of a name; mostly the same throughout a round."""
        cell = slot.cell
        key = who, cell.name, cell.qtype
        found = self._views.get(key)
        if found is None or self._dice.random() < 0.1:
            found = self._views[key] = self._world.lives[cell.name].answer(stretch, cell.qtype, place, self._dice)
        return found


def _page_of(world: World) -> str:
    """The page that most resolvers of *world* give."""
    pages = sorted(one.policy.page for one in world.services.values() if one.policy is not None)
    return pages[0] if pages else _FILTER_PAGE.addresses[0]


@lru_cache(maxsize=64)
def _number(who: str) -> int:
    """A small number of *who*'s own."""
    return sum(who.encode()) % 40


def _egress(who: str) -> str:
    """The address from which *who* asks name servers; the first 16 bits are its own."""
    return f"23.{_number(who)}.0.1"


def _hops(who: str) -> int:
    """IP TTL of answers from *who*."""
    return 40 + _number(who) % 15
