"""What is true of each resolver and name in one round, and whether the evidence for a block was to be had at all.

All of it comes from the world and from the dice that were thrown for the cells; nothing of the judge's is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from schema.words import Kind, Origin, Outcome, Profile, Role
from tests.simulator.casts import stage
from tests.simulator.policies import BY_ADDRESS, IN_EDNS, SILENT, STATED, Way
from tests.simulator.telling import Doing
from tests.simulator.world import Interference

if TYPE_CHECKING:
    from schema.registry import Resolver
    from schema.verdict import Verdict
    from tests.simulator.casts import Slot
    from tests.simulator.telling import Told
    from tests.simulator.world import Line, World

_PLAIN: Final = frozenset({Profile.STUB, Profile.EDNS})
_ENOUGH: Final = 2


class Pair:
    """One resolver and one name in one round."""

    def __init__(self) -> None:
        self.verified = [0, 0, 0, 0]  # plain questions for A, by whose doing
        self.open_port = [0, 0, 0, 0]
        self.stated = 0  # of those with EDNS, in whose answers a statement can stand, how many the resolver withheld
        self.addressed = False  # the resolver itself gave a genuine address, where a certificate or the line vouches
        self.anyone = False  # somebody gave a genuine address
        self.otherwise = 0  # questions of any kind about the name that came to anything but the resolver's withholding it
        self.raced = False


class Moment:
    """One vantage and one plan."""

    def __init__(self, world: World, line: Line, plan: int, home: set[str]) -> None:
        self.world = world
        self.line = line
        self.plan = plan
        self.home = home
        self._pairs: dict[tuple[str, str], Pair] = {}
        self._controls: dict[str, dict[str, set[tuple[str, ...]]]] = {}  # by name and operator, what was said
        self._good: dict[str, bool] = {}  # by endpoint, whether the name that always answers was answered
        self._lost: dict[str, int] = {}  # by resolver, questions that were not about a name under test and got no answer
        self._resolvers = {one.id: one for one in stage(world.cast, world.names).cast.resolvers}

    def pair(self, resolver: str, name: str) -> Pair:
        """What was noted of one resolver and name."""
        found = self._pairs.get((resolver, name))
        if found is None:
            found = self._pairs[resolver, name] = Pair()
        return found

    def note(self, slot: Slot, told: Told) -> None:
        """Take down what became of one question."""
        cell = slot.cell
        says = told.says
        if cell.role is Role.TARGET:
            self._note_target(slot, told)
        elif cell.role is Role.CONTROL:
            if cell.qtype == "A" and says is not None and not told.untrusted:
                said = says.addresses if says.addresses else (str(says.rcode),)
                found = self._controls.setdefault(cell.name, {}).setdefault(cell.resolver, set())
                found.add(said if told.doing is Doing.GENUINE and says.addresses else ("", *said))
        else:
            if cell.role is Role.KNOWN_GOOD:
                self._good[cell.endpoint] = says is not None and bool(says.addresses) and not told.untrusted
            if says is None or told.doing is Doing.NOTHING:
                self._lost[cell.resolver] = self._lost.get(cell.resolver, 0) + 1

    def _note_target(self, slot: Slot, told: Told) -> None:
        cell, says = slot.cell, told.says
        pair = self.pair(cell.resolver, cell.name)
        pair.otherwise += told.doing is not Doing.WITHHELD
        pair.raced = pair.raced or told.raced is not None
        if cell.profile not in _PLAIN:
            return
        if cell.qtype == "A":
            (pair.verified if slot.verifiable else pair.open_port)[told.doing] += 1
            pair.stated += (
                told.doing is Doing.WITHHELD
                and cell.profile is Profile.EDNS
                and slot.verifiable is self.vouched(cell.resolver)
            )
        if says is not None and says.addresses and not told.untrusted:
            self._note_addresses(slot, told, pair)

    def _note_addresses(self, slot: Slot, told: Told, pair: Pair) -> None:
        """Take down whether addresses that were answered are the name's; others than A count where it has no A."""
        cell, line = slot.cell, self.line
        life = self.world.lives[cell.name].at(self.plan)
        if cell.qtype != "A" and life.can_decide:
            return
        if told.doing is Doing.GENUINE:
            genuine = told.stale or life.lives
            pair.anyone = pair.anyone or genuine
            if slot.verifiable or cell.resolver in self.home:
                pair.addressed = pair.addressed or genuine
        elif told.doing is Doing.ON_PATH:
            pair.anyone = pair.anyone or line.withholds is None or cell.name not in line.withholds.names

    # -- what is true

    def withheld_by_resolver(self, resolver: str, name: str) -> bool:
        """Whether the resolver withholds the name from this vantage now; what its operator's line does is its doing."""
        policy = self.world.services[resolver].policy
        if policy is not None and policy.holds(name, self.line.vantage.country, self.plan):
            if self.plan >= policy.start + policy.late:
                return True
        return resolver in self.home and self.withheld_on_path(resolver, name)

    def withheld_on_path(self, resolver: str, name: str) -> bool:
        """Whether something between the vantage and the resolver withholds the name."""
        line = self.line
        if line.withholds is None or name not in line.withholds.names:
            return False
        if line.forges:
            return True
        if resolver in self.home and line.interference in {Interference.REDIRECT, Interference.STEALTH}:
            return False
        return line.interference not in {Interference.NONE, Interference.TTL}

    def false(self, verdict: Verdict) -> str | None:
        """What is false about *verdict*: `blocked`, `open`, `open_elsewhere`, `dead`; None where nothing is."""
        resolver, name = verdict.resolver, verdict.name
        pair = self.pair(resolver, name)
        if verdict.outcome is Outcome.BLOCKED:
            by_resolver, on_path = self.withheld_by_resolver(resolver, name), self.withheld_on_path(resolver, name)
            true = {Origin.RESOLVER: by_resolver, Origin.PATH: on_path}.get(
                verdict.origin or Origin.UNATTRIBUTED, by_resolver or on_path
            )
            return None if true else "blocked"
        if verdict.outcome is Outcome.OPEN:
            if verdict.origin is Origin.RESOLVER:
                return None if pair.addressed else "open"
            return None if pair.anyone else "open_elsewhere"
        if verdict.outcome is Outcome.DEAD:
            return "dead" if self.world.lives[name].at(self.plan).lives else None
        return None

    # -- what could be known

    def could_be_found(self, resolver: str, name: str) -> bool:
        """Whether a true block met the floor of evidence in this round.

        The channel that can speak for the resolver was answered, and every plain answer on it was a block; the name that
        always answers was answered there; and, unless the answer speaks for itself, at least two operators gave the
        name's addresses and none anything else. Silence and refusal can be told from faults only where no question about
        this name was answered at all and no question about other things was lost, on the whole line or, for a refusal, at
        the resolver. An unlisted page shows only where
        two names that are hosted apart, each at the same place for every control, get it.
        """
        policy = self.world.services[resolver].policy
        if policy is None or not policy.holds(name, self.line.vantage.country, self.plan) or self._clouded(resolver):
            return False
        pair = self.pair(resolver, name)
        channel, endpoints = self._channel(resolver, pair)
        if not channel[Doing.WITHHELD] or channel[Doing.GENUINE] or channel[Doing.ON_PATH]:
            return False
        if pair.raced and resolver in self.home:
            return False
        if not all(self._good.get(endpoint, False) for endpoint in endpoints):
            return False
        if not self.world.lives[name].at(self.plan).can_decide:
            return False
        if policy.way in STATED and (pair.stated or policy.way not in IN_EDNS):
            return True
        if policy.way is Way.CENSORED:
            return False  # what is left of it is a refusal without a word
        if not self._agreed(name):
            return False
        if policy.way in SILENT:
            lost = self._lost.get(resolver, 0) if policy.way is Way.REFUSED else sum(self._lost.values())
            return not pair.otherwise and not lost
        if policy.way in BY_ADDRESS:
            return self._told_alike(name) and any(
                other != name
                and policy.holds(other, self.line.vantage.country, self.plan)
                and self._channel(resolver, self.pair(resolver, other))[0][Doing.WITHHELD] > 0
                and self._told_alike(other)
                for other in self.world.names
            )
        return self._told_alike(name) if policy.way is Way.ALIAS_PAGE else True

    def _clouded(self, resolver: str) -> bool:
        """Whether nothing that is said at this vantage can be put down to the resolver."""
        if self.world.services[resolver].refuses:
            return True
        sure = self.vouched(resolver) or resolver in self.home
        return not sure and self.line.interference is not Interference.NONE

    def vouched(self, resolver: str) -> bool:
        """Whether a certificate can vouch for the resolver somewhere."""
        return any(_verifiable(one) for one in self._resolvers[resolver].endpoints)

    def _channel(self, resolver: str, pair: Pair) -> tuple[list[int], list[str]]:
        """The tally of the channel that can speak for the resolver, and its endpoints."""
        vouched = self.vouched(resolver)
        endpoints = [one for one in self._resolvers[resolver].endpoints if _verifiable(one) is vouched]
        return (pair.verified if vouched else pair.open_port), endpoints

    def _agreed(self, name: str) -> bool:
        """Whether at least two operators, themselves well, gave the name's addresses and no operator anything else."""
        said = self._said(name)
        well = [operator for operator in said if self._good.get(self._resolvers[operator].endpoints[0], False)]
        return len(well) >= _ENOUGH and all(answer[0] for answers in said.values() for answer in answers)

    def _told_alike(self, name: str) -> bool:
        """Whether all operators gave the same addresses."""
        return self._agreed(name) and len(frozenset[object]().union(*self._said(name).values())) == 1

    def _said(self, name: str) -> dict[str, set[tuple[str, ...]]]:
        """What each operator said of the name, faults left out; what is not the name's begins with nothing."""
        faults = {("", "2"), ("", "5")}
        return {
            operator: said - faults
            for operator, said in self._controls.get(name, {}).items()
            if self._resolvers[operator].kind is Kind.CONTROL and said - faults
        }


def _verifiable(endpoint: str) -> bool:
    return endpoint.startswith(("tls:", "https:"))
