"""How an endpoint treats names that no order is about: whether it answers at all, and whether it invents answers."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from collector.judge.seen import SILENT, Form

if TYPE_CHECKING:
    from collections.abc import Iterable

    from collector.judge.seen import Seen


class Health(StrEnum):
    """What an endpoint makes of the name that always answers."""

    OK = "ok"
    NOT_ASKED = "not_asked"
    FAILS = "fails"  # silence or server failure
    REFUSES = "refuses"  # not served here, most likely
    LIES = "lies"  # an answer that cannot be true


class Standing(NamedTuple):
    """An endpoint in one round."""

    health: Health = Health.NOT_ASKED
    good: frozenset[str] = frozenset()  # addresses given for the name that always answers
    invented: frozenset[str] = frozenset()  # addresses given for the name that exists nowhere
    loses: bool = False  # some question for either name went without an answer

    @property
    def ails(self) -> bool:
        """Whether it was asked for the name that always answers and did not give it."""
        return self.health not in {Health.OK, Health.NOT_ASKED}


def standing(known_good: Iterable[Seen], known_absent: Iterable[Seen]) -> Standing:
    """Sum up an endpoint from its cells for the two names."""
    forms = set()
    good: set[str] = set()
    lies = False
    for seen in known_good:
        forms.add(seen.form)
        if seen.reading is not None and seen.form is Form.ADDRESS:
            good |= seen.reading.addresses
            lies = lies or bool(seen.reading.nobodys)
    forms.discard(Form.NOT_ASKED)
    absent = tuple(known_absent)
    invented = {
        address
        for seen in absent
        if seen.reading is not None and seen.form is Form.ADDRESS
        for address in seen.reading.addresses
    }
    loses = bool(SILENT & (forms | {seen.form for seen in absent}))
    return Standing(_health(forms, good, lies=lies), frozenset(good), frozenset(invented), loses)


def _health(forms: set[Form], good: set[str], *, lies: bool) -> Health:
    if not forms:
        return Health.NOT_ASKED
    if lies:
        return Health.LIES
    if good:
        return Health.OK
    if Form.REFUSED in forms:
        return Health.REFUSES
    return Health.LIES if forms & {Form.NXDOMAIN, Form.NODATA, Form.ALIAS, Form.RECORDS} else Health.FAILS
