"""Tells a name that is left without an answer from answers that are lost: one is lost by chance, many are not."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

from collector.judge.seen import ANSWERED, SILENT, Form, Seen
from collector.judge.standing import Health

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from collector.judge.standing import Standing

REFUSALS: Final = (
    2  # plain questions for one type at one endpoint; a refusal is an answer, and none is refused by chance
)
SILENCES: Final = (
    4  # questions for the name that stay without an answer in one form, at endpoints that lose nothing else
)
_SAID: Final = ANSWERED | {Form.RECORDS, Form.SEVERAL, Form.UNUSABLE}
_COULD_STAND: Final = frozenset({Health.OK, Health.LIES})  # the latter, were the lie left out


class Again(NamedTuple):
    """Whether refusals, failures or silence recur so that they may count; *could* were other records left out."""

    counts: bool = False
    could_count: bool = False


_NEVER: Final = Again()


class Recurrence:
    """What one resolver leaves unanswered of one name in a round; built from *cells*, all that ask it for the name.

    *elsewhere* are endpoints at which another is shown to answer: what they say or lose is not the resolver's.
    """

    def __init__(
        self,
        cells: Iterable[Seen],
        standings: Mapping[str, Standing],
        elsewhere: Collection[str],
        faults: Collection[Form],
    ) -> None:
        """*faults* are forms in which some answer for the name names a fault as its reason (RFC 8914 §4)."""
        self._faults = faults
        self._refused: Counter[tuple[str, str]] = Counter()
        self._silent: Counter[Form] = Counter()
        self._could: Counter[Form] = Counter()
        self._answered = False
        for seen in cells:
            place, form = seen.place, seen.form
            if form is Form.REFUSED and place.plain:
                self._refused[place.endpoint, place.qtype] += 1
            if place.endpoint in elsewhere:
                continue
            self._answered = self._answered or (place.plain and form in _SAID)
            if form in SILENT:
                standing = standings[place.endpoint]
                self._could[form] += standing.health in _COULD_STAND
                self._silent[form] += standing.health is Health.OK and not standing.loses

    def of(self, seen: Seen) -> Again:
        """What recurs of the form of *seen*, which is one of the cells."""
        place, form = seen.place, seen.form
        if form is Form.REFUSED:
            again = self._refused[place.endpoint, place.qtype] >= REFUSALS
            return Again(again and form not in self._faults, again)
        if form not in SILENT:
            return _NEVER
        counts = self._silent[form] >= SILENCES and not self._answered and form not in self._faults
        return Again(counts, self._could[form] >= SILENCES)
