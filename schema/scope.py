"""Which names an order covers, by which of its rules, and why: nothing is covered that no rule names (sp-011 §3, ADR 0029).

What `www.` means: `exact`, `listed_alias` and `adjudicated` take a name as it is written, so `www.` is another name;
`subtree` takes it as everything else below; `same_label_any_tld` takes the bare name below a public suffix, without it.
The Public Suffix List decides what a suffix is, by its ICANN section alone: `github.io` is no top level domain, and a
name below it belongs to whoever rents it there.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

from publicsuffixlist import PublicSuffixList

from schema.names import canonical
from schema.order import ScopeRule

if TYPE_CHECKING:
    from datetime import date

    from schema.order import Order, Scope

_ATTACHING: Final = frozenset({ScopeRule.ADJUDICATED, ScopeRule.LISTED_ALIAS})


class Covered(NamedTuple):
    """That a name is covered: `scope` and `attached` count from 0 in the order; `words` follow a "because"."""

    scope: int
    rule: ScopeRule
    attached: int | None
    words: str

    def said(self, version: int) -> str:
        """In one sentence; people count rules from 1."""
        return f"covered by rule {self.scope + 1} of version {version}, because {self.words}"


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList(only_icann=True)


def registrable(name: str) -> str | None:
    """What of *name* somebody registers: the public suffix and one label, with the final dot; none of a suffix itself.

    Raises:
        FormatError: *name* is not a domain name.
    """
    found = _suffixes().privatesuffix(canonical(name).rstrip("."))
    return f"{found}." if found else None


def label(name: str) -> str | None:
    """The label of *name* directly left of its public suffix; none of a suffix itself.

    Raises:
        FormatError: *name* is not a domain name.
    """
    found = registrable(name)
    return found.split(".", 1)[0] if found else None


def covers(order: Order, name: str, on: date) -> Covered | None:
    """By what the order covers *name* on the day *on*: the first of `coverings`; none where no rule does.

    Raises:
        FormatError: *name* is not a domain name.
    """
    return next(iter(coverings(order, name, on)), None)


def coverings(order: Order, name: str, on: date) -> tuple[Covered, ...]:
    """Every rule that covers *name* on the day *on*: what the order itself names first, then what was attached later.

    A name that was attached and does not itself stand in the order is covered by its attachment alone.

    Raises:
        FormatError: *name* is not a domain name.
    """
    wanted = canonical(name)
    later = any(one.name == wanted for entry in order.scope if entry.rule in _ATTACHING for one in entry.attached)
    by_rule = (
        _by_rule(position, entry, wanted)
        for position, entry in enumerate(order.scope)
        if not later or entry.name == wanted  # who attaches a name dates it: a wide rule would date it back
    )
    attached = (_by_hand(position, entry, wanted, on) for position, entry in enumerate(order.scope))
    return tuple(one for one in (*by_rule, *attached) if one)


def _by_rule(position: int, entry: Scope, name: str) -> Covered | None:
    words = None
    if entry.rule in {ScopeRule.EXACT, ScopeRule.LISTED_ALIAS} and name == entry.name:
        words = f"the order {'names' if entry.rule is ScopeRule.EXACT else 'lists'} {name}"
    elif entry.rule is ScopeRule.SUBTREE and name == entry.name:
        words = f"the order names {name} and everything below it"
    elif entry.rule is ScopeRule.SUBTREE and name.endswith("." + entry.name):
        words = f"{name} lies below {entry.name}, and the order names everything below it"
    elif entry.rule is ScopeRule.SAME_LABEL_ANY_TLD:
        words = _same_label(entry.name, name)
    return Covered(position, entry.rule, None, words) if words else None


def _same_label(of: str, name: str) -> str | None:
    """Why *name* has the label of *of* directly left of a public suffix."""
    if name == of:
        return f"the order names {name}"
    wanted = label(of)
    if registrable(of) != of or registrable(name) != name or label(name) != wanted:
        return None
    suffix = name.split(".", 1)[1]
    return (
        f"{name} has the label {wanted!r} of {of} directly left of the public suffix {suffix}, "
        "and the order names that label under every suffix"
    )


def _by_hand(position: int, entry: Scope, name: str, on: date) -> Covered | None:
    if entry.rule not in _ATTACHING:
        return None
    for number, one in enumerate(entry.attached):
        if one.name == name and one.on <= on:
            words = f"{one.by} attached {name} to {entry.name} on {one.on}: {one.reason}"
            return Covered(position, entry.rule, number, words)
    return None
