"""What came of many rounds, by kind of trouble; counts of several processes add up."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

from schema.words import Outcome
from tests.simulator.names import Phase
from tests.simulator.world import Filtering, Interference

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.simulator.world import World

_MOST_EXAMPLES: Final = 5  # of each kind that are kept
_HIGH_LOSS: Final = 0.1
_COLUMNS: Final = (
    "verdicts", "blocked", "open", "dead", "failing", "insufficient", "false blocked", "false open", "findable", "found",
)  # fmt: skip
ALL: Final = "all"


class Example(NamedTuple):
    """Enough to see one case again: `python -m tests.simulator --show SEED:PLAN:VANTAGE`."""

    what: str
    seed: int
    limits: bool
    plan: int
    vantage: str
    resolver: str
    name: str
    rule: str

    def __str__(self) -> str:
        """The case as a person takes it up."""
        limits = " --limits" if self.limits else ""
        return (
            f"{self.what}: {self.resolver} {self.name} by {self.rule}; "
            f"--show {self.seed}:{self.plan}:{self.vantage}{limits}"
        )


class Tally:
    """Counts of verdicts and of statuses."""

    def __init__(self) -> None:
        self.rounds = 0
        self.worlds = 0
        self.forged = 0  # rounds that a liar wrote
        self.rejudged = 0  # rounds that were judged twice, with a memory and without
        self.by_trouble: dict[tuple[str, ...], Counter[str]] = {}
        self.status: Counter[str] = Counter()
        self.examples: dict[str, list[Example]] = {}
        self.missed: Counter[tuple[str, str]] = Counter()  # true blocks that were to be found, by way and rule

    def count(self, troubles: tuple[str, ...], outcome: Outcome, false: str | None, *, findable: bool) -> None:
        """One verdict of an honest vantage."""
        row = self.by_trouble.get(troubles)
        if row is None:
            row = self.by_trouble[troubles] = Counter()
        row["verdicts"] += 1
        row[outcome.value] += 1
        if false is not None:
            row[f"false {false}"] += 1
        if findable:
            row["findable"] += 1
            row["found"] += outcome is Outcome.BLOCKED

    def keep(self, example: Example) -> None:
        """Remember a case to be looked at."""
        kept = self.examples.setdefault(example.what, [])
        if len(kept) < _MOST_EXAMPLES:
            kept.append(example)

    def add(self, other: Tally) -> None:
        """Add what another process counted."""
        self.rounds += other.rounds
        self.worlds += other.worlds
        self.forged += other.forged
        self.rejudged += other.rejudged
        for troubles, row in other.by_trouble.items():
            self.by_trouble.setdefault(troubles, Counter()).update(row)
        self.status.update(other.status)
        self.missed.update(other.missed)
        for cases in other.examples.values():
            for case in cases:
                self.keep(case)

    @property
    def totals(self) -> Counter[str]:
        """All verdicts, whatever troubled them."""
        return sum(self.by_trouble.values(), Counter())

    @property
    def wrong(self) -> list[str]:
        """What must not have happened and did."""
        totals = self.totals
        counts = {
            **{f"false {what}": totals[f"false {what}"] for what in ("blocked", "open", "open_elsewhere", "dead")},
            **{what: self.status[what] for what in ("flipped by a liar", "false blocked", "false open", "false runs")},
            "a memory changed it": len(self.examples.get("a memory changed it", ())),
            "not found": totals["found"] * 100 < totals["findable"] * 99,
        }
        return [what for what, count in counts.items() if count]

    def lines(self) -> Iterator[str]:
        """The table, a row for each trouble; a verdict stands in the row of each of its troubles."""
        rows: dict[str, Counter[str]] = {ALL: self.totals}
        for troubles, counts in self.by_trouble.items():
            for trouble in troubles or ("none",):
                rows.setdefault(trouble, Counter()).update(counts)
        width = max(len(trouble) for trouble in rows)
        yield " ".join([f"{'trouble':<{width}}", *(f"{column:>13}" for column in _COLUMNS)])
        for trouble in sorted(rows, key=lambda one: (one != ALL, one)):
            yield " ".join([f"{trouble:<{width}}", *(f"{rows[trouble][column]:>13}" for column in _COLUMNS)])
        yield f"statuses by plan: {', '.join(f'{what} {count}' for what, count in sorted(self.status.items()))}"
        for (way, rule), count in self.missed.most_common(10):
            yield f"not found: {count} x {way}, which came to {rule}"
        for cases in self.examples.values():
            yield from map(str, cases)


def troubles(world: World, line_number: int, resolver: str, name: str, plan: int) -> tuple[str, ...]:
    """What makes it hard to say something of *resolver* and *name* from this line in this plan."""
    line, service = world.lines[line_number], world.services[resolver]
    life = world.lives[name].at(plan)
    found: list[str] = []
    if life.phase is not Phase.STABLE:
        found.append(f"name: {life.phase.value}")
    if life.lame:
        found.append("name: lame for all" if life.lame >= 1 else "name: lame for some")
    if line.interference is not Interference.NONE:
        found.append(f"path: {line.interference.value}")
    if line.drops or line.forges:
        found.append("path: forged certificate" if line.forges else "path: no port 853")
    if line.loss:
        found.append("loss: 10 to 20 %" if line.loss >= _HIGH_LOSS else "loss: 1 to 5 %")
    filters = [one.filtering for one in world.services.values() if one.filtering is not Filtering.HONEST]
    found += [f"control: {one.value}" for one in filters]
    found += _of_service(world, resolver, name, plan)
    if service.falters:
        found.append("resolver: falters")
    return tuple(found)


def _of_service(world: World, resolver: str, name: str, plan: int) -> Iterator[str]:
    service = world.services[resolver]
    policy = service.policy
    if service.late:
        yield "resolver: cache"
    if service.refuses or service.invents or service.dead_from <= plan < service.dead_from + 4:
        yield "resolver: refuses, invents or is away"
    if service.ede_on_honest:
        yield "resolver: EDE on the truth"
    if policy is None or name not in policy.names or not policy.start <= plan < policy.end:
        return
    yield f"blocks: {policy.way.value}"
    if plan < policy.start + policy.late:
        yield "blocks: late"
    if policy.share < 1:
        yield "blocks: pool"
    if policy.transports or policy.addresses or policy.types:
        yield "blocks: in part"
    if policy.dnssec_honest:
        yield "blocks: not at DO=1"
    if policy.countries:
        yield "blocks: one country"
