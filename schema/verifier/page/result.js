// The outcome in one sentence, what it means, and of which files it speaks.

import { STEPS } from "./core/steps.js";
import { element, facts, foreign, typing } from "./dom.js";
import { say } from "./texts.js";
import { size, time, whole } from "./words.js";

const SIGNS = { valid: ["✓", "good"], absences: ["!", "care"], undecided: ["?", "care"], altered: ["✗", "bad"], incomplete: ["✗", "bad"] };

function key(prefix, result) {
  return prefix + result[0].toUpperCase() + result.slice(1);
}

/** *found* is what `verify` gave, with `files` (name, size, digest of the trust file), `at` and `isZip` beside it. */
export function resultView(language, found) {
  const { result, step, detail, state, files, at, isZip } = found;
  const [sign, style] = SIGNS[result];
  const held = result === "valid" || result === "absences";
  const count = whole(language, state.absences.length);
  const sentence = STEPS.find((one) => one.id === step)?.[language];
  return [
    element("h2", { id: "headline", tabindex: "-1" },
      element("span", { class: `mark ${style}`, "aria-hidden": "true" }, sign),
      element("span", {}, say(language, key("headline", result), { count }))),
    held ? null : element("p", {}, say(language, "refusedAt", { step, sentence })),
    held ? null : expert(language, detail),
    isZip ? null : element("p", {}, say(language, "noZip")),
    element("p", {}, say(language, key("means", result))),
    held ? element("p", {}, typing(say(language, "left"))) : null,
    state.trust.lab && state.bundle?.lab ? element("p", { class: "banner" }, say(language, "lab")) : null,
    facts([
      [say(language, "checkedFile"), fileOf(language, files.bundle)],
      [say(language, "checkedList"), state.digests.has("SHA256SUMS") ? element("code", {}, state.digests.get("SHA256SUMS")) : null],
      [say(language, "checkedTrust"), fileOf(language, files.trust)],
      [say(language, "checkedAt"), time(language, at)],
    ]),
    element("button", { type: "button", onclick: () => window.print() }, say(language, "print")),
  ].filter(Boolean);
}

/** What a step said, which is in English whatever the page speaks. */
function expert(language, detail) {
  return element("p", { class: "note" }, say(language, "expert"), " ", element("code", { lang: "en" }, element("bdi", {}, detail)));
}

function fileOf(language, { name, bytes, digest }) {
  const named = [foreign(name), ` (${size(language, bytes)})`];
  return digest ? element("span", {}, named, element("br"), "SHA-256 ", element("code", {}, digest)) : element("span", {}, named);
}
