// Certificates (RFC 5280) as far as time stamps need them, and signatures by their keys through WebCrypto.

import { BIT_STRING, BOOLEAN, Fields, GENERALIZED_TIME, INTEGER, OCTET_STRING, SEQUENCE, UTC_TIME, boolean, field, oid, plainField } from "./asn1.js";
import { concat, equal } from "./bytes.js";
import { microseconds } from "./instant.js";
import { refuse } from "./refused.js";

export const HASHES = {
  "2.16.840.1.101.3.4.2.1": "SHA-256", "2.16.840.1.101.3.4.2.2": "SHA-384", "2.16.840.1.101.3.4.2.3": "SHA-512",
};
const RSA = "1.2.840.113549.1.1.1";
const RSA_WITH = {
  "1.2.840.113549.1.1.11": "SHA-256", "1.2.840.113549.1.1.12": "SHA-384", "1.2.840.113549.1.1.13": "SHA-512",
};
const PSS = "1.2.840.113549.1.1.10";
const MGF1 = "1.2.840.113549.1.1.8";
const EC = "1.2.840.10045.2.1";
const ECDSA_WITH = {
  "1.2.840.10045.4.3.2": "SHA-256", "1.2.840.10045.4.3.3": "SHA-384", "1.2.840.10045.4.3.4": "SHA-512",
};
const CURVES = {
  "1.2.840.10045.3.1.7": ["P-256", 32], "1.3.132.0.34": ["P-384", 48], "1.3.132.0.35": ["P-521", 66],
};
const BASIC_CONSTRAINTS = "2.5.29.19";
const EXTENDED_KEY_USAGE = "2.5.29.37";
const TIME_STAMPING = "1.3.6.1.5.5.7.3.8";
const LEAST_RSA_BITS = 2048;
const MOST_SALT = 64n;

export function readCertificate(der) {
  const outer = Fields.whole(der, SEQUENCE);
  const body = outer.take(SEQUENCE);
  const algorithm = outer.algorithm();
  const signature = bits(outer.take(BIT_STRING).content);
  outer.end();
  const fields = new Fields(body.content);
  const version = fields.maybe(field(0));
  if (!version || new Fields(version.content).integer() !== 2n) refuse("a certificate of another version than 3");
  const serial = fields.take(INTEGER);
  const inner = fields.algorithm();
  if (inner.name !== algorithm.name) refuse("a certificate that names two algorithms");
  const issuer = fields.take(SEQUENCE).raw;
  const validity = fields.into(SEQUENCE);
  const [from, to] = [moment(validity), moment(validity)];
  const subject = fields.take(SEQUENCE).raw;
  const spki = fields.take(SEQUENCE).raw;
  fields.maybe(plainField(1));
  fields.maybe(plainField(2));
  const extensions = extensionsOf(fields.maybe(field(3)));
  fields.end();
  return { der, signed: body.raw, algorithm, signature, serial: serial.raw, issuer, subject, from, to, spki, extensions };
}

function bits(content) {
  return content.length && content[0] === 0 ? content.subarray(1) : refuse("a bit string with half bytes");
}

/** A time of a certificate, in microseconds. */
function moment(fields) {
  const short = fields.maybe(UTC_TIME);
  const text = String.fromCharCode(...(short ?? fields.take(GENERALIZED_TIME)).content);
  const full = short ? `${Number(text.slice(0, 2)) < 50 ? "20" : "19"}${text}` : text;
  const found = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(full) ?? refuse("a certificate's time");
  return microseconds(`${found[1]}-${found[2]}-${found[3]}T${found[4]}:${found[5]}:${found[6]}Z`);
}

function extensionsOf(wrapped) {
  const found = new Map();
  if (!wrapped) return found;
  const outer = new Fields(wrapped.content);
  const list = outer.into(SEQUENCE);
  outer.end();
  for (const one of list.rest()) {
    const fields = Fields.whole(one.raw, SEQUENCE);
    const name = fields.oid();
    const critical = fields.maybe(BOOLEAN);
    const value = fields.take(OCTET_STRING).content;
    fields.end();
    if (found.has(name)) refuse("an extension stands twice");
    found.set(name, { critical: critical !== null && boolean(critical.content), value });
  }
  return found;
}

/** RFC 3161 §2.3: the key signs time stamps and nothing else. */
export function checkPurpose(certificate) {
  const found = certificate.extensions.get(EXTENDED_KEY_USAGE) ?? refuse("a certificate that is not for time stamps");
  const purposes = Fields.whole(found.value, SEQUENCE).rest().map((one) => oid(one.content));
  if (!found.critical || purposes.length !== 1 || purposes[0] !== TIME_STAMPING) {
    refuse("a certificate that is not for time stamps alone, or not bindingly so");
  }
  const key = keyOf(certificate);
  if (key.kind === "RSA" && key.bits < LEAST_RSA_BITS) refuse("a key that is weak");
}

