// Signed notes (sp-006): checkpoints of logs, the log's own signature, cosignatures. And DSSE's encoding (sp-002).

import { base64, concat, encoded, equal, unbase64, utf8 } from "./bytes.js";
import { refuse } from "./refused.js";
import { sha256 } from "./sha256.js";

const OWN = 1;
const COSIGNATURE = 4;
const MAX_NOTE_BYTES = 65536;
const NAME = /^[^\s+\p{C}\p{Z}]+$/u;
const SIZE = /^(?:0|[1-9][0-9]{0,15})$/;
const DASH = "\u2014";

/** Four bytes that name a key in a note. */
function keyHash(name, key, kind) {
  return sha256(concat(encoded(`${name}\n`), Uint8Array.of(kind), key)).subarray(0, 4);
}

/** What is signed: three lines. */
export function checkpointText(origin, size, root) {
  return `${origin}\n${size}\n${base64(root)}\n`;
}

export function readCheckpoint(text) {
  const lines = text.split("\n");
  if (lines.length !== 4 || lines[3] !== "") refuse("a checkpoint has three lines");
  const [origin, digits, root64] = lines;
  const root = unbase64(root64);
  const size = Number(digits);
  if (!NAME.test(origin) || !SIZE.test(digits) || !Number.isSafeInteger(size) || root.length !== 32) {
    refuse("a checkpoint is: a name, a number, a root");
  }
  return { origin, size, root, text };
}

/** Signature lines: `{name, hash, blob, line}`. */
export function readSignatures(text) {
  const lines = text.split("\n");
  if (lines.pop() !== "") refuse("the last signature has no newline");
  return lines.map((line) => {
    const [dash, name, blob, ...more] = line.split(" ");
    if (dash !== DASH || !NAME.test(name ?? "") || blob === undefined || more.length) refuse("no signature line");
    const raw = unbase64(blob);
    if (raw.length <= 4) refuse("no signature line");
    return { name, hash: raw.subarray(0, 4), blob: raw.subarray(4), oneForm: base64(raw) === blob };
  });
}

/** A note in its one form. */
export function readNote(bytes) {
  if (bytes.length > MAX_NOTE_BYTES) refuse("a note of too many bytes");
  const text = utf8(bytes);
  const cut = text.indexOf("\n\n");
  if (cut < 0) refuse("a note has an empty line before its signatures");
  const checkpoint = readCheckpoint(text.slice(0, cut + 1));
  const signatures = readSignatures(text.slice(cut + 2));
  const { origin, size, root } = checkpoint;
  if (checkpointText(origin, size, root) !== checkpoint.text || signatures.some((one) => !one.oneForm)) {
    refuse("a note that is not in its one form");
  }
  return { checkpoint, signatures };
}

/** Whether the log itself signed the checkpoint with *key*: `blob` is that signature, 64 bytes. */
export async function isOwn(verify, checkpoint, key, blob) {
  return verify(key, encoded(checkpoint.text), blob);
}

export function namesOwnKey(signature, checkpoint, key) {
  return signature.name === checkpoint.origin && equal(signature.hash, keyHash(checkpoint.origin, key, OWN));
}

export function namesWitness(signature, name, key) {
  return signature.name === name && equal(signature.hash, keyHash(name, key, COSIGNATURE));
}

/** Whether a witness with *key* cosigned *checkpoint*: the blob is 8 bytes of time and 64 of signature. */
export async function isCosignature(verify, checkpoint, key, blob) {
  if (blob.length !== 72) return false;
  const at = new DataView(blob.buffer, blob.byteOffset).getBigUint64(0);
  return verify(key, encoded(`cosignature/v1\ntime ${at}\n${checkpoint.text}`), blob.subarray(8));
}

/** DSSE's pre-authentication encoding. */
export function pae(type, payload) {
  return concat(encoded(`DSSEv1 ${encoded(type).length} ${type} ${payload.length} `), payload);
}
