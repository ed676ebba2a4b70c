"""Bundles whose plans, questions, policy or order are wrong (steps 4.1 to 4.4)."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

from msgspec import structs

from schema.dsse import PLAN
from schema.plan import PlanVantage, read_plan
from tests.evidence.cases.case import Made, bad, case
from tests.evidence.cases.good import made
from tests.evidence.cases.logs import LONE
from tests.evidence.forge.answers import resolves
from tests.evidence.forge.authority import due, tre
from tests.evidence.forge.cast import NAME, OTHER, SECOND, few_questions, policy
from tests.evidence.forge.house import House
from tests.evidence.forge.keys import Keys
from tests.evidence.forge.stories import DAY, FIRST, MINUTE, announce, bundle, finish, founded, lean, play
from tests.evidence.forge.tamper import edit, entry_with, fields

if TYPE_CHECKING:
    from collections.abc import Callable

    from schema.plan import Plan
    from tests.evidence.forge.draft import Draft
    from tests.evidence.forge.house import Published

from tests.evidence.cases.shared import PLAN_FILE, asking, lone_house


@bad("plan-missing", "4.1", "A plan of the period is not in the bundle.")
def _no_plan(house: House, draft: Draft) -> None:
    del draft.files[PLAN_FILE]


@case("a-plan-of-two-missing", "4.1", "Of two plans of the period one was left out, with its round and its rows.")
def _one_plan() -> Made:
    house = founded(house=lone_house())
    announce(house, FIRST, FIRST + 10 * MINUTE, at=FIRST - 90 * MINUTE)
    play(house, 1)
    play(house, 2, resolves)
    finish(house)
    honest = house.plans.pop(2)
    draft = bundle(house)
    house.plans[2] = honest
    return Made(draft.pack(), house.trust())


@bad("no-plan-in-the-period", "4.1", "The question is about days on which nothing was planned.")
def _no_plans(house: House, draft: Draft) -> None:
    asking(draft, first_day=DAY + timedelta(days=9), last_day=DAY + timedelta(days=9))


@bad("period-widened", "7.3", "The question is about more days than the tables tell of.")
def _wider(house: House, draft: Draft) -> None:
    asking(draft, last_day=DAY + timedelta(days=1))


@bad("plan-of-another-period", "4.2", "A plan of the log that is not of the period.")
def _other_plan(house: House, draft: Draft) -> None:
    draft.files["plans/0000000002.json"] = draft.files[PLAN_FILE]


@bad("plan-changed", "4.2", "A plan is another than the log has.")
def _plan(house: House, draft: Draft) -> None:
    edit(draft, PLAN_FILE, fields(read_plan, window_s=600.0))


def published(name: str, step: str, why: str) -> Callable[[Callable[[House, Plan], Plan | None]], None]:
    """Enter a function that changes a plan before it is published, as a case."""

    def enter(change: Callable[[House, Plan], Plan | None]) -> None:
        class Publisher(House):
            def publish_plan(self, plan: Plan) -> Published:
                return super().publish_plan(change(self, plan) or plan)

        @case(name, step, why)
        def _() -> Made:
            return made(lean(house=Publisher(LONE, [due(), tre()])))

    return enter


@published("plan-enrols-a-stranger", "4.2", "A plan enrols a probe that was never enrolled.")
def _stranger(house: House, plan: Plan) -> Plan:
    return structs.replace(plan, vantages=(*plan.vantages, PlanVantage("xx-99", 64599, "IT", "Rete Delta")))


@published("plan-moves-a-vantage", "4.2", "A plan puts a probe on another network than its enrolment does.")
def _moved(house: House, plan: Plan) -> Plan:
    return structs.replace(plan, vantages=(structs.replace(plan.vantages[0], operator="Rete Delta", country="FR"),))


@published("questions-not-in-the-log", "4.3", "A plan names a question set that the log never had.")
def _questions(house: House, plan: Plan) -> Plan:
    kept = len(house.entries)
    digest = house.keep_questions(few_questions((NAME,)))
    house.entries = house.entries[:kept]
    _regrow(house)
    return structs.replace(plan, questions=digest)


@published("policy-not-in-the-log", "4.3", "A plan names a policy that the log never had.")
def _policy(house: House, plan: Plan) -> Plan:
    kept = len(house.entries)
    digest = house.keep_policy(policy(floor_networks=1, confirm=1))
    house.entries = house.entries[:kept]
    _regrow(house)
    return structs.replace(plan, policy=digest)


def _regrow(house: House) -> None:
    lines, house.entries = house.entries, []
    house.tree = type(house.tree)()
    for line in lines:
        house.enter_line(line)


class _Publisher(House):
    """Enters plans otherwise than they are."""

    def publish_plan(self, plan: Plan) -> Published:
        found = super().publish_plan(plan)
        line = self.change(self.entries.pop(), found.payload)
        _regrow(self)
        self.enter_line(line)
        return found

    def change(self, line: bytes, payload: bytes) -> bytes:
        """The line that is entered."""
        return line


class _ForeignKey(_Publisher):
    def change(self, line: bytes, payload: bytes) -> bytes:
        return entry_with(signature=Keys("somebody else").dsse.sign(PLAN, payload))(line)


class _OtherStart(_Publisher):
    def change(self, line: bytes, payload: bytes) -> bytes:
        return entry_with(starts_at=FIRST + MINUTE)(line)


class _OtherNumber(_Publisher):
    def change(self, line: bytes, payload: bytes) -> bytes:
        return entry_with(number=7)(line)


@case("plan-signed-by-another", "4.2", "A plan's signature is by another key than the log's.")
def _foreign() -> Made:
    return made(lean(house=_ForeignKey(LONE, [due(), tre()])))


@case("plan-entered-with-another-start", "4.2", "The log says another start than the plan.")
def _start() -> Made:
    return made(lean(house=_OtherStart(LONE, [due(), tre()])))


@case(
    "plan-entered-with-another-number",
    "4.1",
    "The log says another number than the plan: the plan of that number is not there.",
)
def _number() -> Made:
    return made(lean(house=_OtherNumber(LONE, [due(), tre()])))


@bad("questions-missing", "4.3", "The question set that the plan names is not there.")
def _no_questions(house: House, draft: Draft) -> None:
    del draft.files[draft.names("questions/")[0]]


@bad("questions-changed", "4.3", "The question set is another than its name says.")
def _other_questions(house: House, draft: Draft) -> None:
    edit(draft, draft.names("questions/")[0], lambda data: data.replace(OTHER.encode(), b"quotidiano.te."))


@bad(
    "policy-changed-afterwards",
    "4.3",
    "The policy is another than its name says: one network would be enough for nobody.",
)
def _other_policy(house: House, draft: Draft) -> None:
    edit(draft, draft.names("policies/")[0], lambda data: data.replace(b'"floor_networks":1', b'"floor_networks":3'))


@bad("policy-missing", "4.3", "The policy that the plan names is not there.")
def _no_policy(house: House, draft: Draft) -> None:
    del draft.files[draft.names("policies/")[0]]


@bad("policy-too-many", "4.3", "A policy that no plan of the period names.")
def _extra_policy(house: House, draft: Draft) -> None:
    draft.files[f"policies/{sha256(b'{}').hexdigest()}.json"] = b"{}"


@bad("order-missing", "4.4", "The order is not in the bundle.")
def _no_order(house: House, draft: Draft) -> None:
    del draft.files[draft.names("orders/")[0]]


@bad("order-changed", "4.4", "The order is another than the log has.")
def _order(house: House, draft: Draft) -> None:
    edit(draft, draft.names("orders/")[0], lambda data: data.replace(b"Tribunale di Prova", b"Tribunale di Tutto"))


@bad("order-of-another-version", "4.4", "The question names a version of the order that the log does not have.")
def _version(house: House, draft: Draft) -> None:
    draft.files["orders/ordine-di-prova.2.json"] = draft.files.pop("orders/ordine-di-prova.1.json")
    asking(draft, version=2)


@bad("operator-not-asked", "4.4", "The question names an operator of whom the plan asks nothing.")
def _operator(house: House, draft: Draft) -> None:
    asking(draft, operators=("alfa-dns", "gamma-dns", "rete-beta"))


@bad("name-not-asked", "4.4", "The question names a name of the order of which the plan asks nothing.")
def _name(house: House, draft: Draft) -> None:
    asking(draft, names=(NAME, SECOND))


@bad("name-not-of-the-order", "4.4", "The question names a name that the order does not.")
def _foreign_name(house: House, draft: Draft) -> None:
    asking(draft, names=(NAME, OTHER))
