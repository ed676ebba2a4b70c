// What a JSON value must look like. A type is a function of a value and of whether the one form is demanded.

import { base64, isBase64, unbase64 } from "./bytes.js";
import { isDay, isInstant, isInstantInOneForm } from "./instant.js";
import { Fraction, parseJson } from "./json.js";
import { refuse } from "./refused.js";

const DIGEST = /^[0-9a-f]{64}$/;

export const Int = (value) => Number.isSafeInteger(value);
export const Real = (value) => value instanceof Fraction || typeof value === "number";
export const Bool = (value) => typeof value === "boolean";
export const Str = (value) => typeof value === "string";
export const Digest = (value) => typeof value === "string" && DIGEST.test(value);
export const Day = (value) => isDay(value);
export const Instant = (value, oneForm) => isInstant(value) && (!oneForm || isInstantInOneForm(value));
export const Bytes = (value, oneForm) =>
  typeof value === "string" && isBase64(value) && (!oneForm || base64(unbase64(value)) === value);

export const between = (least, most) => (value) => Int(value) && value >= least && value <= most;
export const matching = (pattern) => (value) => typeof value === "string" && pattern.test(value);
export const oneOf = (words) => (value) => typeof value === "string" && words.includes(value);
export const orNull = (type) => (value, oneForm) => value === null || type(value, oneForm);
export const listOf = (type, least = 0) => (value, oneForm) =>
  Array.isArray(value) && value.length >= least && value.every((one) => type(one, oneForm));
export const mapOf = (type) => (value, oneForm) =>
  isObject(value) && Object.values(value).every((one) => type(one, oneForm));

function isObject(value) {
  return value !== null && typeof value === "object" && !Array.isArray(value) && !(value instanceof Fraction);
}

/**
 * An object with these fields and no others: `{name: type}` or `{name: [type, default]}`, in the order of the one form.
 * What is left out gets its default. In the one form all fields stand, or, of a *brief* struct, those that are not their
 * defaults (a text that is not empty may stand all the same: the other verifier cannot tell it from one left out).
 */
export function struct(fields, { brief = false } = {}) {
  const names = Object.keys(fields);
  const types = new Map(names.map((name) => [name, Array.isArray(fields[name]) ? fields[name][0] : fields[name]]));
  const defaults = new Map(names.filter((name) => Array.isArray(fields[name])).map((name) => [name, fields[name][1]]));

  function isInOneForm(value, keys) {
    if (!brief) return keys.length === names.length && keys.every((key, place) => key === names[place]);
    let place = -1;
    return keys.every((key) => {
      const before = place;
      place = names.indexOf(key);
      return place > before && !(defaults.has(key) && isDefault(value[key], defaults.get(key)));
    });
  }

  return (value, oneForm) => {
    if (!isObject(value)) return false;
    const keys = Object.keys(value);
    for (const key of keys) {
      const type = types.get(key);
      if (!type || !type(value[key], oneForm)) return false;
    }
    if (oneForm && !isInOneForm(value, keys)) return false;
    if (keys.length === names.length) return true;
    for (const name of names) {
      if (Object.hasOwn(value, name)) continue;
      if (!defaults.has(name)) return false;
      value[name] = defaults.get(name);
    }
    return true;
  };
}

/** Whether *value* is its field's default, by which it would be left out: nothing in it, or the same plain value. */
function isDefault(value, usual) {
  if (usual !== null && typeof usual === "object") return value !== null && Object.keys(value).length === 0;
  return value === usual && !(typeof value === "string" && value !== "");
}

/** A reader of *type* that calls what it reads *what* in its refusals. */
export function reader(type, what) {
  return (bytes) => {
    const { value } = parseJson(bytes);
    return type(value, false) ? value : refuse(`no ${what}`);
  };
}

/** A reader of lines in their one form: written again, they are the same bytes. */
export function exactReader(type, what) {
  return (bytes) => {
    const { value, exact } = parseJson(bytes);
    return exact && type(value, true) ? value : refuse(`no ${what} in its one form`);
  };
}

/** Order of texts by code point, as the files are sorted. */
export function byText(left, right) {
  const length = Math.min(left.length, right.length);
  for (let i = 0; i < length; i += 1) {
    const a = left.charCodeAt(i);
    const b = right.charCodeAt(i);
    if (a === b) continue;
    const high = (code) => (code >= 0xd800 && code < 0xe000 ? code + 0x10000 : code);
    return high(a) - high(b);
  }
  return left.length - right.length;
}
