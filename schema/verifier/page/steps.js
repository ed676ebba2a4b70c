// The numbered steps as a list: what each asks, and what became of it.

import { STEPS } from "./core/steps.js";
import { element } from "./dom.js";
import { say } from "./texts.js";

/** How a step stands: style, sign and the key of its word. */
function standing(step, result, ended) {
  if (!step.page) return ["command", "–", "command"];
  if (result === "valid") return ["good", "✓", "holds"];
  if (result === "absences") return ["care", "!", "fails"];
  if (result === "undecided") return ["care", "?", "fails"];
  if (result) return ["bad", "✗", "fails"];
  return ["away", "·", ended ? "away" : "later"];
}

/** *results* by step; *ended* whether no more will come. */
export function stepsView(language, { results, ended }) {
  const groups = new Map();
  for (const step of STEPS) {
    const group = step.id.split(".")[0];
    if (!groups.has(group)) groups.set(group, []);
    groups.get(group).push(line(language, step, results.get(step.id), ended));
  }
  return [
    element("h2", { id: "steps-title" }, say(language, "stepsTitle")),
    ended || results.size ? null : element("p", { class: "quiet" }, say(language, "stepsEmpty")),
    [...groups].map(([group, lines]) => [
      element("h3", { id: `group-${group}` }, say(language, `group${group}`)),
      element("ol", { "aria-labelledby": `group-${group}` }, lines),
    ]),
  ].flat(2);
}

function line(language, step, result, ended) {
  const [style, sign, word] = standing(step, result, ended);
  return element("li", { class: style, "data-step": step.id, "data-standing": word },
    element("span", { class: "mark", "aria-hidden": "true" }, sign),
    element("span", { class: "number" }, step.id),
    element("span", { class: "says" }, step[language]),
    element("span", { class: "state" }, say(language, word)),
  );
}
