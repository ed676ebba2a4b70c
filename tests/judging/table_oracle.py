"""What must come of a combination, by ADR 0004 and section 5 of the design alone: nothing here is the judge's.

Given what the controls may say (`table_controls`) and what there is to see in an answer (`table_answers`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tests.judging.table_answers import (
    ADDRESS,
    ALIAS,
    BROKEN,
    NODATA,
    NOT_ASKED,
    NXDOMAIN,
    REFUSED,
    SERVFAIL,
    SPEAKS,
    TIMEOUT,
    UNUSABLE,
)
from tests.judging.table_controls import ALIVE, DENIES, EMPTY, NOTHING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.judging.table_answers import Behaviour
    from tests.judging.table_controls import Control

OK, FAILS, UNASKED = "ok", "fails", "unasked"  # the name that always answers
BLOCKED, OPEN, DEAD, FAILING, UNDECIDED = "blocked", "open", "dead", "failing", "insufficient"


class Word(NamedTuple):
    """What the controls say together."""

    lives: bool
    dead: bool
    vouched: frozenset[str]  # addresses of those that count and are not under test, where they are two
    excused: frozenset[str]  # addresses that are no sign of a block: where nothing is agreed, all that were given
    alias: bool  # an alias is no sign of one either


def together(panel: Iterable[Control]) -> Word:
    """Two that agree and none that says otherwise; every control in *panel* is of another operator."""
    panel = list(panel)
    words = [one.word for one in panel]
    alive, denies, empty = words.count(ALIVE), words.count(DENIES), words.count(EMPTY)
    lives = alive >= 2 and not denies and not empty
    fit = [one for one in panel if one.word == ALIVE]
    agreed = frozenset().union(*(one.addresses for one in panel))
    free = [one.addresses for one in fit if one.standing != "tested"]
    return Word(
        lives,
        denies >= 2 and not alive and not empty,
        frozenset().union(*free) if len(free) >= 2 else frozenset(),
        agreed if lives else frozenset().union(*(one.shown for one in panel)),
        any(one.alias for one in (fit if lives else panel)),
    )


def cell(did: Behaviour, word: Word, good: str, *, verified: bool, told: bool, alone: bool) -> str:  # noqa: C901, PLR0911, PLR0912 - a table
    """What one question comes to; *told* that it was put with EDNS, so that extended errors could be told.

    *alone*: what it is met by counts, if it is silence or refusal (see `counts`).
    """
    if did.form == NOT_ASKED:
        return UNDECIDED
    ails = good == FAILS
    strange = did.form == ADDRESS and not did.addresses & word.excused
    # What the answer says of itself, where it is none that a user can follow to the site.
    if (did.stated and told) or did.listed in {"zone", "soa"}:
        withheld = not ails and (did.form in {NXDOMAIN, NODATA, ALIAS} or verified or good == OK)
        if did.form == ADDRESS:
            withheld = strange and word.lives
        if withheld:
            return BLOCKED
    if did.listed in {"page", "page_name"} and strange:
        return BLOCKED
    if did.listed == "page_name" and not word.alias:
        return BLOCKED
    if did.impossible and strange:
        return BLOCKED
    # What independent operators contradict: a fault that was told to one question explains the others.
    if word.lives and not ails and not did.fault:
        if did.form in {NXDOMAIN, NODATA, ALIAS}:
            return BLOCKED
        if strange and did.alias and not word.alias:
            return BLOCKED  # an alias at the top of a zone
        if good == OK and alone and did.form in {REFUSED, SERVFAIL, TIMEOUT}:
            return BLOCKED  # again and again, and the name that always answers is answered
    # What they confirm.
    if did.form == ADDRESS:
        return OPEN if word.lives and did.addresses & word.vouched and not did.mixed else UNDECIDED
    if word.dead and not ails and (did.form == NXDOMAIN or (did.form == NODATA and did.soa)):
        return DEAD
    # Silence beside a good name that is not answered either shows that the endpoint does not serve.
    return FAILING if ails and did.form in {TIMEOUT, SERVFAIL, BROKEN} else UNDECIDED


def endpoint(did: Behaviour, word: Word, good: str, *, verified: bool, alone: bool) -> str:
    """What a stub's question and one with EDNS come to together: what is stated to one is not taken back by the other."""
    found = {cell(did, word, good, verified=verified, told=told, alone=alone) for told in (False, True)}
    for outcome in (BLOCKED, OPEN, DEAD):
        if outcome in found:
            return UNDECIDED if {BLOCKED, OPEN} <= found else outcome
    return FAILING if found == {FAILING} else UNDECIDED


def counts(did: Behaviour, *channels: Behaviour | None) -> bool:
    """Whether refusal or silence may count: no fault was told for it, and silence of one kind is all that was met."""
    met = [one for one in channels if one is not None]
    if did.form == REFUSED:
        return not any(one.form == REFUSED and one.fault for one in met)
    spoke = any(one.form in SPEAKS or one.form == UNUSABLE for one in met)
    return len({one.form for one in met if one.silent}) == 1 and not spoke and not any(one.fault for one in met)


def held_back(panel: Iterable[Control], on_tls: Behaviour | None, on_udp: Behaviour | None) -> bool:
    """Whether law 3 lets the judge keep a conclusion to itself: what speaks against it is known to be unfit, or is silence.

    Controls of one mind leave no room. Where they give different addresses, or one that does not count said something
    over a channel that is vouched for, leaving records out could change who agrees. Silence may be loss where anything
    else is lost; and what port 53 says beside silence over TLS may be the path's.
    """
    panel = list(panel)
    sets = {one.shown for one in panel if one.shown}
    unfit = any(one.word == NOTHING and (one.shown or one.unfit) for one in panel)
    silent = any(did is not None and did.silent for did in (on_tls, on_udp))
    lost = any(one.name in {"timeout", "servfail", "reset"} for one in panel)
    beside = on_tls is not None and on_tls.silent and on_udp is not None
    return unfit or len(sets) > 1 or (silent and lost) or beside


def verdict(on_tls: Behaviour | None, on_udp: Behaviour | None, word: Word, good: str) -> tuple[str, str | None]:
    """Outcome and origin: who is vouched for by a certificate decides, port 53 only where the other is silent."""
    sure, port_53 = (
        endpoint(did, word, good, verified=verified, alone=counts(did, on_tls, on_udp)) if did else None
        for did, verified in ((on_tls, True), (on_udp, False))
    )
    if on_tls is not None and sure in {BLOCKED, OPEN, DEAD}:
        # A certificate vouches for what was said, not for silence.
        said = "unattributed" if on_tls.form == TIMEOUT else "resolver"
        return sure, said if sure != DEAD else None
    if port_53 is not None and port_53 in {BLOCKED, OPEN, DEAD}:
        if on_tls is None or (on_tls.form not in SPEAKS and on_tls.form != NOT_ASKED):
            return port_53, "unattributed" if port_53 != DEAD else None
        return UNDECIDED, None
    if sure == FAILING and port_53 is not None:
        return port_53, None
    return (sure or port_53 or UNDECIDED), None
