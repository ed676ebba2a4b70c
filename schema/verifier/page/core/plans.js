// Steps 4.1 to 4.4: the plans of the period, what they name, and the order for whose sake they asked.

import { unbase64 } from "./bytes.js";
import { expand } from "./cells.js";
import { readOrder, readPlan, readPolicy } from "./formats.js";
import { microseconds, romeDay } from "./instant.js";
import { pae } from "./note.js";
import { refuse } from "./refused.js";
import { byText } from "./shape.js";

const PLAN = "application/vnd.ottempera.plan+json";
const MAX_PLAN_BYTES = 4 * 2 ** 20;
const MAX_QUESTIONS_BYTES = 256 * 2 ** 20;

function planName(number) {
  return `plans/${String(number).padStart(10, "0")}.json`;
}

/** An operator's name as it is compared. */
function slug(operator) {
  return operator.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "");
}

// 4.1 Each plan of the period is in the bundle, and there is one.
export async function presence(state) {
  const { first_day: first, last_day: last } = state.bundle.query;
  state.entries.forEach((entry, index) => {
    if (entry.kind !== "plan") return;
    const day = romeDay(microseconds(entry.starts_at));
    if (day < first || day > last) return;
    if (!state.archive.has(planName(entry.number))) refuse(`${planName(entry.number)} is not in the bundle`);
    state.plans.push({ id: entry.plan, index, entry });
  });
  if (!state.plans.length) refuse("the log holds no plan of the period");
}

// 4.2 Each plan is the one in the log, signed by the log's key; its vantages are as they were enrolled before it.
export async function authenticity(state) {
  const wanted = new Set();
  for (const one of state.plans) {
    const { entry } = one;
    const name = planName(entry.number);
    wanted.add(name);
    const payload = await state.archive.read(name, MAX_PLAN_BYTES);
    if (state.digests.get(name) !== entry.plan) refuse(`${name} is not the plan in the log`);
    if (!(await state.verify(state.key, pae(PLAN, payload), unbase64(entry.signature)))) refuse(`the signature of ${name} does not hold`);
    one.plan = readPlan(payload);
    const starts = microseconds(one.plan.starts_at);
    if (one.plan.v !== 1 || one.plan.number !== entry.number || starts !== microseconds(entry.starts_at)) {
      refuse(`${name} has another version, number or start than its line in the log`);
    }
    checkVantages(state, one);
  }
  const extra = state.archive.named("plans").find((name) => !wanted.has(name));
  if (extra) refuse(`${extra} is not of the period, or not in the log`);
  state.count("plans", state.plans.length);
}

/** A vantage that a plan moved to another network would have a voice there too. */
function checkVantages(state, { plan, index }) {
  const seen = new Set();
  for (const vantage of plan.vantages) {
    const enrolled = state.enrolments.get(vantage.id);
    if (!enrolled || enrolled.index >= index || seen.has(vantage.id)) {
      refuse(`plan ${plan.number} names ${vantage.id}, which was not enrolled before, or stands twice`);
    }
    const { asn, country, operator } = enrolled.entry;
    if (vantage.asn !== asn || vantage.country !== country || vantage.operator !== operator) {
      refuse(`plan ${plan.number} names ${vantage.id} in another place than it was enrolled for`);
    }
    seen.add(vantage.id);
  }
}

// 4.3 The questions and the policy are those that the plan names; both are in the log, and no others are there.
export async function contents(state) {
  const kept = new Set();
  for (const { kind, digest } of state.entries) {
    if (kind === "questions") kept.add(`questions/${digest}.json`);
    if (kind === "policy") kept.add(`policies/${digest}.json`);
  }
  const policies = new Map();
  const sets = new Map();
  const pairs = new Map();
  for (const one of state.plans) {
    const [policy, questions] = [`policies/${one.plan.policy}.json`, `questions/${one.plan.questions}.json`];
    for (const [name, digest] of [[policy, one.plan.policy], [questions, one.plan.questions]]) {
      if (!kept.has(name) || state.digests.get(name) !== digest) {
        refuse(`${name} is not in the bundle, not what its name says, or not in the log`);
      }
    }
    if (!policies.has(policy)) policies.set(policy, await readKnownPolicy(state, policy));
    if (!sets.has(questions)) sets.set(questions, expand(await state.archive.read(questions, MAX_QUESTIONS_BYTES)));
    one.policy = policies.get(policy);
    one.cells = sets.get(questions);
    const both = `${policy} ${questions}`;
    if (!pairs.has(both)) pairs.set(both, pairsOf(state.bundle.query, one));
    one.pairs = pairs.get(both);
  }
  const extra = [...state.archive.named("policies"), ...state.archive.named("questions")]
    .find((name) => !policies.has(name) && !sets.has(name));
  if (extra) refuse(`${extra} is named by no plan of the period`);
}

async function readKnownPolicy(state, name) {
  const policy = readPolicy(await state.archive.read(name));
  if (policy.v !== 1) refuse(`policy: version ${policy.v} is not known here`);
  if (Math.min(policy.floor_networks, policy.floor_on_net, policy.lone_dissent_from) < 1) {
    refuse("policy: a floor, or the share that may dissent, is below one");
  }
  const { resolvers } = policy;
  return new Set(resolvers.map((one) => one.id)).size === resolvers.length ? policy : refuse("policy: a resolver stands twice");
}

/** The query's resolvers and names that a plan asks about as target, sorted: `[resolver, name]`. */
function pairsOf(query, { policy, cells }) {
  const theirs = new Set(
    policy.resolvers.filter((one) => query.operators.includes(slug(one.operator))).map((one) => one.id),
  );
  const names = new Set(query.names);
  const found = new Map();
  for (const { role, resolver, name } of cells) {
    if (role === "target" && names.has(name) && theirs.has(resolver)) found.set(JSON.stringify([resolver, name]), [resolver, name]);
  }
  return [...found.values()].sort(byPair);
}

export function byPair(left, right) {
  return byText(left[0], right[0]) || byText(left[1], right[1]);
}

// 4.4 The order is in the log, and every name and addressee asked for is asked about in some plan of the period.
export async function order(state) {
  const { query } = state.bundle;
  const name = `orders/${query.order}.${query.version}.json`;
  const entered = state.entries.find(
    (one) => one.kind === "order" && one.order === query.order && one.version === query.version,
  );
  if (!entered || state.digests.get(name) !== entered.digest) refuse(`${name} is not in the bundle, or not what the log says`);
  if (state.archive.named("orders").length !== 1) refuse("the bundle holds another order than the one asked about");
  state.order = readOrder(await state.archive.read(name));
  const scope = new Set(state.order.scope.flatMap((one) => [one.name, ...one.attached.map((attached) => attached.name)]));
  const stray = query.names.find((one) => !scope.has(one)) ?? query.operators.find((one) => !state.order.addressees.includes(one));
  if (stray !== undefined) refuse(`${stray} is none of the order's names and addressees`);
  const asked = new Set();
  for (const { policy, pairs } of new Map(state.plans.map((one) => [one.pairs, one])).values()) {
    const operators = new Map(policy.resolvers.map((one) => [one.id, slug(one.operator)]));
    for (const [resolver, about] of pairs) asked.add(JSON.stringify([operators.get(resolver), about]));
  }
  for (const operator of query.operators) {
    for (const about of query.names) {
      if (!asked.has(JSON.stringify([operator, about]))) refuse(`no plan of the period asks ${operator} about ${about}`);
    }
  }
}
