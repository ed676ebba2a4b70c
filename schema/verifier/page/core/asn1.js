// The little of DER (X.690) that time stamps and certificates need: definite lengths in their shortest form.

import { refuse } from "./refused.js";

export const BOOLEAN = 0x01;
export const INTEGER = 0x02;
export const BIT_STRING = 0x03;
export const OCTET_STRING = 0x04;
export const OID = 0x06;
export const UTC_TIME = 0x17;
export const GENERALIZED_TIME = 0x18;
export const SEQUENCE = 0x30;
export const SET = 0x31;
export const field = (number) => 0xa0 | number;
export const plainField = (number) => 0x80 | number;

/** The elements of some contents: `{tag, content, raw}`. */
function elements(data) {
  const found = [];
  let at = 0;
  while (at < data.length) {
    const start = at;
    if (at + 2 > data.length || (data[at] & 0x1f) === 0x1f) refuse("no DER");
    let length = data[at + 1];
    at += 2;
    if (length >= 0x80) {
      const count = length - 0x80;
      length = 0;
      if (count < 1 || count > 3 || at + count > data.length || data[at] === 0) refuse("no DER");
      for (let i = 0; i < count; i += 1) length = length * 256 + data[at + i];
      if (length < 0x80) refuse("a length that is not in its shortest form");
      at += count;
    }
    if (at + length > data.length) refuse("DER cut short");
    found.push({ tag: data[start], content: data.subarray(at, at + length), raw: data.subarray(start, at + length) });
    at += length;
  }
  return found;
}

/** The elements in some contents, taken one after the other. */
export class Fields {
  constructor(data) {
    this.left = elements(data);
  }

  /** What is in the one element with *tag* that *data* is. */
  static whole(data, tag) {
    const outer = new Fields(data);
    const inside = outer.into(tag);
    outer.end();
    return inside;
  }

  maybe(tag) {
    return this.left.length && this.left[0].tag === tag ? this.left.shift() : null;
  }

  take(tag) {
    return this.maybe(tag) ?? refuse(`a field with tag ${tag} is missing`);
  }

  into(tag) {
    return new Fields(this.take(tag).content);
  }

  rest() {
    return this.left.splice(0);
  }

  end() {
    if (this.left.length) refuse("more fields than there should be");
  }

  integer(tag = INTEGER) {
    return integer(this.take(tag).content);
  }

  oid() {
    return oid(this.take(OID).content);
  }

  /** An AlgorithmIdentifier: name and parameters as they stand. */
  algorithm() {
    const inside = this.into(SEQUENCE);
    return { name: inside.oid(), parameters: inside.rest().map((one) => one.raw) };
  }
}

/** A whole number in two's complement, as BigInt. */
export function integer(content) {
  if (!content.length || content.length > 64) refuse("a number of no or too many bytes");
  if (content.length > 1 && (content[0] === 0 ? content[1] < 0x80 : content[0] === 0xff && content[1] >= 0x80)) {
    refuse("a number with bytes that say nothing");
  }
  let value = 0n;
  for (const byte of content) value = (value << 8n) | BigInt(byte);
  return content[0] & 0x80 ? value - (1n << BigInt(8 * content.length)) : value;
}

export function boolean(content) {
  if (content.length !== 1 || (content[0] !== 0 && content[0] !== 0xff)) refuse("no boolean");
  return content[0] === 0xff;
}

export function oid(content) {
  if (!content.length || content.length > 64 || content.at(-1) & 0x80) refuse("no object identifier");
  const arcs = [];
  let value = 0n;
  let fresh = true;
  for (const byte of content) {
    if (fresh && byte === 0x80) refuse("an object identifier with bytes that say nothing");
    value = (value << 7n) | BigInt(byte & 0x7f);
    fresh = !(byte & 0x80);
    if (fresh) {
      arcs.push(value);
      value = 0n;
    }
  }
  const first = arcs[0] / 40n < 2n ? arcs[0] / 40n : 2n;
  return [first, arcs[0] - 40n * first, ...arcs.slice(1)].join(".");
}
