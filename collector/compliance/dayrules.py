"""Day rules as data: how much of a day must have been seen for the day to count, one way or the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from collector.compliance.verification import verified

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import datetime

    from collector.compliance.bounds import Bounds
    from collector.compliance.facts import DaySample
    from collector.compliance.history import Version


class DayRule(NamedTuple):
    """How many of a day's planned samples must be countable, and how they must lie in it.

    `share` is a whole numerator over a whole denominator. Each of `parts` equal parts of the day's real length must hold
    a countable sample. `least` is the lowest number of countable samples, whatever the share.
    """

    rule_id: str  # permanent: a new meaning gets a new id
    share: tuple[int, int]
    parts: int
    least: int
    source: str
    en: str
    it: str

    def needed(self, planned: int) -> int:
        """How many of *planned* samples must be countable."""
        return max(self.least, -(-self.share[0] * planned // self.share[1]))

    def empty_parts(self, instants: Iterable[datetime], day: Bounds) -> tuple[int, ...]:
        """The parts of the day, from 0, in which none of *instants* lies."""
        held = {day.part(at, self.parts) for at in instants}
        return tuple(part for part in range(self.parts) if part not in held)


DENSE_90: Final = DayRule(
    "dense_90",
    (9, 10),
    4,
    4,
    "ADR 0031",
    "at least 90 % of the rounds planned for the day count, and one of them lies in each quarter of the day",
    "conta almeno il 90 % dei cicli previsti per il giorno, e almeno uno cade in ciascun quarto del giorno",
)
DAILY_90: Final = DayRule(
    "daily_90",
    (9, 10),
    1,
    1,
    "ADR 0031: for worlds with one round a day; only where the order's verified day rule says so",
    "at least 90 % of the rounds planned for the day count, wherever in the day they lie",
    "conta almeno il 90 % dei cicli previsti per il giorno, in qualunque ora cadano",
)
#: By id; the first holds where an order names none, or nobody verified the one that it names.
DAY_RULES: Final = {rule.rule_id: rule for rule in (DENSE_90, DAILY_90)}


def rule_for(version: Version) -> DayRule:
    """The rule by which the days under *version* are counted: its own if that is known and verified, else the usual one."""
    chosen = version.order.day_rule
    if chosen and verified(version.order, "day_rule", version.vouched_by):
        return DAY_RULES.get(chosen.id, DENSE_90)
    return DENSE_90


def meets(rule: DayRule, planned: Sequence[DaySample], numbers: Collection[int], day: Bounds) -> bool:
    """Whether the samples of these plan *numbers*, all among *planned*, would meet *rule* by themselves."""
    wanted = frozenset(numbers)
    chosen = [one for one in planned if one.number in wanted]
    return (
        bool(chosen) and len(chosen) >= rule.needed(len(planned)) and not rule.empty_parts((s.at for s in chosen), day)
    )
