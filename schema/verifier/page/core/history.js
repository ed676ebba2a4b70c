// Steps 2.1 to 2.4: the collector's log, its checkpoints, the order of its lines, and who else has seen it.

import { encoded, equal, hex, unbase64, unhex, utf8 } from "./bytes.js";
import { keyId, publicPem } from "./files.js";
import { readEntry } from "./formats.js";
import { checkpointText, isCosignature, isOwn, namesOwnKey, namesWitness, pae, readCheckpoint, readNote, readSignatures } from "./note.js";
import { refuse } from "./refused.js";
import { Tree, leafHash } from "./tree.js";

const LOG = "log/entries.jsonl";
const KEY_CHANGE = "application/vnd.ottempera.key-change+json";
const EVENTS = ["suspended", "resumed", "revoked"];

export function noteName(size) {
  return `checkpoints/${String(size).padStart(10, "0")}.note`;
}

// 2.1 Each checkpoint is signed by the log; the head's is there.
export async function checkpoints(state) {
  for (const name of state.archive.named("checkpoints")) {
    if (!name.endsWith(".note")) continue;
    const note = readNote(await state.archive.read(name));
    const { checkpoint, signatures } = note;
    const own = signatures.length === 1 && namesOwnKey(signatures[0], checkpoint, state.key);
    if (checkpoint.origin !== state.bundle.origin || noteName(checkpoint.size) !== name || !own) {
      refuse(`${name} is not a checkpoint of that size of this log with the log's signature alone`);
    }
    if (!(await isOwn(state.verify, checkpoint, state.key, signatures[0].blob))) refuse(`the signature on ${name} does not hold`);
    state.notes.set(checkpoint.size, note);
  }
  if (!state.notes.has(state.bundle.size)) refuse(`${noteName(state.bundle.size)} is not in the bundle`);
  state.count("checkpoints", state.notes.size);
}

// 2.2 The log's lines give the root of each checkpoint.
export async function roots(state) {
  const tree = new Tree();
  for await (const lines of state.archive.lines(LOG)) for (const line of lines) tree.append(leafHash(line));
  if (tree.size !== state.bundle.size) refuse(`${LOG} has ${tree.size} lines, the head ${state.bundle.size}`);
  for (const [size, { checkpoint }] of state.notes) {
    if (size > tree.size || !equal(tree.root(size), checkpoint.root)) {
      refuse(`the first ${size} lines of the log do not give the root of ${noteName(size)}`);
    }
  }
}

// 2.3 Each line of the log is sound and allowed where it stands; keys/ holds the keys that the log had and no other.
export async function entries(state) {
  const reading = new Reading(state);
  for await (const lines of state.archive.lines(LOG)) {
    for (const line of lines) {
      try {
        const entry = readEntry(line);
        await reading.take(state.entries.length, entry);
        state.entries.push(entry);
      } catch (error) {
        throw state.about(error, `line ${state.entries.length} of the log`);
      }
    }
  }
  const held = new Map([[state.bundle.key, state.key]]);
  for (const keys of state.probeKeys.values()) for (const [id, key] of keys) held.set(id, key);
  for (const name of state.archive.named("keys")) {
    if (!held.has(name.slice("keys/".length, -".pem".length))) refuse(`${name} is no key of the log`);
  }
  for (const [id, key] of held) {
    const name = `keys/${id}.pem`;
    if (!equal(await state.archive.read(name), publicPem(key))) refuse(`${name} is not that key in its one form`);
  }
  state.count("entries", state.entries.length);
}

/** Takes the lines of a log one after the other and refuses what may not follow (sp-005 §5). */
class Reading {
  constructor(state) {
    this.state = state;
    this.number = null;
    this.known = new Set();
    this.heads = new Map();
    this.owner = new Map();
  }

  async take(index, entry) {
    if ((index === 0) !== (entry.kind === "log")) refuse("a log begins with one line of kind log");
    if (entry.kind === "log") return this.#begins(entry);
    if (entry.kind === "plan") return this.#plan(entry);
    if (entry.kind === "enrolment") return this.#enrolment(index, entry);
    if (entry.kind === "stamp") {
      this.#once("stamp", entry.size, entry.authority);
      return entry.size < 1 || entry.size > index || entry.accuracy_us < 0 ? refuse("a stamp over lines that were not there") : null;
    }
    if (entry.kind === "order") return this.#once("order", entry.order, entry.version);
    if (entry.kind === "questions" || entry.kind === "policy") return this.#once(entry.kind, entry.digest);
    return this.#ofProbe(entry);
  }

