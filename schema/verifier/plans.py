"""Steps 4.1 to 4.4: the plans of the period, what they name, and the order for whose sake they asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from schema.cells import expand
from schema.codec import reader
from schema.dsse import PLAN, verify
from schema.entry import OrderEntered, PlanPublished, PolicyKept, QuestionsKept
from schema.order import Order
from schema.plan import read_plan
from schema.policy import VERSION as POLICY_VERSION
from schema.policy import Policy, read_policy
from schema.timing import in_period, rome_day
from schema.verifier.case import PeriodPlan, RefusedError
from schema.words import Role

if TYPE_CHECKING:
    from schema.cells import Cell
    from schema.plan import Plan
    from schema.verifier.case import Case

_MAX_QUESTIONS_BYTES: Final = 256 * 2**20
_MAX_PLAN_BYTES: Final = 4 * 2**20
_read_order = reader(Order, "order")


def presence(case: Case) -> None:
    """4.1 Each plan of the period is in the bundle, and there is one."""
    for index, entry in enumerate(case.entries):
        if isinstance(entry, PlanPublished) and in_period(case.bundle.query, entry):
            if plan_name(entry.number) not in case.archive:
                raise RefusedError(f"{plan_name(entry.number)} is not in the bundle")
            case.published.append((index, entry))
    if not case.published:
        raise RefusedError("the log holds no plan of the period")


def authenticity(case: Case) -> None:
    """4.2 Each plan is the one in the log, signed by the log's key; its vantages were enrolled before it."""
    for index, entry in case.published:
        name = plan_name(entry.number)
        payload = case.read(name, _MAX_PLAN_BYTES)
        if case.digests[name] != entry.plan:
            raise RefusedError(f"{name} is not the plan in the log")
        verify(case.key, PLAN, payload, entry.signature)
        plan = read_plan(payload)
        if plan.number != entry.number or plan.starts_at != entry.starts_at:
            raise RefusedError(f"{name} has another number or start than its line in the log")
        _check_vantages(case, plan, index)
        rome_day(plan.starts_at)
        case.plans.append(PeriodPlan(entry.plan, index, plan, Policy(), (), ()))
    wanted = {plan_name(entry.number) for _, entry in case.published}
    if extra := set(case.named("plans")) - wanted:
        raise RefusedError(f"{min(extra)} is not of the period, or not in the log")
    case.count("plans", len(case.plans))


def contents(case: Case) -> None:
    """4.3 The questions and the policy are those that the plan names; both are in the log, and no others are there."""
    kept = {f"questions/{one.digest}.json" for one in case.entries if isinstance(one, QuestionsKept)}
    kept |= {f"policies/{one.digest}.json" for one in case.entries if isinstance(one, PolicyKept)}
    policies: dict[str, Policy] = {}
    sets: dict[str, tuple[Cell, ...]] = {}
    named = set()
    for at, one in enumerate(case.plans):
        policy, questions = f"policies/{one.plan.policy}.json", f"questions/{one.plan.questions}.json"
        for name, digest in ((policy, one.plan.policy), (questions, one.plan.questions)):
            if name not in kept or case.digests.get(name) != digest:
                raise RefusedError(f"{name} is not in the bundle, not what its name says, or not in the log")
            named.add(name)
        if policy not in policies:
            policies[policy] = _policy(case.read(policy))
        if questions not in sets:
            sets[questions] = expand(case.read(questions, _MAX_QUESTIONS_BYTES))
        case.plans[at] = one._replace(policy=policies[policy], cells=sets[questions])
    if extra := {*case.named("policies"), *case.named("questions")} - named:
        raise RefusedError(f"{min(extra)} is named by no plan of the period")
    pairs: dict[tuple[str, str], tuple[tuple[str, str], ...]] = {}
    for at, one in enumerate(case.plans):
        key = one.plan.policy, one.plan.questions
        if key not in pairs:
            pairs[key] = _pairs(case, one)
        case.plans[at] = one._replace(pairs=pairs[key])


def order(case: Case) -> None:
    """4.4 The order is in the log, and every name and addressee asked for is asked about in some plan of the period."""
    query = case.bundle.query
    name = f"orders/{query.order}.{query.version}.json"
    entered = [
        one
        for one in case.entries
        if isinstance(one, OrderEntered) and (one.order, one.version) == (query.order, query.version)
    ]
    if not entered or case.digests.get(name) != entered[0].digest:
        raise RefusedError(f"{name} is not in the bundle, or not what the log says")
    if case.named("orders") != [name]:
        raise RefusedError("the bundle holds another order than the one asked about")
    case.order = _read_order(case.read(name))
    scope = {entry.name for entry in case.order.scope}
    scope |= {attached.name for entry in case.order.scope for attached in entry.attached}
    if stray := (set(query.names) - scope) | (set(query.operators) - set(case.order.addressees)):
        raise RefusedError(f"{min(stray)} is none of the order's names and addressees")
    asked = set()
    for one in {(one.plan.policy, one.plan.questions): one for one in case.plans}.values():
        operators = {resolver.id: resolver.operator_slug for resolver in one.policy.resolvers}
        asked |= {(operators[resolver], about) for resolver, about in one.pairs}
    for operator in query.operators:
        for about in query.names:
            if (operator, about) not in asked:
                raise RefusedError(f"no plan of the period asks {operator} about {about}")


def plan_name(number: int) -> str:
    """The file of a plan."""
    return f"plans/{number:010d}.json"


def _check_vantages(case: Case, plan: Plan, index: int) -> None:
    """A vantage that a plan moved to another network would have a voice there too."""
    seen = set()
    for vantage in plan.vantages:
        at, enrolled = case.enrolments.get(vantage.id, (index, None))
        if enrolled is None or at >= index or vantage.id in seen:
            raise RefusedError(f"plan {plan.number} names {vantage.id}, which was not enrolled before, or stands twice")
        if (vantage.asn, vantage.country, vantage.operator) != (enrolled.asn, enrolled.country, enrolled.operator):
            raise RefusedError(f"plan {plan.number} names {vantage.id} in another place than it was enrolled for")
        seen.add(vantage.id)


def _policy(data: bytes) -> Policy:
    policy = read_policy(data)
    if policy.v != POLICY_VERSION:
        raise RefusedError(f"policy: version {policy.v} is not known here")
    if min(policy.floor_networks, policy.floor_on_net, policy.lone_dissent_from) < 1:
        raise RefusedError("policy: a floor, or the share that may dissent, is below one")
    if len({one.id for one in policy.resolvers}) < len(policy.resolvers):
        raise RefusedError("policy: a resolver stands twice")
    return policy


def _pairs(case: Case, one: PeriodPlan) -> tuple[tuple[str, str], ...]:
    """The query's resolvers and names that a plan asks about as target, sorted."""
    query = case.bundle.query
    theirs = {resolver.id for resolver in one.policy.resolvers if resolver.operator_slug in query.operators}
    names = set(query.names)
    return tuple(
        sorted(
            {
                (cell.resolver, cell.name)
                for cell in one.cells
                if cell.role is Role.TARGET and cell.name in names and cell.resolver in theirs
            }
        )
    )
