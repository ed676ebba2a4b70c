// The tables of the outcome: the days of each resolver and name, and who was absent.

import { microseconds } from "./core/instant.js";
import { element, foreign, table } from "./dom.js";
import { columns } from "./summary.js";
import { say } from "./texts.js";
import { shortTime, typed, whole } from "./words.js";

const STATES = ["blocked", "open", "mixed", "dead", "failing", "insufficient", "untimed"];
const WHY = { disputed: "whyDisputed", unfulfilled: "whyUnfulfilled" };
const SHOWN_ABSENCES = 500; // enough to see whose and when; the command lists them too

/** One table for each resolver and name, as the days follow from the timeline (7.3). */
export function daysView(language, { state }) {
  const operators = new Map(state.plans.flatMap((one) => one.policy.resolvers.map((resolver) => [resolver.id, resolver.operator])));
  const pairs = new Map();
  for (const row of state.days) {
    const key = JSON.stringify([row.resolver, row.name]);
    if (!pairs.has(key)) pairs.set(key, []);
    pairs.get(key).push(row);
  }
  const heads = [[say(language, "day"), false], [say(language, "planned_count"), true], ...STATES.map((one) => [say(language, one), true])];
  return [
    element("h2", {}, say(language, "daysTitle")),
    element("p", { class: "quiet" }, say(language, "daysExplained")),
    element("p", { class: "quiet" }, say(language, "stateWords")),
    ...[...pairs.values()].map((rows) => {
      const { resolver, name } = rows[0];
      const asked = say(language, "resolverOf", { operator: operators.get(resolver), resolver });
      const caption = foreign(say(language, "dayCaption", { name: typed(name), resolver: asked }));
      const total = ["planned", ...STATES].map((one) => rows.reduce((sum, row) => sum + row[one], 0));
      const lines = rows.map((row) => [row.day, row.planned, ...STATES.map((one) => row[one])]);
      return table(caption, heads, lines, rows.length > 1 ? [say(language, "all"), ...total] : null);
    }),
  ];
}

export function absencesView(language, { state }) {
  const { absences } = state;
  const title = element("h2", {}, say(language, "absencesTitle"));
  if (!absences.length) return [title, element("p", {}, say(language, "absencesNone"))];
  const left = absences.length - SHOWN_ABSENCES;
  const rows = absences.slice(0, SHOWN_ABSENCES).map(({ number, at, probe, why }) => [
    String(number), shortTime(microseconds(at)), foreign(probe), say(language, WHY[why] ?? "whyAbsent"),
  ]);
  return [
    title,
    element("p", {}, say(language, "absencesExplained")),
    table(say(language, "absencesCaption"), columns(language, ["round", "plannedFor", "probe", "why"], []), rows),
    left > 0 ? element("p", {}, say(language, "more", { count: whole(language, left) })) : null,
  ].filter(Boolean);
}
