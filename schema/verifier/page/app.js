// The page: takes two files, runs the steps, shows what they came to. What is shown follows from `now` alone.

import { hex } from "./core/bytes.js";
import { Refused } from "./core/refused.js";
import { sha256 } from "./core/sha256.js";
import { openTrust, verify } from "./core/verify.js";
import { element, typing } from "./dom.js";
import { kindOf, listen, sorted } from "./intake.js";
import { absencesView, daysView } from "./outcome.js";
import { resultView } from "./result.js";
import { Abandoned, Unreadable, bytesOf, sourceOf } from "./source.js";
import { stepsView } from "./steps.js";
import { summaryView } from "./summary.js";
import { LANGUAGES, say } from "./texts.js";
import { clock, size } from "./words.js";

const MAX_TRUST_BYTES = 16 * 2 ** 20;
const LIMITS = ["limit1", "limit2", "limit3", "limit4", "limit5", "limit6"];

const now = {
  language: LANGUAGES.find((one) => navigator.language?.toLowerCase().startsWith(one)) ?? "en",
  files: { bundle: null, trust: null },
  told: null, // [key of a text, its values, what it says to an expert]
  run: 0, // which check is under way; an older one is abandoned
  working: null, // {step, done}: how far it is
  results: new Map(),
  found: null,
};

const at = (id) => document.getElementById(id);
const text = (key, values) => say(now.language, key, values);

function fill(id, children, shown = true) {
  at(id).replaceChildren(...children);
  at(id).hidden = !shown;
}

function draw() {
  const { language, found } = now;
  document.documentElement.lang = language;
  document.title = `${text("title")} · Ottempera`;
  for (const one of document.querySelectorAll("[data-text]")) one.textContent = text(one.dataset.text);
  for (const one of document.querySelectorAll("[data-label]")) one.setAttribute("aria-label", text(one.dataset.label));
  for (const one of document.querySelectorAll("[data-language]")) one.setAttribute("aria-pressed", String(one.dataset.language === language));
  for (const kind of ["bundle", "trust"]) drawChosen(kind);
  const [key, values, detail] = now.told ?? [];
  at("told").replaceChildren(...(key ? [element("p", {}, text(key, values)), detail ? element("p", { class: "note" }, text("expert"), " ", element("code", { lang: "en" }, detail)) : ""] : []));
  const held = found?.result === "valid" || found?.result === "absences";
  at("result").className = found?.result ?? "";
  fill("result", found ? resultView(language, found) : [], Boolean(found));
  const summary = found ? summaryView(language, found, now.results.get("1.4") === "valid") : [];
  fill("summary", summary, summary.length > 0);
  fill("days", held ? daysView(language, found) : [], held);
  fill("absences", held ? absencesView(language, found) : [], held);
  fill("limits", [element("h2", { id: "limits-title" }, text("limitsTitle")), element("ul", {}, LIMITS.map((one) => element("li", {}, typing(text(one)))))]);
  drawSteps();
  drawWork();
}

function drawChosen(kind) {
  const file = now.files[kind];
  const other = now.files[kind === "bundle" ? "trust" : "bundle"];
  document.querySelector(`[data-zone="${kind}"]`).classList.toggle("filled", Boolean(file));
  const waits = other ? text(kind === "bundle" ? "waitsForBundle" : "waitsForTrust") : "";
  at(`${kind}-chosen`).textContent = file ? text("chosen", { name: file.name, size: size(now.language, file.size) }) : waits;
}

function drawSteps() {
  const { results, found, working, language } = now;
  fill("steps", stepsView(language, { results, ended: Boolean(found) }).filter(Boolean));
  if (working) document.querySelector(`[data-step="${working.step}"]`)?.classList.add("current");
}

function drawWork() {
  at("work").hidden = !now.working;
  if (!now.working) return;
  const said = text("working", { step: now.working.step });
  if (at("work-text").textContent !== said) at("work-text").textContent = said;
  at("work-bar").value = now.working.done;
}

async function take(files, zone) {
  const mine = begin();
  try {
    const chosen = await sorted(files, zone);
    if (typeof chosen === "string") return stop([chosen, {}]);
    Object.assign(now.files, chosen);
  } catch (error) {
    return failed(error, mine);
  }
  return check();
}

/** The number of what begins now; whatever was under way is abandoned. */
function begin() {
  now.run += 1;
  return now.run;
}

function stop(told) {
  Object.assign(now, { told, working: null, found: null, results: new Map() });
  draw();
}

function failed(error, mine) {
  if (error instanceof Abandoned || mine !== now.run) return;
  stop(error instanceof Unreadable ? ["unreadable", {}] : ["broken", {}, String(error?.stack ?? error)]);
}

/** The trust file with its digest; null where it is none, which is then told. */
async function trusted(file) {
  try {
    const bytes = await bytesOf(file, 0, Math.min(file.size, MAX_TRUST_BYTES));
    return { trust: openTrust(bytes), digest: hex(sha256(bytes)) };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    if (now.files.trust !== file) return null;
    now.files.trust = null;
    stop(["noTrust", { name: file.name }, error.message]);
    return null;
  }
}

async function check() {
  const mine = begin();
  stop(null);
  try {
    const reader = now.files.trust && (await trusted(now.files.trust));
    if (now.files.bundle && reader && mine === now.run) await run(mine, now.files.bundle, now.files.trust, reader);
  } catch (error) {
    failed(error, mine);
  }
}

async function run(mine, bundle, trustFile, { trust, digest }) {
  const { subtle } = globalThis.crypto ?? {};
  if (!subtle) return stop(["noCrypto", {}]);
  now.working = { step: "1.1", done: 0 };
  draw();
  const isZip = (await kindOf(bundle)) === "bundle";
  const found = await verify(sourceOf(bundle, () => mine === now.run), trust, { subtle, progress, tick });
  if (mine !== now.run) return;
  const files = { bundle: { name: bundle.name, bytes: bundle.size }, trust: { name: trustFile.name, bytes: trustFile.size, digest } };
  Object.assign(now, { found: { ...found, files, isZip, at: clock() }, working: null });
  draw();
  at("headline").focus();

  function progress(id, result) {
    if (mine !== now.run) return;
    now.results.set(id, result);
    now.working = { step: next(id), done: 0 };
    drawSteps();
    drawWork();
  }

  function tick(done, all) {
    if (mine !== now.run) return;
    now.working.done = all ? done / all : 0;
    drawWork();
  }
}

/** The step after *id* in the list that is on the page. */
function next(id) {
  const ids = [...document.querySelectorAll("[data-step]")].map((one) => one.dataset.step);
  return ids[ids.indexOf(id) + 1] ?? id;
}

for (const button of document.querySelectorAll("[data-language]")) {
  button.addEventListener("click", () => {
    now.language = button.dataset.language;
    draw();
  });
}
listen(take);
draw();
at("page").hidden = false;
