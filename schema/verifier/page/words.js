// Times, sizes and names as a reader of the language writes them.

const LOCALES = { en: "en-GB", it: "it-IT" };

/** Microseconds since 1970 as a time in Italy, to the second; *up* rounds up, for what is known to be no later. */
export function time(language, us, { up = false } = {}) {
  const seconds = (us + (up ? 999999n : 0n)) / 1000000n;
  const shown = new Intl.DateTimeFormat(LOCALES[language], { timeZone: "Europe/Rome", dateStyle: "long", timeStyle: "long" });
  return shown.format(new Date(Number(seconds) * 1000));
}

/** The same, short enough for a table, in a form that sorts. */
export function shortTime(us) {
  const parts = new Intl.DateTimeFormat("en-GB", {
    timeZone: "Europe/Rome", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", timeZoneName: "short",
  }).formatToParts(new Date(Number(us / 1000n)));
  const { year, month, day, hour, minute, timeZoneName } = Object.fromEntries(parts.map(({ type, value }) => [type, value]));
  return `${year}-${month}-${day} ${hour}:${minute} ${timeZoneName}`;
}

/** A day, which has no zone, in words. */
export function longDay(language, day) {
  return new Intl.DateTimeFormat(LOCALES[language], { timeZone: "UTC", dateStyle: "long" }).format(new Date(`${day}T00:00:00Z`));
}

export function whole(language, count) {
  return new Intl.NumberFormat(LOCALES[language], { useGrouping: "min2" }).format(count);
}

/** A number of bytes as people say it. */
export function size(language, bytes) {
  const [unit, of] = [["byte", 1], ["kilobyte", 1e3], ["megabyte", 1e6], ["gigabyte", 1e9]].filter(([, least]) => bytes >= least).at(-1) ?? ["byte", 1];
  const shown = { style: "unit", unit, unitDisplay: unit === "byte" ? "long" : "short", maximumFractionDigits: 1 };
  return new Intl.NumberFormat(LOCALES[language], shown).format(bytes / of);
}

/** What this computer takes for the time, in microseconds since 1970. */
export function clock() {
  return BigInt(Date.now()) * 1000n;
}

/** A name as it is typed: without the dot at its end. */
export function typed(name) {
  return name.length > 1 && name.endsWith(".") ? name.slice(0, -1) : name;
}