  #once(...what) {
    const key = JSON.stringify(what);
    if (this.known.has(key)) refuse(`${what.join(" ")} stands in the log before`);
    this.known.add(key);
  }

  #begins(entry) {
    const { bundle } = this.state;
    if (entry.origin !== bundle.origin || keyId(unhex(entry.key)) !== bundle.key) refuse("the log begins with another origin or key");
    const words = entry.origin.split("/");
    const named = words.slice(0, -1).join("/") === `ottempera/collector/${bundle.key.slice(0, 16)}`;
    if (!named || !/^[0-9]+$/.test(words.at(-1))) refuse("the origin is not made of the key's first digits and a number");
    if (entry.after !== null) readCheckpoint(entry.after);
  }

  #plan(entry) {
    if (this.number !== null && entry.number !== this.number + 1) refuse(`plan ${entry.number} follows plan ${this.number}`);
    if (entry.key !== this.state.bundle.key) refuse("the plan names another key than the log's");
    this.#once("plan", entry.plan);
    this.number = entry.number;
  }

  #enrolment(index, entry) {
    this.#once("enrolment", entry.probe);
    this.state.probeKeys.set(entry.probe, new Map([this.#newKey(entry)]));
    this.state.enrolments.set(entry.probe, { index, entry });
  }

  /** A key with its id; one that another has would let one party speak as two. */
  #newKey({ probe, key }) {
    if (!this.owner.has(key)) this.owner.set(key, probe);
    if (this.owner.get(key) !== probe || equal(unhex(key), this.state.key)) refuse(`the key of ${probe} is another's`);
    return [keyId(unhex(key)), unhex(key)];
  }

  async #ofProbe(entry) {
    const keys = this.state.probeKeys.get(entry.probe) ?? refuse(`${entry.probe} is not enrolled before`);
    if (entry.kind === "standing" && !EVENTS.includes(entry.event)) refuse(`a standing of ${entry.event}`);
    if (entry.kind === "probe_checkpoint") this.#head(entry, keys);
    if (entry.kind !== "key") return;
    const by = unhex(entry.by);
    if (!keys.has(keyId(by))) refuse(`the change of key is signed by none that ${entry.probe} had`);
    const change = encoded(JSON.stringify({ probe: entry.probe, key: entry.key }));
    const holds = await this.state.verify(by, pae(KEY_CHANGE, change), unbase64(entry.signature));
    if (!holds) refuse("the signature on the change of key does not hold");
    keys.set(...this.#newKey(entry));
  }

  /** Whether its signature holds is asked in 5.2, with its root. */
  #head(entry, keys) {
    if (!keys.has(entry.key)) refuse(`${entry.probe} had no such key`);
    if (entry.size < 1) refuse("the head of a log without lines");
    const where = JSON.stringify([entry.probe, entry.chain]);
    const heads = this.heads.get(where) ?? [];
    const before = heads.at(-1);
    if (before && (entry.size < before.size || (entry.size === before.size && entry.root !== before.root))) {
      refuse(`the log of ${entry.probe} grew smaller, or has two roots of one size`);
    }
    if (!before) {
      this.heads.set(where, heads);
      this.state.chains.set(where, { probe: entry.probe, chain: entry.chain, heads });
    }
    heads.push(entry);
  }
}

/** The checkpoint that a head of a probe's log speaks of. */
export function headCheckpoint(entry) {
  const origin = `ottempera/probe/${entry.probe}/${entry.chain}`;
  return { origin, size: entry.size, text: checkpointText(origin, entry.size, unhex(entry.root)) };
}

// 2.4 Enough witnesses cosigned the newest checkpoint: probes of the log and those that the trust file names.
export async function cosignatures(state) {
  const name = `checkpoints/${String(state.bundle.size).padStart(10, "0")}.cosigned`;
  const lines = state.archive.has(name) ? readSignatures(utf8(await state.archive.read(name))) : [];
  const known = [];
  for (const [probe, keys] of state.probeKeys) for (const key of keys.values()) known.push([`ottempera/probe/${probe}`, key]);
  known.push(...state.trust.witnesses.map((one) => [one.name, unhex(one.key)]));
  const owner = new Map();
  for (const [witness, key] of known) if (!owner.has(hex(key))) owner.set(hex(key), witness);
  const head = state.notes.get(state.bundle.size).checkpoint;
  const seen = new Set();
  for (const line of lines) {
    const found = known.filter(([witness, key]) => namesWitness(line, witness, key)).at(-1);
    if (!found) continue; // a witness that the reader does not know says nothing to him
    if (!(await isCosignature(state.verify, head, found[1], line.blob))) refuse(`the cosignature of ${line.name} does not hold`);
    seen.add(owner.get(hex(found[1]))); // one key is one witness, whatever it is called
  }
  state.witnesses = [...seen];
  const needed = state.trust.needs.cosignatures;
  if (seen.size < needed) refuse(`${seen.size} known witnesses cosigned the head, ${needed} are needed`);
}
