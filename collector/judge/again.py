"""Tells a name that is left without an answer from answers that are lost: one is lost by chance, many are not."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

from collector.judge.seen import ANSWERED, SILENT, Form, Seen, states_fault
from collector.judge.standing import Health

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from collector.judge.standing import Standing

#: Plain questions for one type at one endpoint; a refusal is an answer, and none is refused by chance.
REFUSALS: Final = 2
#: Questions for the name that are left without an answer in one form, at endpoints that lose nothing else.
SILENCES: Final = 4
_CHANCES: Final = 10_000_000  # so rarely may as many be lost by chance, by what the rest of the round loses
_MOST: Final = 64
_SAID: Final = ANSWERED | {Form.RECORDS, Form.SEVERAL, Form.UNUSABLE}
_OF_ONE_KIND: Final = frozenset({Form.TIMEOUT, Form.SERVFAIL})
_COULD_STAND: Final = frozenset({Health.OK, Health.LIES})  # the latter, were the lie left out


class Again(NamedTuple):
    """Whether refusals, failures or silence recur so that they may count; *could* were other records left out."""

    counts: bool = False
    could_count: bool = False


_NEVER: Final = Again()


def silences_needed(lost: int, asked: int) -> int:
    """How many questions must be left without an answer to mean something, where *lost* of *asked* others were too.

    At least SILENCES; the more is lost besides, the more, until chance would do it once in _CHANCES rounds.
    """
    for needed in range(SILENCES, _MOST):
        if lost**needed * _CHANCES <= asked**needed:
            return needed
    return _MOST


class Recurrence:
    """What one resolver leaves unanswered of one name in a round; built from *cells*, all that ask it for the name.

    A policy does one thing: a name that is met by silence here, by failure there, or once by a stated fault, is in trouble.
    """

    def __init__(
        self,
        cells: Iterable[Seen],
        beside: Iterable[Seen],
        standings: Mapping[str, Standing],
        elsewhere: Collection[str],
        *,
        silences: int,
        troubled: bool,
    ) -> None:
        """Count.

        *beside* are the same questions, asked there as of a control. *elsewhere* are endpoints at which another is shown
        to answer: what they say or lose is not the resolver's. *silences* is how many must be left without an answer;
        where the name is *troubled*, failing at operators that nobody suspects, no number of them means anything.
        """
        self._troubled = troubled
        self._silences = silences
        self._faults: set[Form] = set()
        self._refused: Counter[tuple[str, str]] = Counter()
        self._met: Counter[Form] = Counter()
        self._silent: Counter[Form] = Counter()
        self._could: Counter[Form] = Counter()
        self._answered = any(seen.form in _SAID for seen in beside)
        for seen in cells:
            place, form = seen.place, seen.form
            if states_fault(seen):
                self._faults.add(form)
            if form is Form.REFUSED and place.plain:
                self._refused[place.endpoint, place.qtype] += 1
            if place.endpoint in elsewhere:
                continue
            self._answered = self._answered or (place.plain and form in _SAID)
            if form in SILENT:
                standing = standings[place.endpoint]
                self._met[form] += 1
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
        mixed = bool(self._faults) or any(self._met[other] for other in _OF_ONE_KIND - {form})
        counts = self._silent[form] >= self._silences and not (self._answered or mixed or self._troubled)
        return Again(counts, self._could[form] >= SILENCES)
