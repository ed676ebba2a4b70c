"""What a cell that decides nothing might yet come to: taking evidence away must not turn a verdict round."""

from __future__ import annotations

from typing import TYPE_CHECKING

from collector.judge.seen import STATEMENTS, Form, states_fault
from collector.judge.standing import Health
from schema.words import Outcome

if TYPE_CHECKING:
    from collector.judge.case import Case


def leanings(case: Case) -> frozenset[Outcome]:
    """What *case*, which decides nothing here, could come to if other records were left out.

    Taking evidence away must not turn a verdict round: a decision needs that nothing beside it leans the other way.
    """
    found: set[Outcome] = set()
    if case.form is Form.ADDRESS:
        if case.addresses & case.controls.given and not case.nobodys:
            found.add(Outcome.OPEN)
        if case.vouched or (case.network_decides and case.near):
            found.add(Outcome.OPEN)
        if (
            case.doubtful
            or case.addresses & (case.standing.good | case.standing.invented)
            or case.nobodys
            or any(one.page for one in case.matches)
            or case.addresses <= case.perhaps_shared
        ):
            found.add(Outcome.BLOCKED)
        return _or_dead(case, found)
    if states_fault(case.seen):
        return frozenset()
    denied = case.form in {Form.NXDOMAIN, Form.NODATA, Form.ALIAS}
    stated = case.form in {Form.REFUSED, Form.SERVFAIL} and bool(case.codes & STATEMENTS)
    if (
        case.form is Form.ALIAS
        or ((denied or stated) and (case.standing.ails or case.marked_as_ever))
        or (denied and case.explained)
        or (case.again.could_count and case.standing.health in {Health.OK, Health.LIES})
        or (case.known_refusal and (case.explained or case.standing.health is Health.LIES))
    ):
        found.add(Outcome.BLOCKED)
    return _or_dead(case, found)


def _or_dead(case: Case, found: set[Outcome]) -> frozenset[Outcome]:
    """*found*, with dead where the name is that, and what could be a block needs no living name to be one."""
    if Outcome.BLOCKED in found and case.controls.dead and case.marked:
        found.add(Outcome.DEAD)
    return frozenset(found)
