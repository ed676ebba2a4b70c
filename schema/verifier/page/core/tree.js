// Hash trees of RFC 9162 §2.1: leaves, roots of every prefix, inclusion, and the root from some leaves and a range proof.

import { refuse } from "./refused.js";
import { Sha256, sha256 } from "./sha256.js";

const LEAF = new Uint8Array([0]);
const NODE = new Uint8Array([1]);
const WIDTH = 32;

export function leafHash(line) {
  return new Sha256().update(LEAF).update(line).digest();
}

export function nodeHash(left, right) {
  return new Sha256().update(NODE).update(left).update(right).digest();
}

/** The largest power of two below *count*, which is 2 or more. */
function split(count) {
  let power = 1;
  while (power * 2 < count) power *= 2;
  return power;
}

/** A row of hashes that grows, in one piece of memory. */
class Row {
  constructor() {
    this.bytes = new Uint8Array(WIDTH * 8);
    this.count = 0;
  }

  push(hash) {
    if (this.bytes.length === this.count * WIDTH) {
      const wider = new Uint8Array(this.bytes.length * 2);
      wider.set(this.bytes);
      this.bytes = wider;
    }
    this.bytes.set(hash, this.count * WIDTH);
    this.count += 1;
  }

  at(index) {
    return this.bytes.slice(index * WIDTH, (index + 1) * WIDTH);
  }
}

/** A tree that grows and knows the root over every prefix. */
export class Tree {
  constructor() {
    this.rows = [new Row()];
  }

  get size() {
    return this.rows[0].count;
  }

  append(leaf) {
    let node = leaf;
    for (let height = 0; ; height += 1) {
      if (height === this.rows.length) this.rows.push(new Row());
      const row = this.rows[height];
      row.push(node);
      if (row.count % 2) return;
      node = nodeHash(row.at(row.count - 2), node);
    }
  }

  /** The root over the first *size* leaves. */
  root(size = this.size) {
    if (size > this.size) refuse(`a tree has ${this.size} leaves, not ${size}`);
    return size ? this.hash(0, size) : sha256(new Uint8Array(0));
  }

  hash(low, high) {
    const count = high - low;
    const height = Math.log2(count);
    if (Number.isInteger(height)) return this.rows[height].at(low / count);
    const middle = low + split(count);
    return nodeHash(this.hash(low, middle), this.hash(middle, high));
  }
}

/** The root of the tree of *size* leaves: *places* ascending, *leaves* their hashes, *proof* the subtrees between. */
export function rootFromSubset(size, places, leaves, proof) {
  let used = 0;

  function next() {
    if (used === proof.length) refuse("range proof: too short");
    used += 1;
    return proof[used - 1];
  }

  // From `first` to before `last` are the places between `low` and `high`.
  function rebuilt(first, last, low, high) {
    if (first === last) return next();
    if (high - low === 1) return leaves[first];
    const middle = low + split(high - low);
    let cut = first;
    while (cut < last && places[cut] < middle) cut += 1;
    const left = rebuilt(first, cut, low, middle);
    return nodeHash(left, rebuilt(cut, last, middle, high));
  }

  for (let i = 0; i < places.length; i += 1) {
    if (places[i] >= size || (i && places[i] <= places[i - 1])) refuse("range proof: no such leaf");
  }
  const root = size ? rebuilt(0, places.length, 0, size) : sha256(new Uint8Array(0));
  if (used !== proof.length) refuse("range proof: too long");
  return root;
}
