// Verifies a bundle: the numbered steps in their order, and what that comes to (sp-008 §6).

import { base64, unbase64 } from "./bytes.js";
import { ed25519 } from "./ed25519.js";
import * as files from "./files.js";
import { readTrust } from "./formats.js";
import * as history from "./history.js";
import { Period } from "./period.js";
import * as plans from "./plans.js";
import * as probes from "./probes.js";
import { Refused, refuse } from "./refused.js";
import * as stamps from "./stamps.js";
import { STEPS } from "./steps.js";
import { Archive } from "./zip.js";

const TAKEN = {
  "1.1": files.checksums, "1.2": files.sums, "1.3": files.manifest, "1.4": files.signature,
  "2.1": history.checkpoints, "2.2": history.roots, "2.3": history.entries, "2.4": history.cosignatures,
  "3.1": stamps.presence, "3.2": stamps.tokens, "3.3": stamps.sequence, "3.4": stamps.head,
  "4.1": plans.presence, "4.2": plans.authenticity, "4.3": plans.contents, "4.4": plans.order,
  "5.1": probes.presence, "5.2": probes.heads, "5.3": probes.lines, "5.4": probes.closes,
};

/** What a verification has found so far; each step reads what those before it have checked, and adds to it. */
class State {
  constructor(trust, subtle, tick) {
    Object.assign(this, { trust, subtle, tick, verify: ed25519(subtle), needed: Math.max(1, trust.needs.authorities) });
    Object.assign(this, { bundle: null, order: null, key: null, witnesses: [] });
    Object.assign(this, { entries: [], stamps: [], plans: [], absences: [], days: [], counts: {} });
    Object.assign(this, { digests: new Map(), notes: new Map(), probeKeys: new Map(), enrolments: new Map() });
    Object.assign(this, { chains: new Map(), closes: new Map(), uncounted: new Map() });
  }

  count(what, number = 1) {
    this.counts[what] = (this.counts[what] ?? 0) + number;
  }

  /** *error* with the place it speaks of; what is no refusal stays as it is. */
  about(error, place) {
    return error instanceof Refused ? new Refused(`${place}: ${error.message}`) : error;
  }
}

/** The trust file in *bytes*; Refused, where it is none of a version that is known, or one party stands in it for two. */
export function openTrust(bytes) {
  const trust = readTrust(bytes);
  if (trust.v !== 1) refuse(`trust file: version ${trust.v} is not known here`);
  const { authorities, witnesses, needs } = trust;
  const once = {
    "the name of an authority": authorities.map((one) => one.name),
    "the certificate of an authority": authorities.map((one) => base64(unbase64(one.certificate))),
    "the name of a witness": witnesses.map((one) => one.name),
    "the key of a witness": witnesses.map((one) => one.key),
  };
  for (const [what, all] of Object.entries(once)) {
    if (new Set(all).size < all.length) refuse(`trust file: ${what} stands twice`);
  }
  if (needs.authorities < 0 || needs.cosignatures < 0) refuse("trust file: less than none is needed");
  return trust;
}

/**
 * Verify the bundle in *source* (`{size, read(start, end)}`) for a reader who trusts *trust* (`openTrust`).
 *
 * *progress(id, result)* is told each step as soon as it is known, *tick(done, all)* how far the long ones are. What comes
 * back: `result`, `step` and `detail` of the first step that did not hold, and `state` for whoever tells people about it.
 */
export async function verify(source, trust, { subtle, progress = () => {}, tick = () => {} }) {
  const state = new State(trust, subtle, (done) => tick(done, source.size));
  let refused = null;
  for (const step of STEPS.filter((one) => one.id in TAKEN)) {
    try {
      state.archive ??= await Archive.open(source);
      await TAKEN[step.id](state);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      refused = { step: step.id, detail: error.message };
    }
    progress(step.id, refused ? step.fault : "valid");
    if (refused) break;
  }
  if (!refused) refused = await walk(state, progress, tick);
  const fault = STEPS.find((one) => one.id === refused?.step)?.fault;
  return { result: fault ?? "valid", step: refused?.step ?? null, detail: refused?.detail ?? "", state };
}

async function walk(state, progress, tick) {
  const period = new Period(state);
  await period.walk(tick);
  for (const step of STEPS.filter((one) => one.page && !(one.id in TAKEN))) {
    const here = period.lowest?.step === step.id;
    progress(step.id, here ? step.fault : "valid");
    if (here) break;
  }
  return period.lowest;
}
