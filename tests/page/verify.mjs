// Runs the page's core without a browser: `node verify.mjs FILE TRUST` prints {"result", "step", "detail"} as JSON.
// `node verify.mjs --loop TRUST` answers many bundles: each is four bytes of length (most significant first) and its bytes.

import { open, readFile } from "node:fs/promises";
import { webcrypto } from "node:crypto";
import { Refused } from "../../schema/verifier/page/core/refused.js";
import { openTrust, verify } from "../../schema/verifier/page/core/verify.js";

const EXIT = { valid: 0, altered: 10, incomplete: 11, absences: 12, undecided: 13 };
const UNREADABLE_TRUST = 3;
const { subtle } = webcrypto;

function inMemory(bytes) {
  return { size: bytes.length, read: async (start, end) => bytes.subarray(start, end) };
}

async function onDisk(path) {
  const file = await open(path);
  const { size } = await file.stat();
  return {
    size,
    async read(start, end) {
      const bytes = new Uint8Array(end - start);
      let held = 0;
      while (held < bytes.length) {
        const { bytesRead } = await file.read(bytes, held, bytes.length - held, start + held);
        if (!bytesRead) throw new Error(`${path} was cut off while it was read`);
        held += bytesRead;
      }
      return bytes;
    },
  };
}

async function report(source, trust) {
  const { result, step, detail, state } = await verify(source, trust, { subtle });
  return { result, step, detail, counts: state.counts, absences: state.absences };
}

async function* framed(stream) {
  let held = Buffer.alloc(0);
  for await (const chunk of stream) {
    held = Buffer.concat([held, chunk]);
    while (held.length >= 4 && held.length >= 4 + held.readUInt32BE(0)) {
      const end = 4 + held.readUInt32BE(0);
      yield new Uint8Array(held.subarray(4, end));
      held = held.subarray(end);
    }
  }
}

const [what, path] = process.argv.slice(2);
let trust;
try {
  trust = openTrust(new Uint8Array(await readFile(path)));
} catch (error) {
  if (!(error instanceof Refused)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(UNREADABLE_TRUST);
}
if (what === "--loop") {
  for await (const bytes of framed(process.stdin)) {
    process.stdout.write(`${JSON.stringify(await report(inMemory(bytes), trust))}\n`);
  }
} else {
  const found = await report(await onDisk(what), trust);
  process.stdout.write(`${JSON.stringify(found)}\n`);
  process.exitCode = EXIT[found.result];
}
