"""What of an account is worth a reader's time: the rest is left to the record."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Final

from collector.judge.seen import Form
from collector.judge.witnesses import Why
from schema.words import Note, Origin, Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from collector.judge.account import Account
    from collector.judge.came import Came
    from collector.judge.witnesses import Witness

#: Rules that look at how the same place treats the name that always answers.
_BY_STANDING: Final = frozenset(
    {
        "google_refused", "refused_but_alive", "servfail_but_alive", "timeout_but_alive", "endpoint_fails", "endpoint_unfit",
        "not_repeated",
    }
)  # fmt: skip
_STATEMENTS: Final = frozenset({4, 15, 16, 17})  # RFC 8914 §4: forged, blocked, censored, filtered
#: Rules that say themselves that no order is behind the answer.
_BY_FILTER: Final = frozenset({"user_filter", "ede_filtered"})
#: Oddities of an answer, and the rules that look at each.
_ON_EVERY: Final = "mark_on_every_denial"
_LOOKED_AT: Final = {
    "policy_zone": ("policy_zone_soa", _ON_EVERY),
    "soa": ("forged_soa", _ON_EVERY),
    "bare": ("unlike_its_twin", _ON_EVERY),
}


def trimmed(account: Account) -> Account:
    """*account* without the oddities of answers that its rule does not look at."""
    blank = {
        field: "" if field != "bare" else False
        for field, rules in _LOOKED_AT.items()
        if account.verdict.rule not in rules
    }

    def trim(kinds: Sequence[Came]) -> tuple[Came, ...]:
        return tuple(one._replace(**blank) for one in kinds)  # type: ignore[arg-type] # each field's own empty value

    return account._replace(
        answered=trim(account.answered),
        beside=trim(account.beside),
        twin=trim(account.twin),
        differing=tuple((kind, trim([one])[0]) for kind, one in account.differing),
    )


class Vouched(Enum):
    """For how much of what was asked on the channel that decides a certificate vouches."""

    NOTHING = 0
    WHAT_CAME = 1  # some questions got no answer that a certificate could vouch for
    ALL = 2


def vouched(account: Account) -> Vouched:
    """For how much of what was put on the channel that decides a certificate vouches."""
    came = [one.form not in {Form.FAILED, Form.TIMEOUT} for one in account.answered if one.form is not Form.NOT_ASKED]
    if not account.asked.verifiable or not any(came):
        return Vouched.NOTHING
    return Vouched.ALL if all(came) else Vouched.WHAT_CAME


def same(account: Account) -> bool:
    """Whether both channels say the same throughout."""
    kinds = {(one.form, bool(one.leads_to), one.reason) for one in (*account.answered, *account.beside)}
    here = {address for one in account.answered for address in one.addresses}
    there = {address for one in account.beside for address in one.addresses}
    return len(kinds) == 1 and here == there


def by_word(witnesses: Sequence[Witness]) -> tuple[list[tuple[Witness, list[str]]], list[Witness]]:
    """Those who count, the same words together, and those who do not; the operator's own are neither."""
    words: dict[object, tuple[Witness, list[str]]] = {}
    for one in witnesses:
        if one.left_out is None:
            words.setdefault((one.form, one.addresses), (one, []))[1].append(one.operator)
    return list(words.values()), [one for one in witnesses if one.left_out not in {None, Why.OWN}]


def tells_standing(account: Account) -> bool:
    """Whether it matters how the place that decides treats names that no order is about."""
    put = any(one.form is not Form.NOT_ASKED for one in account.answered)
    return (put and account.verdict.rule in _BY_STANDING) or account.standing.ails or bool(account.standing.invented)


def overruled(account: Account) -> bool:
    """Whether an answer says of itself that it is a block, and is none."""
    return account.verdict.outcome is Outcome.OPEN and any(
        one.form is Form.ADDRESS and any(code in _STATEMENTS for code, _ in one.errors) for one in account.answered
    )


def to_tell(note: Note, account: Account) -> bool:
    """Whether *note* adds something to what is told already."""
    standing = account.standing
    told = {
        Note.PATH_INTERFERES: account.verdict.origin is Origin.PATH,
        Note.PROFILES_DIFFER: bool(account.differing),
        Note.TYPES_DIFFER: bool(account.differing),
        Note.MORE_THAN_ONE_ANSWER: any(one.sayings for one in (*account.answered, *account.beside)),
        Note.KNOWN_GOOD_FAILS: standing.ails,
        Note.KNOWN_ABSENT_ANSWERED: bool(standing.invented),
        Note.OTHER_AUTHORITY: account.verdict.rule in _BY_FILTER,
        Note.CONTROLS_MISSING: True,  # the sentence on the controls tells who said what
        Note.CONTROLS_DISAGREE: True,
    }
    return not told.get(note, False)
