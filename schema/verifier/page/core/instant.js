// Times as text and as whole microseconds since 1970 (BigInt), and the calendar days of Europe/Rome.

import { refuse } from "./refused.js";

const SHAPE = /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:[Zz]|([+-])(\d\d):?(\d\d))$/;
const ONE_FORM = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{6})?(?:Z|[+-]\d\d:\d\d)$/;
const DAY = /^(\d{4})-(\d\d)-(\d\d)$/;
const FIRST = microseconds("0001-01-01T00:00:00Z");
const LAST = microseconds("9999-12-31T23:59:59.999999Z");
const ROME = new Intl.DateTimeFormat("en-CA", {
  timeZone: "Europe/Rome", calendar: "gregory", numberingSystem: "latn", year: "numeric", month: "2-digit", day: "2-digit",
});

/** Milliseconds of a day's beginning in UTC, or null if the calendar does not have it. */
function midnight(year, month, day) {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  const same = date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return year >= 1 && same ? date.getTime() : null;
}

/** Microseconds since 1970 of an RFC 3339 time with its offset, or null. Digits beyond the sixth are rounded. */
function read(text) {
  const found = SHAPE.exec(text);
  if (!found) return null;
  const [hour, minute, second] = [found[4], found[5], found[6]].map(Number);
  const start = midnight(Number(found[1]), Number(found[2]), Number(found[3]));
  if (start === null || hour > 23 || minute > 59 || second > 59) return null;
  const offset = found[8] ? [Number(found[9]), Number(found[10])] : [0, 0];
  if (offset[0] > 23 || offset[1] > 59) return null;
  const east = (offset[0] * 60 + offset[1]) * (found[8] === "-" ? -1 : 1);
  const seconds = start / 1000 + hour * 3600 + (minute - east) * 60 + second;
  const fraction = (found[7] ?? "").padEnd(7, "0");
  return BigInt(seconds) * 1000000n + BigInt(fraction.slice(0, 6)) + (fraction[6] >= "5" ? 1n : 0n);
}

export function isInstant(text) {
  return typeof text === "string" && read(text) !== null;
}

/** Whether a time that is one is written as it is written again: no letters in lower case, no zeros that say nothing. */
export function isInstantInOneForm(text) {
  return ONE_FORM.test(text) && !text.includes(".000000") && !/[+-]00:00$/.test(text);
}

export function microseconds(text) {
  const found = read(text);
  return found === null ? refuse(`${text} is no time`) : found;
}

/** The text of a time in UTC. */
export function instant(us) {
  if (us < FIRST || us > LAST) refuse("a time outside the years 1 to 9999");
  const rest = ((us % 1000000n) + 1000000n) % 1000000n;
  const date = new Date(Number((us - rest) / 1000n));
  const fraction = rest ? `.${String(rest).padStart(6, "0")}` : "";
  return `${String(date.getUTCFullYear()).padStart(4, "0")}${date.toISOString().slice(-20, -5)}${fraction}Z`;
}

export function isDay(text) {
  const found = typeof text === "string" && DAY.exec(text);
  return Boolean(found) && midnight(Number(found[1]), Number(found[2]), Number(found[3])) !== null;
}

/** The calendar day in Europe/Rome, `YYYY-MM-DD`. */
export function romeDay(us) {
  if (us < FIRST || us > LAST) refuse("a time without a day");
  const down = us >= 0n ? us / 1000n : -((-us + 999n) / 1000n);
  const parts = Object.fromEntries(ROME.formatToParts(new Date(Number(down))).map(({ type, value }) => [type, value]));
  return `${parts.year.padStart(4, "0")}-${parts.month}-${parts.day}`;
}

/** Every day from *first* to *last*, both included. */
export function* daysBetween(first, last) {
  const end = Date.parse(`${last}T00:00:00Z`);
  for (let at = Date.parse(`${first}T00:00:00Z`); at <= end; at += 86400000) {
    yield instant(BigInt(at) * 1000n).slice(0, 10);
  }
}
