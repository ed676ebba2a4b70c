"""How an endpoint treats names that no order is about: whether it answers at all, and whether it invents answers."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from collector.judge.seen import SILENT, STATEMENTS, Form

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
    usual: frozenset[str] = frozenset()  # ids of the fingerprints of a shape or an SOA that fit how it denies that name
    stated: frozenset[int] = frozenset()  # by what extended errors it says, denying that name, that it withholds it
    rewritten: bool = False  # a policy zone's SOA is in the additional section of that denial
    loses: bool = False  # some question for either name, or some for a name of which others were answered, got none

    @property
    def ails(self) -> bool:
        """Whether it was asked for the name that always answers and did not give it."""
        return self.health not in {Health.OK, Health.NOT_ASKED}


def standing(
    known_good: Iterable[Seen],
    known_absent: Iterable[Seen],
    whoami: Iterable[Seen] = (),
    plain: Iterable[Seen] = (),
) -> Standing:
    """Sum up an endpoint from its cells for the two names, for whoami, and for all names as users ask."""
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
    usual = {
        one.fingerprint.id
        for seen in absent
        for one in seen.matches
        if one.fingerprint.kind == "soa" or (one.fingerprint.kind == "rcode" and one.fingerprint.also)
    }
    denials = [seen.reading for seen in absent if seen.reading is not None and seen.form is not Form.ADDRESS]
    met = {seen.form for seen in (*absent, *whoami)} | forms
    loses = bool(SILENT & met) or _partly_silent(plain)
    return Standing(
        _health(forms, good, lies=lies),
        frozenset(good),
        frozenset(invented),
        frozenset(usual),
        frozenset().union(*(reading.codes for reading in denials)) & STATEMENTS,
        any(reading.soa_at == "additional" for reading in denials),
        loses,
    )


def _partly_silent(plain: Iterable[Seen]) -> bool:
    """Whether some question for a name got an answer and some got none."""
    by_name: dict[str, set[bool]] = {}
    for seen in plain:
        if seen.form is not Form.NOT_ASKED:
            by_name.setdefault(seen.place.name, set()).add(seen.form in SILENT)
    return any(len(kinds) > 1 for kinds in by_name.values())


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
