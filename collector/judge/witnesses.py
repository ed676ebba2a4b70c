"""What each control said of a name, and why its word counts or does not: `controls.confer`, told one by one."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

from collector.judge.controls import shows_block
from collector.judge.seen import Form, states_fault
from schema.words import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from collector.judge.seen import Seen
    from collector.judge.testimony import Testimony

_GIVES: Final = frozenset({Form.ADDRESS, Form.RECORDS})
_SAYS: Final = _GIVES | {Form.NXDOMAIN, Form.NODATA, Form.ALIAS}


class Why(StrEnum):
    """Why a control's word does not count; the first that holds."""

    OWN = "own"  # it is of the operator that is judged
    PROVIDER = "provider"  # an access provider's, bound by many orders
    BOUND = "bound"  # an order on the name binds it
    NOT_VERIFIED = "not_verified"  # no certificate vouches for what it said
    SILENT = "silent"  # no answer, a refusal or a failure
    PAGE = "page"  # it is itself filtered: a stop page, an address at which no site can be, a statement
    AILS = "ails"  # it does not truly answer for names that no order is about
    FAULT = "fault"  # it names a fault as the reason of its denial
    CONTRADICTS_ITSELF = "contradicts_itself"
    UNDER_TEST = "under_test"  # itself a target for the name: its denial may be the block


class Witness(NamedTuple):
    """One operator's word; `form` is one of address, records, nxdomain, nodata, alias, or None where it said nothing."""

    operator: str  # as the registry writes it
    form: Form | None
    addresses: tuple[str, ...]  # sorted
    left_out: Why | None


def witnesses(testimony: Testimony, qtype: str, own: str) -> tuple[Witness, ...]:
    """The controls for one type, one an operator, in the order of the plan; *own* is the slug of the operator judged."""
    heard: dict[str, list[Seen]] = {}
    for seen in testimony.heard.cells:
        if seen.place.qtype == qtype:
            heard.setdefault(testimony.registered.operator(seen.place.resolver), []).append(seen)
    return tuple(_witness(testimony, operator, cells, own) for operator, cells in heard.items())


def _witness(testimony: Testimony, operator: str, cells: Sequence[Seen], own: str) -> Witness:
    said = [seen for seen in cells if seen.verified and seen.form in _SAYS and seen.reading is not None]
    forms = {seen.form for seen in said}
    readings = [seen.reading for seen in said if seen.reading is not None]
    addresses = tuple(sorted({address for reading in readings for address in reading.addresses}))
    form = next((one for one in (Form.ADDRESS, Form.RECORDS) if one in forms), said[0].form if said else None)
    resolver = testimony.registered.resolver(cells[0].place.resolver)
    if operator == own:
        why: Why | None = Why.OWN
    elif resolver.kind is Kind.ISP:
        why = Why.PROVIDER
    elif operator in testimony.bound:
        why = Why.BOUND
    else:
        why = _unheard(cells) if not said else _unfit(testimony, said, forms, operator)
    return Witness(resolver.operator, form, addresses, why)


def _unheard(cells: Sequence[Seen]) -> Why:
    return Why.SILENT if any(seen.verified for seen in cells) else Why.NOT_VERIFIED


def _unfit(testimony: Testimony, said: Sequence[Seen], forms: set[Form], operator: str) -> Why | None:
    if any(shows_block(seen) for seen in said):
        return Why.PAGE
    if any(seen in testimony.unfit for seen in said):
        return Why.AILS
    if any(seen.form not in _GIVES and states_fault(seen) for seen in said):
        return Why.FAULT
    if forms & _GIVES and len(forms) > 1:
        return Why.CONTRADICTS_ITSELF
    return Why.UNDER_TEST if not forms & _GIVES and operator in testimony.heard.under_test else None
