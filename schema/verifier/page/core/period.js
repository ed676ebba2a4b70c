// Steps 6.1 to 9.1 in one walk over the plans of the period: no round is read twice, none is held longer than its plan.
// Here a round goes through all of its steps at once; what counts is the lowest step that anything was refused at.

import { encoded, equal } from "./bytes.js";
import { designated, placesOf } from "./cells.js";
import { readTimelineRow, readVerdict } from "./formats.js";
import { daysBetween, microseconds, romeDay } from "./instant.js";
import { byPair } from "./plans.js";
import { closeKey } from "./probes.js";
import { Refused, refuse } from "./refused.js";
import { checkCertificates, checkChosen, checkRoot, openRound, readRecords, roundName } from "./rounds.js";
import { byText } from "./shape.js";
import { STEPS } from "./steps.js";
import { counted, dayOf, isLate, roundTimes, timesLine } from "./timing.js";

const ORDER = new Map(STEPS.map((step, place) => [step.id, place]));
const STATES = ["blocked", "open", "mixed", "dead", "failing", "insufficient"];

/** The lines of a file, one after the other; a file that is missing shows when a line or its end is asked for. */
class Reader {
  constructor(state, name) {
    this.name = name;
    this.many = state.archive.has(name) ? state.archive.lines(name) : null;
    this.held = [];
    this.at = 0;
  }

  async next() {
    if (!this.many) refuse(`${this.name} is not in the bundle`);
    while (this.at === this.held.length) {
      const { value, done } = await this.many.next();
      if (done) return null;
      [this.held, this.at] = [value, 0];
    }
    this.at += 1;
    return this.held[this.at - 1];
  }

  async take(text) {
    const line = await this.next();
    if (line === null || !equal(line, encoded(text))) refuse(`${this.name} holds something else where it should hold ${text}`);
  }

  async end() {
    if ((await this.next()) !== null) refuse(`${this.name} holds more than follows`);
  }
}

export class Period {
  constructor(state) {
    this.state = state;
    this.lowest = null;
    this.names = new Set(state.bundle.query.names);
    this.kinds = new Map();
    this.named = new Map();
    this.rounds = new Set();
    this.certificates = new Set();
    this.times = new Reader(state, "derived/rounds.jsonl");
    this.verdicts = new Reader(state, "derived/verdicts.jsonl");
    this.timeline = new Reader(state, "derived/timeline.jsonl");
    this.ahead = null;
    this.days = new Map();
  }

