"""What `up` runs: the scripted world of a lab, or the real resolvers from this machine."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from collector.measures import NOBODY_MEASURES, Measuring
from collector.registry import builtin_world, default_policy
from probe.asking import Window
from schema.registry import Vantage, World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from deploy.lab.scenario import Scenario
    from schema.order import Order
    from schema.policy import Policy

DEFAULT_STEP_S = 600.0
_FRESH_STEPS = 3
_LIVE_FRESH_S = 6 * 3600
#: Long, because a loaded machine answers late; after an answer a script has nothing more to say but an injected twin.
LAB_WINDOW = Window(3.0, settle_s=0.25)
_LIVE_WINDOW_S = 5.0


class Setting(NamedTuple):
    """Everything that differs between a lab and the real network."""

    title: str
    lab: bool
    world: World
    names: tuple[str, ...]
    orders: tuple[Order, ...]
    policy: Policy
    step_s: float
    window_s: float
    window: Window
    starts_at: Callable[[int], datetime] | None  # a lab's schedule; none: the clock on the wall
    offline: Callable[[str, int], bool]
    longest_offline: int  # rounds in a row that some vantage is cut off
    measuring: Measuring = NOBODY_MEASURES  # who asks sites for the alternative measure


def lab_setting(scenario: Scenario, orders: Sequence[Order], *, starts_at: datetime) -> Setting:
    """The setting of a scripted world with its *orders*; *starts_at* is its first round's where it has no clock."""
    from deploy.lab.scenario import to_registry

    resolvers, vantages = to_registry(scenario)
    world = World(resolvers, vantages)
    step_s = lab_step_s(scenario)
    offline = {vantage.id: frozenset(vantage.offline_rounds) for vantage in scenario.vantages}
    territory = "IT" if any(vantage.country == "IT" for vantage in vantages) else ""
    return Setting(
        title=scenario.title,
        lab=True,
        world=world,
        names=_names(scenario.asked, orders),
        orders=tuple(orders),
        policy=_policy(world, territory=territory, fresh_s=max(1, int(_FRESH_STEPS * step_s))),
        step_s=step_s,
        window_s=min(step_s, DEFAULT_STEP_S),
        window=LAB_WINDOW,
        starts_at=lab_schedule(scenario, starts_at),
        offline=lambda vantage, number: number in offline[vantage],
        longest_offline=max((_longest(rounds) for rounds in offline.values()), default=0),
        measuring=Measuring(
            tuple(vantage.id for vantage in scenario.vantages if vantage.measures), territory, any_address=True
        ),
    )


def lab_step_s(scenario: Scenario) -> float:
    """Seconds of the scenario's time from round to round."""
    return scenario.clock.step_s if scenario.clock else DEFAULT_STEP_S


def lab_schedule(scenario: Scenario, starts_at: datetime) -> Callable[[int], datetime]:
    """The start of a round by its number; *starts_at* is the first's where the scenario has no clock."""
    base = scenario.clock.starts_at if scenario.clock else starts_at
    step_s = lab_step_s(scenario)
    return lambda number: base + timedelta(seconds=step_s * (number - 1))


def live_setting(orders: Sequence[Order], vantage: Vantage, *, interval_s: float | None = None) -> Setting:
    """The setting of this machine on the real network: one vantage, so everything it says is indicative."""
    known = builtin_world()
    world = World(known.resolvers, (vantage,))
    step_s = interval_s or DEFAULT_STEP_S
    return Setting(
        title="",
        lab=False,
        world=world,
        names=_names((), orders),
        orders=tuple(orders),
        policy=_policy(world, territory="", fresh_s=max(_LIVE_FRESH_S, int(_FRESH_STEPS * step_s))),
        step_s=step_s,
        window_s=step_s,
        window=Window(min(_LIVE_WINDOW_S, step_s / 4)),
        starts_at=None,
        offline=lambda _vantage, _number: False,
        longest_offline=0,
    )


def _policy(world: World, *, territory: str, fresh_s: int) -> Policy:
    """Whom orders oblige is asked of the ledger each time that plans are published."""
    single = len(world.vantages) == 1
    return default_policy(
        world, territory=territory, fresh_s=fresh_s, indicative=single, floor_networks=1 if single else 2
    )


def _names(asked: Iterable[str], orders: Iterable[Order]) -> tuple[str, ...]:
    """Every name once: the scenario's, then the orders'."""
    ordered = (name for order in orders for name in order.names)
    return tuple(dict.fromkeys((*asked, *ordered)))


def _longest(rounds: frozenset[int]) -> int:
    """The longest unbroken row in *rounds*."""
    longest = row = 0
    for number in sorted(rounds):
        row = row + 1 if number - 1 in rounds else 1
        longest = max(longest, row)
    return longest
