// Steps 1.1 to 1.4: the file itself, what it lists, whose it says it is, and who signed that.

import { base64, concat, encoded, equal, hex, unhex } from "./bytes.js";
import { readBundle } from "./formats.js";
import { refuse } from "./refused.js";
import { sha256 } from "./sha256.js";
import { byText } from "./shape.js";

const SUMS = "SHA256SUMS";
const SIGNATURE = "SHA256SUMS.sig";
const MAX_SUMS_BYTES = 2 ** 30;
const WORD = "[A-Za-z0-9_][A-Za-z0-9._-]*";
const HASH = "[0-9a-f]{64}";
const NUMBER = "[0-9]{10,20}";
const LAYOUT = new RegExp(
  `^(?:${[
    "LEGGIMI\\.txt|README\\.txt|SHA256SUMS(?:\\.sig)?|bundle\\.json|log/entries\\.jsonl",
    `certificates/${HASH}\\.der|keys/${HASH}\\.pem|(?:policies|questions)/${HASH}\\.json`,
    `checkpoints/${NUMBER}\\.(?:note|cosigned)|plans/${NUMBER}\\.json`,
    "derived/(?:(?:verdicts|timeline|rounds|days)\\.jsonl|(?:timeline|days)\\.csv|traffic\\.pcap)",
    "orders/[a-z0-9]+(?:-[a-z0-9]+)*\\.[0-9]{1,9}\\.json",
    `probes/${WORD}/${WORD}\\.jsonl|rounds/${NUMBER}/${WORD}\\.jsonl`,
    `stamps/${NUMBER}\\.[a-z0-9-]+\\.ts[qr]|stamps/[a-z0-9-]+\\.pem`,
  ].join("|")})$`,
);
const SPKI = unhex("302a300506032b6570032100"); // RFC 8410 §4: id-Ed25519 and a bit string of 32 bytes

export function keyId(key) {
  return hex(sha256(key));
}

/** A key as stock programs take it: SubjectPublicKeyInfo in PEM. */
export function publicPem(key) {
  return encoded(`-----BEGIN PUBLIC KEY-----\n${base64(concat(SPKI, key))}\n-----END PUBLIC KEY-----\n`);
}

/** A certificate as stock programs take it, in lines of 64 characters. */
export function certificatePem(certificate) {
  return encoded(`-----BEGIN CERTIFICATE-----\n${base64(certificate).replace(/.{1,64}/g, "$&\n")}-----END CERTIFICATE-----\n`);
}

// 1.1 The file is a zip in its one form: the directory was compared when it was opened, here headers and contents.
export async function checksums(state) {
  state.digests = await state.archive.digests(state.subtle, state.tick);
  state.count("files", state.digests.size);
}

// 1.2 SHA256SUMS lists every file, each with its digest; every name is one of the layout's.
export async function sums(state) {
  const lines = ["# ottempera bundle 1\n"];
  for (const [name, digest] of state.digests) {
    if (!LAYOUT.test(name)) refuse(`${name} is no file of a bundle`);
    if (name !== SUMS && name !== SIGNATURE) lines.push(`${digest}  ${name}\n`);
  }
  const held = await state.archive.read(SUMS, MAX_SUMS_BYTES);
  if (!equal(held, encoded(lines.join("")))) refuse("SHA256SUMS is not the list of the files in the bundle");
}

// 1.3 bundle.json is of a known version and agrees with the trust file.
export async function manifest(state) {
  const data = await state.archive.read("bundle.json");
  if (data.at(-1) !== 10) refuse("bundle.json is not one line");
  const bundle = readBundle(data.subarray(0, -1));
  if (bundle.v !== 1) refuse(`bundle.json is of version ${bundle.v}`);
  state.bundle = bundle;
  const log = state.trust.logs.find((one) => one.origin === bundle.origin && keyId(unhex(one.key)) === bundle.key);
  if (!log) refuse(`the trust file does not name the log ${bundle.origin} with the key ${bundle.key}`);
  state.key = unhex(log.key);
  if (bundle.lab !== state.trust.lab) refuse("one of bundle and trust file is of an invented world, the other is not");
  const { operators, names, first_day: first, last_day: last } = bundle.query;
  for (const words of [operators, names]) {
    const ascending = words.every((word, place) => word && (!place || byText(words[place - 1], word) < 0));
    if (!words.length || !ascending) refuse("bundle.json: operators or names are not sorted, or there are none");
  }
  if (first > last || bundle.size < 1) refuse("bundle.json: the period ends before it begins, or the log is empty");
}

// 1.4 SHA256SUMS is signed by a collector that is trusted.
export async function signature(state) {
  const name = `keys/${state.bundle.key}.pem`;
  if (!equal(await state.archive.read(name), publicPem(state.key))) refuse(`${name} is not the trusted key in its one form`);
  const signed = await state.archive.read(SIGNATURE, 64);
  const list = await state.archive.read(SUMS, MAX_SUMS_BYTES);
  if (!(await state.verify(state.key, list, signed))) refuse("SHA256SUMS.sig is no signature of the trusted key");
}
