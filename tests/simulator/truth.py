"""What is true of each resolver and name in one round: taken down as the dice fall, with nothing of the judge's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from schema.words import Origin, Outcome, Profile, Role
from tests.simulator.casts import stage
from tests.simulator.telling import Doing
from tests.simulator.wires import NXDOMAIN
from tests.simulator.world import Interference

if TYPE_CHECKING:
    from schema.verdict import Verdict
    from tests.simulator.casts import Slot
    from tests.simulator.names import Stretch
    from tests.simulator.telling import Told
    from tests.simulator.world import Line, World

_PLAIN: Final = frozenset({Profile.STUB, Profile.EDNS})


class Pair:
    """One resolver and one name in one round."""

    def __init__(self) -> None:
        self.verified = [0] * len(Doing)  # plain questions for A where a certificate can vouch, by whose doing
        self.port_53 = [0] * len(Doing)
        self.stated = 0  # of those with EDNS, in whose answers a statement can stand, how many the resolver withheld
        self.otherwise = 0  # questions of any kind that came to anything but the resolver's withholding it
        self.faults = 0  # of those, lost or failed
        self.raced = False
        self.addressed = False  # the resolver itself gave a genuine address, where a certificate or the line vouches
        self.anyone = False  # somebody gave a genuine address


class Moment:
    """One vantage and one plan. *home* are the resolvers of the operator on whose line it stands."""

    def __init__(self, world: World, line: Line, plan: int, home: set[str]) -> None:
        self.world = world
        self.line = line
        self.plan = plan
        self.home = home
        self.resolvers = {one.id: one for one in stage(world.cast, world.names).cast.resolvers}
        self.controls: dict[str, dict[str, set[tuple[str, ...]]]] = {}  # by name and operator, what was said for A
        self.good: dict[str, bool] = {}  # by endpoint, whether the name that always answers was answered
        self.inventing: set[str] = set()  # endpoints that gave an address for the name that does not exist
        self.lost: dict[str, int] = {}  # by resolver, questions without an answer, the targets' left out
        self._lives: dict[str, Stretch] = {}
        self._pairs: dict[tuple[str, str], Pair] = {}

    def pair(self, resolver: str, name: str) -> Pair:
        """What was noted of one resolver and name."""
        found = self._pairs.get((resolver, name))
        if found is None:
            found = self._pairs[resolver, name] = Pair()
        return found

    def life(self, name: str) -> Stretch:
        """What the name truly is now."""
        found = self._lives.get(name)
        if found is None:
            found = self._lives[name] = self.world.lives[name].at(self.plan)
        return found

    def vouched(self, resolver: str) -> bool:
        """Whether a certificate can vouch for the resolver somewhere."""
        return any(verifiable(one) for one in self.resolvers[resolver].endpoints)

    def note(self, slot: Slot, told: Told) -> None:
        """Take down what became of one question."""
        cell, says = slot.cell, told.says
        if cell.role is Role.TARGET:
            self._note_target(slot, told)
            return
        if cell.role is Role.CONTROL:
            if cell.qtype == "A" and says is not None and not told.untrusted:
                own = says.addresses and told.doing is Doing.GENUINE
                said = says.addresses if own else ("", str(says.rcode), *says.addresses)
                self.controls.setdefault(cell.name, {}).setdefault(cell.resolver, set()).add(said)
            elif says is not None and says.rcode == NXDOMAIN:  # which is said of the name, whatever the type
                self.controls.setdefault(cell.name, {}).setdefault(cell.resolver, set()).add(("", str(NXDOMAIN)))
        elif cell.role is Role.KNOWN_GOOD:
            self.good[cell.endpoint] = says is not None and bool(says.addresses) and not told.untrusted
        elif cell.role is Role.KNOWN_ABSENT and says is not None and says.addresses:
            self.inventing.add(cell.endpoint)
        if cell.role is not Role.CANARY and (says is None or told.doing is Doing.NOTHING):
            self.lost[cell.resolver] = self.lost.get(cell.resolver, 0) + 1

    def _note_target(self, slot: Slot, told: Told) -> None:
        cell, says = slot.cell, told.says
        pair = self.pair(cell.resolver, cell.name)
        withheld = told.doing is Doing.WITHHELD
        pair.otherwise += not withheld
        pair.faults += told.doing is Doing.NOTHING
        pair.raced |= told.raced is not None
        if cell.profile not in _PLAIN:
            return
        if cell.qtype == "A":
            (pair.verified if slot.verifiable else pair.port_53)[told.doing] += 1
            with_edns = cell.profile is Profile.EDNS
            pair.stated += withheld and with_edns and slot.verifiable is self.vouched(cell.resolver)
        if says is not None and says.addresses and not told.untrusted:
            self._note_addresses(slot, told, pair)

    def _note_addresses(self, slot: Slot, told: Told, pair: Pair) -> None:
        """Take down whether addresses that were answered are the name's; others than A count where it has no A."""
        cell, line = slot.cell, self.line
        life = self.life(cell.name)
        if cell.qtype != "A" and life.can_decide:
            return
        if told.doing is Doing.GENUINE:
            genuine = told.stale or life.lives
            pair.anyone |= genuine
            pair.addressed |= genuine and (slot.verifiable or cell.resolver in self.home)
        elif told.doing is Doing.ON_PATH:
            pair.anyone |= line.withholds is None or cell.name not in line.withholds.names

    def withheld_by_resolver(self, resolver: str, name: str) -> bool:
        """Whether the resolver withholds the name from this vantage now; what its operator's line does is its doing."""
        policy = self.world.services[resolver].policy
        holds = policy is not None and policy.holds(name, self.line.vantage.country, self.plan)
        if policy is not None and holds and self.plan >= policy.start + policy.late:
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
        """What is false about *verdict*: `blocked`, `open`, `open_elsewhere`, `dead`; None where nothing is.

        `blocked` is false where whom it names withholds nothing, or, if it names nobody, where nobody does. `open` by the
        resolver is false where the resolver gave no genuine address on a channel that can speak for it.
        """
        resolver, name = verdict.resolver, verdict.name
        pair = self.pair(resolver, name)
        if verdict.outcome is Outcome.BLOCKED:
            by_resolver, on_path = self.withheld_by_resolver(resolver, name), self.withheld_on_path(resolver, name)
            named = {Origin.RESOLVER: by_resolver, Origin.PATH: on_path, Origin.UNATTRIBUTED: by_resolver or on_path}
            return None if verdict.origin is not None and named[verdict.origin] else "blocked"
        if verdict.outcome is Outcome.OPEN:
            if verdict.origin is Origin.RESOLVER:
                return None if pair.addressed else "open"
            return None if pair.anyone else "open_elsewhere"
        if verdict.outcome is Outcome.DEAD and self.life(name).lives:
            return "dead"
        return None


def verifiable(endpoint: str) -> bool:
    """Whether a certificate says who answers there."""
    return endpoint.startswith(("tls:", "https:"))
