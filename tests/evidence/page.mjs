// Runs the core of verify.html over one bundle after the other: lengths of bundle and trust file (4 bytes each, big-endian)
// and both on standard input, a line of JSON with result, step and detail for each on standard output.

import { webcrypto } from "node:crypto";
import { Refused } from "../../schema/verifier/page/core/refused.js";
import { openTrust, verify } from "../../schema/verifier/page/core/verify.js";

class Input {
  constructor(stream) {
    this.chunks = stream[Symbol.asyncIterator]();
    this.held = Buffer.alloc(0);
  }

  /** The next *count* bytes; null at the end. */
  async take(count) {
    const parts = [this.held];
    let size = this.held.length;
    while (size < count) {
      const next = await this.chunks.next();
      if (next.done) return null;
      parts.push(next.value);
      size += next.value.length;
    }
    const whole = Buffer.concat(parts);
    this.held = whole.subarray(count);
    return whole.subarray(0, count);
  }
}

async function told(bundle, trust) {
  const bytes = new Uint8Array(bundle);
  const source = { size: bytes.length, read: async (start, end) => bytes.slice(start, end) };
  let reader;
  try {
    reader = openTrust(new Uint8Array(trust));
  } catch (error) {
    return error instanceof Refused ? { result: "no trust file", step: null, detail: error.message } : { crash: String(error?.stack ?? error) };
  }
  try {
    const { result, step, detail } = await verify(source, reader, { subtle: webcrypto.subtle });
    return { result, step, detail };
  } catch (error) {
    return { crash: String(error?.stack ?? error) };
  }
}

const input = new Input(process.stdin);
for (let head = await input.take(8); head; head = await input.take(8)) {
  const bundle = await input.take(head.readUInt32BE(0));
  const trust = await input.take(head.readUInt32BE(4));
  process.stdout.write(JSON.stringify(await told(bundle, trust)) + "\n");
}
