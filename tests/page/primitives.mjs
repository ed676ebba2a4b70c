// What the page's own arithmetic says: a JSON list of [function, arguments...] on standard input, the list of answers out.
// Bytes are hex in both directions.

import { webcrypto } from "node:crypto";
import { hex, unhex } from "../../schema/verifier/page/core/bytes.js";
import { ed25519, verifyByHand } from "../../schema/verifier/page/core/ed25519.js";
import { Refused } from "../../schema/verifier/page/core/refused.js";
import { Sha256, sha256 } from "../../schema/verifier/page/core/sha256.js";
import { Tree, leafHash, rootFromSubset } from "../../schema/verifier/page/core/tree.js";

const { subtle } = webcrypto;
const sha512 = async (data) => new Uint8Array(await subtle.digest("SHA-512", data));
// A browser from before it had the curve: it knows the rest, and says so of this as WebCrypto does.
const older = {
  digest: (...all) => subtle.digest(...all),
  importKey: async () => { throw new DOMException("unrecognised name", "NotSupportedError"); },
};

const ASKED = {
  sha256: (data) => hex(sha256(unhex(data))),
  sha256InPieces: (...pieces) => hex(pieces.reduce((hash, one) => hash.update(unhex(one)), new Sha256()).digest()),
  ed25519ByHand: (...all) => verifyByHand(sha512, ...all.map(unhex)),
  ed25519: (...all) => ed25519(subtle)(...all.map(unhex)),
  ed25519Older: (...all) => ed25519(older)(...all.map(unhex)),
  roots(lines) {
    const tree = new Tree();
    lines.forEach((line) => tree.append(leafHash(unhex(line))));
    return lines.map((_, place) => hex(tree.root(place + 1)));
  },
  rootFromSubset(size, places, leaves, proof) {
    try {
      return hex(rootFromSubset(size, places, leaves.map(unhex), proof.map(unhex)));
    } catch (error) {
      if (error instanceof Refused) return "refused";
      throw error;
    }
  },
};

let text = "";
for await (const chunk of process.stdin) text += chunk;
const answers = [];
for (const [name, ...all] of JSON.parse(text)) answers.push(await ASKED[name](...all));
process.stdout.write(JSON.stringify(answers));
