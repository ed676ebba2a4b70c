// Ed25519 (RFC 8032 §5.1.7): WebCrypto where it has it, else arithmetic of our own. Both after the same strict look.

import { concat, hex } from "./bytes.js";

const P = 2n ** 255n - 19n;
const L = 2n ** 252n + 27742317777372353535851937790883648493n;
const D = 37095705934669439343138083508754565189542113879843219016388785533085940283555n;
const ROOT_OF_MINUS_ONE = 19681161376707505956807079304988542015446066515923890162744021073123829784752n;
const BASE = affine(
  15112221349535400772501151409588531511454012693041857206046113283949847762202n,
  46316835694926478169428394003475163141307993866256225615783033603165251855960n,
);
const NONE = [0n, 1n, 1n, 0n];

function mod(value) {
  const rest = value % P;
  return rest < 0n ? rest + P : rest;
}

function power(base, exponent) {
  let found = 1n;
  for (let square = base, left = exponent; left; left >>= 1n, square = (square * square) % P) {
    if (left & 1n) found = (found * square) % P;
  }
  return found;
}

function affine(x, y) {
  return [x, y, 1n, (x * y) % P];
}

/** Sum of two points in extended coordinates (RFC 8032 §5.1.4). */
function add([x1, y1, z1, t1], [x2, y2, z2, t2]) {
  const a = mod((y1 - x1) * (y2 - x2));
  const b = ((y1 + x1) * (y2 + x2)) % P;
  const c = (((2n * t1 * t2) % P) * D) % P;
  const d = (2n * z1 * z2) % P;
  const e = b - a, f = d - c, g = d + c, h = b + a;
  return [mod(e * f), (g * h) % P, mod(f * g), mod(e * h)];
}

function times(scalar, point) {
  let found = NONE;
  for (let doubled = point, left = scalar; left; left >>= 1n, doubled = add(doubled, doubled)) {
    if (left & 1n) found = add(found, doubled);
  }
  return found;
}

function number(bytes) {
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i -= 1) value = (value << 8n) | BigInt(bytes[i]);
  return value;
}

/** The point that 32 *bytes* name, or null: of no point, or not in its one form (RFC 8032 §5.1.3). */
export function point(bytes) {
  const raw = number(bytes);
  const sign = raw >> 255n;
  const y = raw & ((1n << 255n) - 1n);
  if (y >= P) return null;
  const u = mod(y * y - 1n);
  const v = (D * y * y + 1n) % P;
  let x = (u * power(v, 3n) * power((u * power(v, 7n)) % P, (P - 5n) / 8n)) % P;
  const check = (v * x * x) % P;
  if (check !== u) {
    if (check !== mod(-u)) return null;
    x = (x * ROOT_OF_MINUS_ONE) % P;
  }
  if (x === 0n && sign) return null;
  return affine((x & 1n) === sign ? x : P - x, y);
}

function isSmall(candidate) {
  const [x, y, z] = times(8n, candidate);
  return x === 0n && y === z;
}

function packed([x, y, z]) {
  const inverse = power(z, P - 2n);
  const value = ((y * inverse) % P) | ((((x * inverse) % P) & 1n) << 255n);
  return value.toString(16).padStart(64, "0").match(/../g).reverse().join("");
}

/** Verification without WebCrypto's Ed25519; *sha512* is asynchronous, as WebCrypto's is. */
export async function verifyByHand(sha512, key, message, signature) {
  const a = point(key);
  if (!a) return false;
  const hash = number(await sha512(concat(signature.subarray(0, 32), key, message))) % L;
  const [x, y, z, t] = a;
  const found = add(times(number(signature.subarray(32)), BASE), times(hash, [mod(-x), y, z, mod(-t)]));
  return packed(found) === hex(signature.subarray(0, 32));
}

/** A verifier over *subtle*: `(key, message, signature) -> Promise<boolean>`. Keys are imported once. */
export function ed25519(subtle) {
  const keys = new Map();
  const sha512 = async (data) => new Uint8Array(await subtle.digest("SHA-512", data));
  let native = null;

  async function imported(key) {
    const id = hex(key);
    if (!keys.has(id)) {
      if (keys.size >= 1024) keys.clear();
      const known = point(key);
      keys.set(id, known && !isSmall(known) ? await importKey(key) : null);
    }
    return keys.get(id);
  }

  async function importKey(key) {
    if (native === false) return key;
    try {
      const ready = await subtle.importKey("raw", key, { name: "Ed25519" }, false, ["verify"]);
      native = true;
      return ready;
    } catch {
      native = false;
      return key;
    }
  }

  return async function verify(key, message, signature) {
    if (key.length !== 32 || signature.length !== 64) return false;
    if (number(signature.subarray(32)) >= L) return false;
    const ready = await imported(key);
    if (ready === null) return false;
    if (native) return subtle.verify({ name: "Ed25519" }, ready, signature, message);
    return verifyByHand(sha512, key, message, signature);
  };
}
