// When, by the time-stamping authorities alone (sp-007): the log's lines, the rounds, and the days that samples count for.

import { transportOf, VERIFIABLE } from "./cells.js";
import { instant, microseconds, romeDay } from "./instant.js";

// So long after a close was in the log it may still be said there that its records are not what it says.
export const TOLD_WITHIN_US = 86400n * 1000000n;
const ANY_WORD = ["mixed", "insufficient"];

/** How many of the ascending *values* are below *limit* (or not above it, with *inclusive*). */
function below(values, limit, inclusive = false) {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle] < limit || (inclusive && values[middle] === limit)) low = middle + 1;
    else high = middle;
  }
  return low;
}

function ranked(values) {
  return [...values].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

/** A stamp: `size`, `authority`, `token`, `entry` (its index, or null for those over the head), `notBefore`, `notAfter`. */
export function stampOf(size, authority, token, at, accuracyUs, entry) {
  const accuracy = BigInt(accuracyUs);
  return { size, authority, token, entry, notBefore: at - accuracy, notAfter: at + accuracy };
}

/** What the stamps of a log show; *needed* authorities must agree. Stamps with an entry come in the log's order. */
export class Stamps {
  constructor(stamps, needed) {
    this.tokens = new Map();
    this.indexes = [];
    this.newest = [];
    const atSize = new Map();
    const newest = new Map();
    for (const one of stamps) {
      const known = atSize.get(one.size) ?? new Map();
      atSize.set(one.size, known);
      if (!known.has(one.authority) || one.notAfter < known.get(one.authority)) known.set(one.authority, one.notAfter);
      if (one.entry === null) continue;
      if (!this.tokens.has(one.token)) this.tokens.set(one.token, one.notBefore);
      if (!newest.has(one.authority) || one.notBefore > newest.get(one.authority)) newest.set(one.authority, one.notBefore);
      this.indexes.push(one.entry);
      this.newest.push(newest.size >= needed ? ranked(newest.values()).at(-needed) : null);
    }
    this.sizes = [...atSize].filter(([, known]) => known.size >= needed).map(([size]) => size).sort((a, b) => a - b);
    this.oldest = this.sizes.map((size) => ranked(atSize.get(size).values())[needed - 1]);
  }

  latest(size) {
    const place = below(this.indexes, size);
    return place ? this.newest[place - 1] : null;
  }

  earliest(index) {
    return this.oldest[below(this.sizes, index, true)] ?? null;
  }

  token(digest) {
    return this.tokens.get(digest) ?? null;
  }
}

/** By probe and chain, where the collector's log has heads of its log. */
export class Heads {
  constructor(entries) {
    this.chains = new Map();
    entries.forEach((entry, index) => {
      if (entry.kind !== "probe_checkpoint") return;
      const key = JSON.stringify([entry.probe, entry.chain]);
      if (!this.chains.has(key)) this.chains.set(key, { sizes: [], indexes: [] });
      const { sizes, indexes } = this.chains.get(key);
      sizes.push(entry.size);
      indexes.push(index);
    });
  }

  /** The first entry with a head of this chain that has line *leaf* beneath it, or null. */
  covered(probe, chain, leaf) {
    const known = this.chains.get(JSON.stringify([probe, chain]));
    return known?.indexes[below(known.sizes, leaf, true)] ?? null;
  }
}

/** The size that the last `seen` line before *leaf* names; *seen* is `{places, sizes}` of that chain. */
function seenBefore(seen, leaf) {
  const place = below(seen.places, leaf);
  return place ? seen.sizes[place - 1] : null;
}

/** Between which times the close at *leaf* of a chain was written, in microseconds or null. */
export function roundTimes(stamps, plan, index, seen, leaf) {
  const size = seenBefore(seen, leaf);
  const lower = [plan.after ? stamps.token(plan.after) : null, size === null ? null : stamps.latest(size)];
  const known = lower.filter((one) => one !== null);
  return {
    notBefore: known.length ? ranked(known).at(-1) : null,
    notAfter: index === null ? null : stamps.earliest(index),
  };
}

export function timesLine(number, probe, { notBefore, notAfter }) {
  const text = (us) => (us === null ? null : instant(us));
  return JSON.stringify({ number, probe, not_before: text(notBefore), not_after: text(notAfter) });
}

/** The one day in which a round lies whole, or null; an authority that is ahead can make it end before it begins. */
export function dayOf({ notBefore, notAfter }) {
  if (notBefore === null || notAfter === null || notBefore > notAfter) return null;
  const day = romeDay(notBefore);
  return day === romeDay(notAfter) ? day : null;
}

export function isLate(stamps, plan, index) {
  const shown = stamps.earliest(index);
  return shown === null || shown > microseconds(plan.starts_at);
}

/** Whether an access provider's resolver is judged by vantages on its own network. */
function onNet(vantages, resolver) {
  return resolver.kind === "isp" && vantages.some((one) => resolver.asns.includes(one.asn));
}

/** The vantages that bear on the question (sp-007 §4). */
function bearing(vantages, resolver, { territory, indicative }) {
  if (resolver.on_net_only || onNet(vantages, resolver)) return vantages.filter((one) => resolver.asns.includes(one.asn));
  return vantages.filter((one) => !territory || one.country === territory || (indicative && !one.country));
}

function floorOf(heard, resolver, policy) {
  if (policy.indicative) return 1;
  return resolver.on_net_only || onNet(heard, resolver) ? policy.floor_on_net : policy.floor_networks;
}

/** Whether a verdict counts for its own outcome: what came from the path says nothing of the resolver. */
function decides({ outcome, origin, notes }, resolver) {
  if (outcome === "failing") return true;
  if (outcome === "insufficient" || notes.includes("transports_differ")) return false;
  if (outcome === "dead" || origin === "resolver") return true;
  return origin === "unattributed" && !resolver.endpoints.some((one) => VERIFIABLE.includes(transportOf(one)));
}

/** `timed` and `day` of a row of the timeline, from the plan's verdicts on its resolver and name and its rounds' days. */
export function counted(row, plan, policy, late, verdicts, days) {
  const day = romeDay(microseconds(plan.starts_at));
  const resolver = policy.resolvers.find((one) => one.id === row.resolver);
  const heard = bearing(plan.vantages, resolver, policy);
  const networks = new Map(heard.map((vantage) => [vantage.id, vantage.asn]));
  const supporting = new Set(
    verdicts
      .filter((one) => networks.has(one.probe) && days.get(one.probe) === day)
      .filter((one) => ANY_WORD.includes(row.state) || (one.outcome === row.state && decides(one, resolver)))
      .map((one) => networks.get(one.probe)),
  );
  const counts = !late && !policy.sweep && supporting.size >= Math.max(1, floorOf(heard, resolver, policy));
  return { timed: supporting.size, day: counts ? day : null };
}