/** That *issuer* may issue with *below* others beneath it, and issued *child*. */
export async function checkIssued(subtle, child, issuer, below) {
  const basic = issuer.extensions.get(BASIC_CONSTRAINTS) ?? refuse("a certificate that may issue no others");
  const fields = Fields.whole(basic.value, SEQUENCE);
  const flag = fields.maybe(BOOLEAN);
  const most = fields.maybe(INTEGER);
  if (!flag || !boolean(flag.content) || (most && new Fields(most.raw).integer() < BigInt(below))) {
    refuse("a certificate that may issue no others, or not so many");
  }
  const { name, parameters } = child.algorithm;
  const hash = RSA_WITH[name] ?? ECDSA_WITH[name] ?? (name === PSS ? pssHash(parameters) : null);
  if (!hash) refuse("a certificate signed by a weak or unknown algorithm");
  const holds = await isSignature(subtle, issuer, child.algorithm, hash, child.signed, child.signature);
  if (!equal(child.issuer, issuer.subject) || !holds) refuse("a certificate that the one above it did not issue");
}

function keyOf(certificate) {
  const fields = Fields.whole(certificate.spki, SEQUENCE);
  const algorithm = fields.into(SEQUENCE);
  const name = algorithm.oid();
  const key = bits(fields.take(BIT_STRING).content);
  if (name === RSA) {
    const modulus = Fields.whole(key, SEQUENCE).take(INTEGER).content;
    const leading = modulus[0] === 0 ? modulus.subarray(1) : modulus;
    return { kind: "RSA", bits: leading.length * 8 - Math.clz32(leading[0]) + 24 };
  }
  const curve = name === EC ? CURVES[algorithm.oid()] : undefined;
  return curve ? { kind: "EC", curve: curve[0], width: curve[1] } : refuse("a key of an unknown kind");
}

/** Whether the key of *certificate* signed *data* with this algorithm and *hash*. */
export async function isSignature(subtle, certificate, algorithm, hash, data, signature) {
  const key = keyOf(certificate);
  const { name, parameters } = algorithm;
  if (key.kind === "EC" && ECDSA_WITH[name] === hash) {
    const raw = rawSignature(signature, key.width);
    const use = { name: "ECDSA", namedCurve: key.curve };
    return raw !== null && verify(subtle, certificate, use, { name: "ECDSA", hash }, data, raw);
  }
  if (key.kind === "RSA" && (name === RSA || RSA_WITH[name] === hash)) {
    const use = { name: "RSASSA-PKCS1-v1_5", hash };
    return verify(subtle, certificate, use, use, data, signature);
  }
  if (key.kind === "RSA" && name === PSS) {
    const saltLength = saltOf(parameters, hash);
    return verify(subtle, certificate, { name: "RSA-PSS", hash }, { name: "RSA-PSS", saltLength }, data, signature);
  }
  return refuse(`a signature algorithm ${name} that is weak, unknown, or not the key's`);
}

async function verify(subtle, certificate, use, how, data, signature) {
  let key;
  try {
    key = await subtle.importKey("spki", certificate.spki, use, false, ["verify"]);
  } catch {
    return refuse("a key that this browser does not take");
  }
  return subtle.verify(how, key, signature, data);
}

/** An ECDSA signature as WebCrypto wants it: both numbers in *width* bytes; null if it is none. */
function rawSignature(der, width) {
  let numbers;
  try {
    const fields = Fields.whole(der, SEQUENCE);
    numbers = [fields.take(INTEGER).content, fields.take(INTEGER).content];
    fields.end();
  } catch {
    return null;
  }
  const padded = numbers.map((content) => {
    const digits = content[0] === 0 ? content.subarray(1) : content;
    if (!content.length || content[0] & 0x80 || digits.length > width) return null;
    return concat(new Uint8Array(width - digits.length), digits);
  });
  return padded.includes(null) ? null : concat(...padded);
}

function pssParts(parameters) {
  if (parameters.length !== 1) refuse("PSS without parameters");
  const fields = Fields.whole(parameters[0], SEQUENCE);
  const hashed = fields.into(field(0)).algorithm().name;
  const mask = fields.into(field(1)).into(SEQUENCE);
  const [generator, inner] = [mask.oid(), mask.algorithm().name];
  const salt = fields.maybe(field(2));
  fields.end();
  return { hashed, generator, inner, salt: salt ? new Fields(salt.content).integer() : 20n };
}

function pssHash(parameters) {
  return HASHES[pssParts(parameters).hashed] ?? null;
}

/** RFC 4055 §3.1: the same hash in both places; bytes of salt. */
function saltOf(parameters, hash) {
  const { hashed, generator, inner, salt } = pssParts(parameters);
  if (HASHES[hashed] !== hash || generator !== MGF1 || inner !== hashed || salt < 0n || salt > MOST_SALT) {
    refuse("PSS with other hashes than the digest's");
  }
  return Number(salt);
}
