// JSON as the other verifier reads it: whole numbers are told from fractions, and nothing is rounded in silence.

import { utf8 } from "./bytes.js";
import { refuse } from "./refused.js";

const MAX_DEPTH = 64;
const NUMBER = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/y;
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const SPACE = /[ \t\n\r]*/y;
const LONE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

/** A number that was written as a fraction; `1.0` is one and no whole number. */
export class Fraction {
  constructor(value) {
    this.value = value;
  }
}

/**
 * The value in *bytes*, and whether it is `exact`: written again in the shortest way it gives the same text, so that there
 * are no spaces, no keys twice, no whole number that a double does not hold.
 */
export function parseJson(bytes) {
  const text = utf8(bytes);
  const value = quickly(text);
  return value === undefined ? { value: new Slow(text).whole(), exact: false } : { value, exact: true };
}

function quickly(text) {
  try {
    const value = JSON.parse(text);
    return JSON.stringify(value) === text && !(text.includes("\\u") && LONE.test(deepText(value))) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** All strings of a value in one. */
function deepText(value) {
  if (typeof value === "string") return `${value} `;
  if (value === null || typeof value !== "object") return "";
  return Object.entries(value).map(([key, inner]) => `${key} ${deepText(inner)}`).join("");
}

/** Reads what the quick way does not: other spacing, escapes, fractions, keys twice (the last counts). */
class Slow {
  constructor(text) {
    this.text = text;
    this.at = 0;
  }

  whole() {
    const value = this.value(0);
    this.space();
    return this.at === this.text.length ? value : refuse("JSON: something follows");
  }

  take(pattern) {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (!found) refuse("no JSON");
    this.at += found[0].length;
    return found;
  }

  space() {
    this.take(SPACE);
  }

  skip(letter) {
    this.space();
    if (this.text[this.at] !== letter) return false;
    this.at += 1;
    return true;
  }

  need(letter) {
    if (!this.skip(letter)) refuse(`no JSON: ${letter} is missing`);
  }

  value(depth) {
    if (depth > MAX_DEPTH) refuse("JSON: too deep");
    this.space();
    const letter = this.text[this.at];
    if (letter === '"') return this.string();
    if (letter === "{") return this.object(depth);
    if (letter === "[") return this.list(depth);
    for (const [word, value] of [["true", true], ["false", false], ["null", null]]) {
      if (this.text.startsWith(word, this.at)) {
        this.at += word.length;
        return value;
      }
    }
    return this.number();
  }

  string() {
    const value = JSON.parse(this.take(STRING)[0]);
    return LONE.test(value) ? refuse("JSON: half a character") : value;
  }

  number() {
    const [text, fraction, exponent] = this.take(NUMBER);
    const value = Number(text);
    if (!Number.isFinite(value)) refuse("JSON: a number out of range");
    if (fraction !== undefined || exponent !== undefined) return new Fraction(value);
    return Number.isSafeInteger(value) ? value + 0 : refuse("JSON: a whole number of more than 53 bits");
  }

  list(depth) {
    const values = [];
    this.need("[");
    if (this.skip("]")) return values;
    do values.push(this.value(depth + 1));
    while (this.skip(","));
    this.need("]");
    return values;
  }

  object(depth) {
    const found = {};
    this.need("{");
    if (this.skip("}")) return found;
    do {
      this.space();
      const key = this.string();
      this.need(":");
      Object.defineProperty(found, key, {
        value: this.value(depth + 1), configurable: true, enumerable: true, writable: true,
      });
    } while (this.skip(","));
    this.need("}");
    return found;
  }
}
