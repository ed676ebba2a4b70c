// Steps 5.1 to 5.4: the probes' own logs, under the heads that the collector's log has of them.

import { equal, hex, unbase64, unhex } from "./bytes.js";
import { keyId } from "./files.js";
import { readLogLine } from "./formats.js";
import { headCheckpoint, noteName } from "./history.js";
import { isOwn } from "./note.js";
import { refuse } from "./refused.js";
import { TOLD_WITHIN_US } from "./timing.js";
import { Tree, leafHash } from "./tree.js";

const UNFULFILLED = "round"; // `what` of an equivocation: a close that is not what came before it

function logName({ probe, chain }) {
  return `probes/${probe}/${chain}.jsonl`;
}

// 5.1 Each log of an enrolled probe is in the bundle, with all the lines of its greatest head.
export async function presence(state) {
  for (const one of state.chains.values()) {
    const name = logName(one);
    if (!state.archive.has(name)) refuse(`${name} is not in the bundle`);
    let held = 0;
    for await (const lines of state.archive.lines(name)) held += lines.length;
    const size = one.heads.at(-1).size;
    if (held < size) refuse(`${name} has ${held} lines, the greatest head in the log ${size}`);
  }
  state.count("probe logs", state.chains.size);
}

// 5.2 Each head of it is signed by the probe's key and is the root over its lines; no other log is there.
export async function heads(state) {
  const known = new Set();
  for (const one of state.chains.values()) {
    const name = logName(one);
    known.add(name);
    const tree = new Tree();
    for await (const lines of state.archive.lines(name)) for (const line of lines) tree.append(leafHash(line));
    const last = one.heads.at(-1).size;
    if (tree.size !== last) refuse(`${name} has ${tree.size} lines, the greatest head in the log ${last}`);
    for (const head of one.heads) {
      const key = state.probeKeys.get(one.probe).get(head.key);
      if (!(await isOwn(state.verify, headCheckpoint(head), key, unbase64(head.signature)))) {
        refuse(`the signature of ${one.probe} on the head of ${head.size} lines does not hold`);
      }
      if (hex(tree.root(head.size)) !== head.root) refuse(`the first ${head.size} lines of ${name} do not give the root of its head`);
    }
  }
  const extra = state.archive.named("probes").find((name) => !known.has(name));
  if (extra) refuse(`${extra} is a log of which the collector's log has no head`);
}

// 5.3 Its lines are sound; what it saw of the collector's log is in that log.
export async function lines(state) {
  const named = new Set([state.bundle.size, ...state.entries.filter((one) => one.kind === "stamp").map((one) => one.size)]);
  for (const one of state.chains.values()) {
    one.seen = { places: [], sizes: [] };
    one.closes = [];
    let number = 0;
    for await (const many of state.archive.lines(logName(one))) {
      for (const line of many) {
        try {
          await takeLine(state, one, number, line);
        } catch (error) {
          throw state.about(error, `line ${number} of ${logName(one)}`);
        }
        number += 1;
      }
    }
    one.seen.sizes.forEach((size) => named.add(size));
  }
  const wanted = new Set([...named].map(noteName));
  wanted.add(`checkpoints/${String(state.bundle.size).padStart(10, "0")}.cosigned`);
  const extra = state.archive.named("checkpoints").find((name) => !wanted.has(name));
  if (extra) refuse(`${extra} is named by nothing`);
}

async function takeLine(state, one, number, line) {
  const [kind, held] = readLogLine(line);
  if ((number === 0) !== (kind === "begin")) refuse("a log begins with one line of kind begin");
  if (kind === "begin") {
    const key = keyId(unhex(held.key));
    if (held.chain !== one.chain || one.heads.some((head) => head.key !== key)) {
      refuse("the log begins as another chain's, or with another key than its heads are signed by");
    }
  }
  if (kind === "rotate" && number !== one.heads.at(-1).size - 1) refuse("lines follow on a change of key");
  if (kind === "close") one.closes.push({ leaf: number, line: line.slice(), close: held });
  if (kind === "seen" && held.origin === state.bundle.origin) await takeSeen(state, one, number, held);
}

async function takeSeen(state, one, number, held) {
  const checkpoint = state.notes.get(held.size)?.checkpoint;
  if (!checkpoint || hex(checkpoint.root) !== held.root) {
    refuse(`it saw a checkpoint of ${held.size} lines that is not one of this log, or not in the bundle`);
  }
  if (!(await isOwn(state.verify, checkpoint, state.key, unbase64(held.signature)))) {
    refuse("what it saw does not carry the log's signature");
  }
  if (one.seen.sizes.length && held.size < one.seen.sizes.at(-1)) refuse("it saw the collector's log grow smaller");
  one.seen.places.push(number);
  one.seen.sizes.push(held.size);
}

export function closeKey(plan, probe) {
  return JSON.stringify([plan, probe]);
}

/**
 * 5.4 No probe closed one round in two ways, in any of its logs, unless the collector's log says so of it: then it has no
 * close. Nor has it one where that log said in time that its records are not what the close says.
 */
export async function closes(state) {
  const told = state.entries.filter((one) => one.kind === "equivocation" && one.what !== UNFULFILLED);
  const dishonest = new Set(told.map((one) => one.probe));
  for (const one of state.chains.values()) {
    for (const { leaf, line, close } of one.closes) {
      const key = closeKey(close.plan, one.probe);
      const known = state.closes.get(key) ?? { probe: one.probe, line, close, places: [] };
      state.closes.set(key, known);
      if (!equal(known.line, line)) {
        if (!dishonest.has(one.probe)) refuse(`${one.probe} closed plan ${close.plan} in two ways`);
        state.uncounted.set(key, "disputed");
      }
      known.places.push({ chain: one.chain, leaf, seen: one.seen });
    }
  }
  const unfulfilled = firstUnfulfilled(state.entries);
  for (const [key, closed] of state.closes) {
    const index = unfulfilled.get(closeKey(hex(leafHash(closed.line)), closed.probe));
    if (index !== undefined && saidInTime(state, index, closed) && !state.uncounted.has(key)) {
      state.uncounted.set(key, "unfulfilled");
    }
  }
  for (const key of state.uncounted.keys()) state.closes.delete(key);
}

/** Where the log first says of a close, by its leaf hash and probe, that its records are not what it says. */
function firstUnfulfilled(entries) {
  const found = new Map();
  entries.forEach((entry, index) => {
    if (entry.kind !== "equivocation" || entry.what !== UNFULFILLED || !entry.digests.length) return;
    const key = closeKey(entry.digests[0], entry.probe);
    if (!found.has(key)) found.set(key, index);
  });
  return found;
}

/** What was counted is not undone: said later, or at a time that nothing shows, it is passed over. */
function saidInTime(state, index, { probe, places }) {
  const covered = places.map(({ chain, leaf }) => state.heads.covered(probe, chain, leaf)).filter((one) => one !== null);
  if (!covered.length) return false;
  const [told, shown] = [state.times.earliest(index), state.times.earliest(covered.reduce((first, one) => Math.min(first, one)))];
  return told !== null && shown !== null && told - shown <= TOLD_WITHIN_US;
}
