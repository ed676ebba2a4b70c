// Bytes and the texts they are written as: hex, base64, UTF-8. Strict: one text for one value.

import { refuse } from "./refused.js";

const HEX = /^(?:[0-9a-f]{2})*$/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const VALUES = new Uint8Array(128);
for (let i = 0; i < 64; i += 1) VALUES[ALPHABET.charCodeAt(i)] = i;
const DIGITS = Array.from({ length: 256 }, (_, value) => value.toString(16).padStart(2, "0"));
const STRICT = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const ENCODER = new TextEncoder();

export function hex(bytes) {
  let text = "";
  for (const byte of bytes) text += DIGITS[byte];
  return text;
}

export function unhex(text) {
  if (!HEX.test(text)) refuse("hex is pairs of digits in lower case");
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i += 1) bytes[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

/** Whether *text* is base64 with its padding; bits that no byte holds may be set, as in most readers. */
export function isBase64(text) {
  return BASE64.test(text);
}

export function unbase64(text) {
  if (!BASE64.test(text)) refuse("not base64");
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  const bytes = new Uint8Array((text.length / 4) * 3 - padding);
  let out = 0;
  for (let i = 0; i < text.length; i += 4) {
    const bits =
      (VALUES[text.charCodeAt(i)] << 18) |
      (VALUES[text.charCodeAt(i + 1)] << 12) |
      (VALUES[text.charCodeAt(i + 2)] << 6) |
      VALUES[text.charCodeAt(i + 3)];
    if (out < bytes.length) bytes[out] = bits >> 16;
    if (out + 1 < bytes.length) bytes[out + 1] = bits >> 8;
    if (out + 2 < bytes.length) bytes[out + 2] = bits;
    out += 3;
  }
  return bytes;
}

export function base64(bytes) {
  let text = "";
  for (let i = 0; i < bytes.length; i += 3) {
    const left = bytes.length - i;
    const bits = (bytes[i] << 16) | ((left > 1 ? bytes[i + 1] : 0) << 8) | (left > 2 ? bytes[i + 2] : 0);
    text += ALPHABET[bits >> 18] + ALPHABET[(bits >> 12) & 63];
    text += (left > 1 ? ALPHABET[(bits >> 6) & 63] : "=") + (left > 2 ? ALPHABET[bits & 63] : "=");
  }
  return text;
}

/** The text of *bytes*; anything that is not UTF-8 is refused, a byte order mark is a character like others. */
export function utf8(bytes) {
  try {
    return STRICT.decode(bytes);
  } catch {
    return refuse("not UTF-8");
  }
}

export function encoded(text) {
  return ENCODER.encode(text);
}

export function concat(...parts) {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

export function equal(left, right) {
  if (left.length !== right.length) return false;
  for (let i = 0; i < left.length; i += 1) if (left[i] !== right[i]) return false;
  return true;
}
