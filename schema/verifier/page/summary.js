// Who, where and when: the order, the question, the log, the probes and their custodians, the clocks.

import { element, facts, foreign, table } from "./dom.js";
import { say } from "./texts.js";
import { longDay, time, typed, whole } from "./words.js";

const COUNTS = {
  files: "countFiles", entries: "countEntries", tokens: "countTokens", plans: "countPlans", rounds: "countRounds",
  records: "countRecords", gaps: "countGaps", "closes of plans that the log does not hold": "countStrange",
};

/** Nothing before the list of files is known to be signed (1.4): before, anybody could have written it. */
export function summaryView(language, { result, state }, isSigned) {
  if (!isSigned) return [];
  const held = result === "valid" || result === "absences";
  return [
    element("h2", {}, say(language, "summaryTitle")),
    held ? null : element("p", { class: "banner" }, say(language, "summaryDoubt")),
    facts(question(language, state, held)),
    ...(held ? [probes(language, state), clocks(language, state)] : []),
  ].flat().filter(Boolean);
}

function question(language, { bundle, order, times, counts }, held) {
  const { query } = bundle;
  const about = { order: query.order, version: query.version };
  const counted = Object.entries(COUNTS).filter(([what]) => counts[what] !== undefined)
    .map(([what, key]) => say(language, key, { count: whole(language, counts[what]) }));
  const who = order && say(language, "issued", { authority: order.authority, date: longDay(language, order.issued_on) });
  return [
    [say(language, "order"), [
      ...(order ? [element("strong", {}, foreign(order.title)), foreign(who)] : []), foreign(say(language, "orderAs", about)),
    ]],
    [say(language, "operators"), foreign(query.operators.join(", "))],
    [say(language, "names"), query.names.map((name) => foreign(typed(name)))],
    [say(language, "period"), say(language, "periodFrom", { first: longDay(language, query.first_day), last: longDay(language, query.last_day) })],
    [say(language, "log"), foreign(say(language, "logAt", { origin: bundle.origin, size: whole(language, bundle.size) }))],
    [say(language, "stamped"), held ? time(language, times.earliest(bundle.size - 1), { up: true }) : null],
    [say(language, "program"), foreign(say(language, "signedBy", { program: bundle.program, key: bundle.key }))],
    [say(language, "counted"), held ? counted.join(", ") : null],
  ];
}

/** Every vantage of the period's plans, by its line of enrolment. */
function probes(language, { plans, enrolments, absences }) {
  const planned = tally(plans.flatMap((one) => one.plan.vantages.map((vantage) => vantage.id)));
  const absent = tally(absences.map((one) => one.probe));
  const rows = [...planned.keys()].sort().map((id) => {
    const { custodian, asn, operator, country } = enrolments.get(id).entry;
    return [
      foreign(id), custodian ? foreign(custodian) : say(language, "nobody"), foreign(say(language, "networkOf", { asn, operator }).trim()),
      foreign(country), planned.get(id), absent.get(id) ?? 0,
    ];
  });
  return table(say(language, "probesTitle"), columns(language, ["probe", "custodian", "network", "country"], ["planned", "absentRounds"]), rows);
}

/** Whose stamps there are; those that the reader's file does not name are said to count for nothing. */
function clocks(language, { entries, stamps, trust, witnesses }) {
  const all = [...entries.filter((one) => one.kind === "stamp"), ...stamps.filter((one) => one.entry === null)];
  const made = tally(all.map((one) => one.authority));
  const known = new Map(trust.authorities.map((one) => [one.name, one.qualified ? "qualified" : "unqualified"]));
  const rows = [...new Set([...known.keys(), ...made.keys()])].sort()
    .map((name) => [foreign(name), say(language, known.get(name) ?? "untrusted"), made.get(name) ?? 0]);
  const who = witnesses.length ? witnesses.map(foreign) : say(language, "noWitness");
  return [
    table(say(language, "clocksTitle"), columns(language, ["authority", "standing"], ["tokens"]), rows),
    facts([[say(language, "witnesses"), who]]),
  ];
}

function tally(values) {
  const found = new Map();
  for (const value of values) found.set(value, (found.get(value) ?? 0) + 1);
  return found;
}

export function columns(language, texts, numbers) {
  return [...texts.map((key) => [say(language, key), false]), ...numbers.map((key) => [say(language, key), true])];
}