  /** What *step* gives, or null where it does not hold or is not reached any more. */
  async #take(id, step) {
    if (this.lowest && ORDER.get(id) >= ORDER.get(this.lowest.step)) return null;
    try {
      return await step();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.lowest = { step: id, detail: error.message };
      return null;
    }
  }

  async walk(tick) {
    const { plans } = this.state;
    for (let at = 0; at < plans.length; at += 1) {
      await this.#plan(plans[at]);
      tick(at + 1, plans.length);
    }
    const held = new Set(this.state.entries.filter((one) => one.kind === "plan").map((one) => one.plan));
    const strange = [...this.state.closes.values()].filter(({ close }) => !held.has(close.plan)).length;
    // No step refuses them, or one probe could spoil every bundle; a log that leaves plans out shows here.
    if (strange) this.state.count("closes of plans that the log does not hold", strange);
    await this.#take("6.2", () => this.#noOther("rounds", this.rounds));
    await this.#take("6.5", () => this.#noOther("certificates", this.certificates));
    await this.#take("7.1", () => this.times.end());
    await this.#take("7.2", () => this.timeline.end());
    await this.#take("7.3", () => this.#countDays());
    await this.#take("9.1", () => this.#nobodyAbsent());
  }

  #noOther(folder, known) {
    const extra = this.state.archive.named(folder).find((name) => !known.has(name));
    if (extra) refuse(`${extra} is named by nothing`);
  }

  async #plan(one) {
    const times = new Map();
    for (const vantage of [...one.plan.vantages].sort((a, b) => byText(a.id, b.id))) {
      const place = await this.#round(one, vantage);
      if (place === null) continue;
      const found = await this.#take("7.1", async () => {
        const between = roundTimes(this.state.times, one.plan, place.index, place.seen, place.leaf);
        await this.times.take(timesLine(one.plan.number, vantage.id, between));
        return between;
      });
      if (found) times.set(vantage.id, found);
    }
    await this.#take("7.2", () => this.#rows(one, times));
  }

  /** Of a close's places that which was in the log first. */
  #firstPlace(probe, known) {
    const covered = (known?.places ?? [])
      .map((place) => ({ ...place, index: this.state.heads.covered(probe, place.chain, place.leaf) }))
      .filter((place) => place.index !== null);
    covered.sort((a, b) => a.index - b.index || byText(a.chain, b.chain) || a.leaf - b.leaf);
    return covered[0] ?? null;
  }

  /** Where a round that holds was closed; null if there is none, or a step refused it. */
  async #round(one, vantage) {
    const probe = vantage.id;
    const own = this.#own(one, vantage);
    const closed = this.state.closes.get(closeKey(one.id, probe));
    const place = this.#firstPlace(probe, closed);
    if (place === null) {
      const { number, starts_at: at } = one.plan;
      if (own.wanted.length) {
        const why = this.state.uncounted.get(closeKey(one.id, probe)) ?? null;
        this.state.absences.push({ number, at, probe, why });
      }
      return null;
    }
    const { close } = closed;
    this.rounds.add(roundName(one.plan.number, probe));
    const found = await this.#take("6.1", () => openRound(this.state, one, probe, place));
    const records = found && (await this.#take("6.2", () => readRecords(one, found, close, own)));
    const gaps = records && (await this.#take("6.3", () => checkChosen(found, close, own, records)));
    if (!gaps) return null;
    await this.#take("6.4", () => checkRoot(found, close, own, records, gaps));
    await this.#take("6.5", () => checkCertificates(this.state, found.name, records, this.certificates));
    this.state.count("rounds");
    this.state.count("records", records.length);
    this.state.count("gaps", gaps.size + records.filter((record) => record.gap !== null).length);
    return place;
  }

  /** Worked out once for each question set and kind of vantage: those whom no question names are of a kind. */
  #own(one, vantage) {
    const { questions } = one.plan;
    if (!this.named.has(questions)) this.named.set(questions, designated(one.cells));
    const id = this.named.get(questions).has(vantage.id) ? vantage.id : "";
    const key = JSON.stringify([questions, vantage.asn, vantage.country, id]);
    if (!this.kinds.has(key)) this.kinds.set(key, placesOf(one.cells, vantage, this.names));
    return this.kinds.get(key);
  }

  /** The shipped verdicts on a plan by resolver and name. */
  async #shipped(id) {
    const found = new Map();
    for (;;) {
      if (this.ahead === null) {
        const line = await this.verdicts.next();
        if (line === null) return found;
        this.ahead = readVerdict(line);
      }
      if (this.ahead.plan !== id) return found;
      const key = JSON.stringify([this.ahead.resolver, this.ahead.name]);
      if (!found.has(key)) found.set(key, []);
      found.get(key).push(this.ahead);
      this.ahead = null;
    }
  }

  // 7.2 Each plan, resolver and name has its row in the timeline, and the day it counts for.
  async #rows(one, times) {
    const { plan, policy, pairs } = one;
    const shipped = await this.#shipped(one.id);
    const days = new Map([...times].map(([probe, between]) => [probe, dayOf(between)]));
    const late = isLate(this.state.times, plan, one.index);
    for (const [resolver, name] of pairs) {
      const line = (await this.timeline.next()) ?? refuse(`the timeline has no row of plan ${plan.number} on ${resolver} and ${name}`);
      const row = readTimelineRow(line);
      const same =
        row.plan === one.id && row.number === plan.number && row.resolver === resolver && row.name === name &&
        microseconds(row.at) === microseconds(plan.starts_at);
      if (!same) refuse(`the timeline has another row where ${resolver} and ${name} in plan ${plan.number} belong`);
      const { timed, day } = counted(row, plan, policy, late, shipped.get(JSON.stringify([resolver, name])) ?? [], days);
      if (row.timed !== timed || row.day !== day) {
        refuse(`plan ${plan.number}, ${resolver}, ${name}: ${row.timed} networks and the day ${row.day} stand there, ${timed} and ${day} follow`);
      }
      this.#add(row);
    }
  }

  #add(row) {
    const key = JSON.stringify([row.resolver, row.name, romeDay(microseconds(row.at))]);
    const day = this.days.get(key) ?? { planned: 0, states: new Map(), first: null, last: null };
    this.days.set(key, day);
    day.planned += 1;
    if (row.day === null) return;
    day.states.set(row.state, (day.states.get(row.state) ?? 0) + 1);
    if (row.witness_digest === null) return;
    day.first ??= row.witness_digest;
    day.last = row.witness_digest;
  }

  // 7.3 The days follow from the timeline.
  async #countDays() {
    const table = new Reader(this.state, "derived/days.jsonl");
    const { first_day: first, last_day: last } = this.state.bundle.query;
    const pairs = new Map(this.state.plans.flatMap((one) => one.pairs.map((pair) => [JSON.stringify(pair), pair])));
    for (const [resolver, name] of [...pairs.values()].sort(byPair)) {
      for (const day of daysBetween(first, last)) {
        const row = this.#dayRow(resolver, name, day);
        await table.take(JSON.stringify(row));
        this.state.days.push(row);
      }
    }
    await table.end();
  }

  #dayRow(resolver, name, day) {
    const known = this.days.get(JSON.stringify([resolver, name, day]));
    const counts = Object.fromEntries(STATES.map((state) => [state, known?.states.get(state) ?? 0]));
    const timed = Object.values(counts).reduce((sum, count) => sum + count, 0);
    const planned = known?.planned ?? 0;
    return {
      resolver, name, day, planned, ...counts, untimed: planned - timed,
      first_witness: known?.first ?? null, last_witness: known?.last ?? null,
    };
  }

  // 9.1 No enrolled vantage is absent.
  #nobodyAbsent() {
    const { absences } = this.state;
    if (absences.length) refuse(`${absences.length} rounds are absent, the first is ${absences[0].probe}'s of plan ${absences[0].number}`);
  }
}
