// Steps 3.1 to 3.4: the time-stamp tokens, each for itself, against the order of the log, and over the head.

import { equal, hex, unbase64 } from "./bytes.js";
import { certificatePem } from "./files.js";
import { noteName } from "./history.js";
import { microseconds } from "./instant.js";
import { refuse } from "./refused.js";
import { sha256 } from "./sha256.js";
import { Heads, Stamps, stampOf } from "./timing.js";
import { TokenReader } from "./token.js";

const MAX_TOKEN_BYTES = 2 ** 20;

function stem(size, authority) {
  return `stamps/${String(size).padStart(10, "0")}.${authority}`;
}

/** Size, authority and entry of every token of the log; then those over the head, which have no entry. */
function tokensOf(state) {
  const { size } = state.bundle;
  const start = stem(size, "");
  const over = new Set(
    state.archive.named("stamps").filter((name) => name.startsWith(start) && /\.ts[qr]$/.test(name))
      .map((name) => name.slice(start.length, -".tsq".length)),
  );
  return [
    ...state.entries.flatMap((entry, index) => (entry.kind === "stamp" ? [{ ...entry, index }] : [])),
    ...[...over].map((authority) => ({ size, authority, index: null })),
  ];
}

// 3.1 Each time-stamp token in the log is in the bundle, with its request and its authority's certificates.
export async function presence(state) {
  for (const { size, authority, token } of tokensOf(state)) {
    const name = stem(size, authority);
    for (const one of [`${name}.tsr`, `${name}.tsq`, `stamps/${authority}.pem`]) {
      if (!state.archive.has(one)) refuse(`${one} is not in the bundle`);
    }
    if (token !== undefined && state.digests.get(`${name}.tsr`) !== token) refuse(`${name}.tsr is not the token in the log`);
    state.count("tokens");
  }
}

// 3.2 Each token holds: imprint, pinned certificate, policy, nonce, signature; no other file is among them.
export async function tokens(state) {
  const reader = new TokenReader(state.subtle);
  const trusted = new Map(
    state.trust.authorities.map((one) => [
      one.name, { ...one, certificate: unbase64(one.certificate), chain: one.chain.map(unbase64) },
    ]),
  );
  const known = new Set();
  for (const one of tokensOf(state)) {
    const name = stem(one.size, one.authority);
    const pinned = trusted.get(one.authority);
    if (pinned && !known.has(`stamps/${one.authority}.pem`)) await checkCertificates(state, `stamps/${one.authority}.pem`, pinned);
    [`${name}.tsr`, `${name}.tsq`, `stamps/${one.authority}.pem`].forEach((file) => known.add(file));
    if (!pinned) continue; // the reader does not trust it: it counts for nothing
    if (!state.notes.has(one.size)) refuse(`${noteName(one.size)}, which ${name}.tsr stamps, is not in the bundle`);
    const [reply, request, message] = [
      await state.archive.read(`${name}.tsr`, MAX_TOKEN_BYTES),
      await state.archive.read(`${name}.tsq`, MAX_TOKEN_BYTES),
      await state.archive.read(noteName(one.size)),
    ];
    let token;
    try {
      token = await reader.check(reply, request, message, pinned);
    } catch (error) {
      throw state.about(error, `${name}.tsr`);
    }
    if (one.index !== null) checkEntry(one, token, name);
    state.stamps.push(stampOf(one.size, one.authority, state.digests.get(`${name}.tsr`), token.at, token.accuracyUs, one.index));
  }
  const extra = state.archive.named("stamps").find((name) => !known.has(name));
  if (extra) refuse(`${extra} is named by nothing`);
}

/** What stock tools are given for the authority's certificate is the one that the reader pinned; others may follow. */
async function checkCertificates(state, name, pinned) {
  const first = certificatePem(pinned.certificate);
  const held = await state.archive.read(name, MAX_TOKEN_BYTES);
  if (!equal(held.subarray(0, first.length), first)) {
    refuse(`${name} does not begin with the certificate that the trust file has for this authority`);
  }
}

function checkEntry(entry, token, name) {
  const same =
    microseconds(entry.at) === token.at && entry.accuracy_us === token.accuracyUs &&
    entry.certificate === hex(sha256(token.certificate));
  if (!same) refuse(`the log says another time, accuracy or certificate of ${name}.tsr than the token`);
}

// 3.3 The tokens' times do not contradict the order of the log: what a checkpoint holds is not younger than its stamp.
export async function sequence(state) {
  const entered = state.stamps.filter((one) => one.entry !== null);
  let place = 0;
  let newest = null;
  for (const later of [...state.stamps].sort((a, b) => a.size - b.size)) {
    for (; place < entered.length && entered[place].entry < later.size; place += 1) {
      if (newest === null || entered[place].notBefore > newest.notBefore) newest = entered[place];
    }
    if (newest !== null && newest.notBefore > later.notAfter) {
      refuse(`${stem(later.size, later.authority)}.tsr is older than a token in the lines that it stamps`);
    }
  }
}

// 3.4 The newest checkpoint is stamped by enough authorities.
export async function head(state) {
  const over = new Set(state.stamps.filter((one) => one.size === state.bundle.size).map((one) => one.authority));
  if (over.size < state.needed) refuse(`${over.size} trusted authorities stamped the head, ${state.needed} are needed`);
  state.times = new Stamps(state.stamps, state.needed);
  state.heads = new Heads(state.entries);
}
