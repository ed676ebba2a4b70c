// Time-stamp tokens (sp-007 §1): RFC 3161 requests and replies, CMS signed data, ESS certificate identifiers.

import {
  BOOLEAN, Fields, GENERALIZED_TIME, INTEGER, OCTET_STRING, OID, SEQUENCE, SET, boolean, field, integer, oid, plainField,
} from "./asn1.js";
import { concat, equal, hex } from "./bytes.js";
import { microseconds } from "./instant.js";
import { refuse } from "./refused.js";
import { HASHES, checkIssued, checkPurpose, isSignature, readCertificate } from "./x509.js";

const MAX_BYTES = 256 * 1024;
const MAX_CERTIFICATES = 16;
const SHA256 = "2.16.840.1.101.3.4.2.1";
const SIGNED_DATA = "1.2.840.113549.1.7.2";
const TST_INFO = "1.2.840.113549.1.9.16.1.4";
const TST_INFO_DER = "060b2a864886f70d0109100104";
const CONTENT_TYPE = "1.2.840.113549.1.9.3";
const MESSAGE_DIGEST = "1.2.840.113549.1.9.4";
const SIGNING_CERTIFICATE = "1.2.840.113549.1.9.16.2.12";
const SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.47";
const TIME = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.(\d{1,6}))?Z$/;

function imprintOf(fields) {
  const inside = fields.into(SEQUENCE);
  const { name } = inside.algorithm();
  const digest = inside.take(OCTET_STRING).content;
  inside.end();
  return { name, digest };
}

function readRequest(bytes) {
  if (bytes.length > MAX_BYTES) refuse("a time-stamp request of too many bytes");
  const fields = Fields.whole(bytes, SEQUENCE);
  if (fields.integer() !== 1n) refuse("a time-stamp request of an unknown version");
  const imprint = imprintOf(fields);
  const policy = fields.maybe(OID);
  const nonce = fields.maybe(INTEGER);
  const certificates = fields.maybe(BOOLEAN);
  fields.end();
  if (certificates) boolean(certificates.content);
  return { imprint, policy: policy && oid(policy.content), nonce: nonce && integer(nonce.content) };
}

function readReply(bytes) {
  if (bytes.length > MAX_BYTES) refuse("a time stamp of too many bytes");
  const response = Fields.whole(bytes, SEQUENCE);
  const status = response.into(SEQUENCE).integer();
  if (status !== 0n && status !== 1n) refuse(`a time stamp that was refused with status ${status}`);
  const content = response.into(SEQUENCE);
  response.end();
  if (content.oid() !== SIGNED_DATA) refuse("a time stamp without signed data");
  const signed = content.into(field(0)).into(SEQUENCE);
  content.end();
  return readSigned(signed);
}

function readSigned(signed) {
  if (signed.integer() !== 3n) refuse("signed data of an unknown version");
  signed.take(SET);
  const inner = signed.into(SEQUENCE);
  if (inner.oid() !== TST_INFO) refuse("what is signed is no time stamp");
  const wrapped = inner.into(field(0));
  const content = wrapped.take(OCTET_STRING).content;
  wrapped.end();
  inner.end();
  const came = signed.maybe(field(0));
  signed.maybe(field(1));
  const signers = signed.into(SET);
  const signer = readSigner(signers.into(SEQUENCE));
  signers.end();
  signed.end();
  const certificates = came ? new Fields(came.content).rest().map((one) => one.raw) : [];
  if (certificates.length > MAX_CERTIFICATES) refuse("too many certificates");
  const matching = certificates.filter((one) => equal(issuerAndSerial(one), signer.sid));
  if (matching.length !== 1) refuse(`${matching.length} certificates came along that the signature names`);
  return { ...readStatement(content), content, signer, certificate: matching[0] };
}

function issuerAndSerial(certificate) {
  const fields = Fields.whole(certificate, SEQUENCE).into(SEQUENCE);
  fields.maybe(field(0));
  const serial = fields.take(INTEGER);
  fields.take(SEQUENCE);
  return concat(fields.take(SEQUENCE).raw, serial.raw);
}

function readSigner(fields) {
  if (fields.integer() !== 1n) refuse("a signature of an unknown version");
  const sid = fields.take(SEQUENCE).content;
  const digest = fields.algorithm().name;
  const signed = fields.take(field(0));
  const algorithm = fields.algorithm();
  const signature = fields.take(OCTET_STRING).content;
  fields.maybe(field(1));
  fields.end();
  const attributes = new Map();
  for (const one of new Fields(signed.content).rest()) {
    const inside = Fields.whole(one.raw, SEQUENCE);
    const name = inside.oid();
    const values = inside.into(SET).rest();
    inside.end();
    if (attributes.has(name) || values.length !== 1) refuse("a signed attribute more than once, or without a value");
    attributes.set(name, values[0].raw);
  }
  const data = concat(Uint8Array.of(SET), signed.raw.subarray(1)); // RFC 5652 §5.4: signed as a set
  return { sid, digest, algorithm, attributes, data, signature };
}

function readStatement(content) {
  const fields = Fields.whole(content, SEQUENCE);
  if (fields.integer() !== 1n) refuse("a time stamp of an unknown version");
  const policy = fields.oid();
  const imprint = imprintOf(fields);
  fields.integer();
  const at = timeOf(String.fromCharCode(...fields.take(GENERALIZED_TIME).content));
  const accuracy = fields.maybe(SEQUENCE);
  const ordering = fields.maybe(BOOLEAN);
  const nonce = fields.maybe(INTEGER);
  fields.maybe(field(0));
  const extensions = fields.maybe(field(1));
  fields.end();
  if (ordering) boolean(ordering.content);
  if (extensions) new Fields(extensions.content).rest().forEach(refuseCritical);
  const accuracyUs = accuracy ? accuracyOf(new Fields(accuracy.content)) : 0;
  return { policy, imprint, at, accuracyUs, nonce: nonce && integer(nonce.content) };
}

function timeOf(text) {
  const found = TIME.exec(text) ?? refuse("a time stamp without a time");
  const [, year, month, day, hour, minute, second, fraction] = found;
  return microseconds(`${year}-${month}-${day}T${hour}:${minute}:${second}.${(fraction ?? "0").padEnd(6, "0")}Z`);
}

function accuracyOf(fields) {
  const parts = [INTEGER, plainField(0), plainField(1)].map((tag) => {
    const found = fields.maybe(tag);
    return found ? integer(found.content) : 0n;
  });
  fields.end();
  const [seconds, millis, micros] = parts;
  const known = seconds >= 0n && seconds <= 1000000n && millis >= 0n && millis < 1000n && micros >= 0n && micros < 1000n;
  return known ? Number((seconds * 1000n + millis) * 1000n + micros) : refuse("an accuracy outside its range");
}

function refuseCritical(one) {
  const fields = Fields.whole(one.raw, SEQUENCE);
  fields.oid();
  const critical = fields.maybe(BOOLEAN);
  if (critical && boolean(critical.content)) refuse("a critical extension that is not known here");
}

/** Reads pinned authorities once and checks tokens against them. */
export class TokenReader {
  constructor(subtle) {
    this.subtle = subtle;
    this.chains = new Map();
  }

  /** The token in *reply*, which *pinned* (certificates as bytes) gave for *request* over *message*. */
  async check(reply, request, message, pinned) {
    const token = readReply(reply);
    const asked = readRequest(request);
    const digest = new Uint8Array(await this.subtle.digest("SHA-256", message));
    for (const { name, digest: held } of [asked.imprint, token.imprint]) {
      if (name !== SHA256 || !equal(held, digest)) refuse("the imprint is not that of what was to be stamped");
    }
    if (asked.policy !== null && asked.policy !== pinned.policy) refuse("the request asks for another policy");
    if (asked.nonce === null || token.nonce !== asked.nonce) refuse("the nonce is not the request's");
    if (token.policy !== pinned.policy) refuse(`the policy ${token.policy} is not the pinned one`);
    if (!equal(token.certificate, pinned.certificate)) refuse("the signer's certificate is not the pinned one");
    const chain = await this.#chain(pinned);
    await this.#checkAttributes(token);
    const { algorithm, data, signature } = token.signer;
    const holds = await isSignature(this.subtle, chain[0], algorithm, HASHES[token.signer.digest], data, signature);
    if (!holds) refuse("the signature of the token does not hold");
    if (chain.some((one) => token.at < one.from || token.at > one.to)) refuse("a pinned certificate was not valid then");
    return token;
  }

  async #chain(pinned) {
    if (!this.chains.has(pinned.name)) {
      const chain = [pinned.certificate, ...pinned.chain].map(readCertificate);
      checkPurpose(chain[0]);
      for (let below = 0; below + 1 < chain.length; below += 1) {
        await checkIssued(this.subtle, chain[below], chain[below + 1], below);
      }
      this.chains.set(pinned.name, chain);
    }
    return this.chains.get(pinned.name);
  }

  async #checkAttributes({ signer, content, certificate }) {
    const hash = HASHES[signer.digest] ?? refuse("a digest algorithm that is weak or unknown");
    const type = signer.attributes.get(CONTENT_TYPE);
    if (!type || hex(type) !== TST_INFO_DER) refuse("the signed content type is not that of a time stamp");
    const digest = new Uint8Array(await this.subtle.digest(hash, content));
    const wanted = concat(Uint8Array.of(OCTET_STRING, digest.length), digest);
    const said = signer.attributes.get(MESSAGE_DIGEST);
    if (!said || !equal(said, wanted)) refuse("the signed digest is not that of the time stamp");
    const identifiers = identifiersOf(signer);
    if (!identifiers.length) refuse("no signed identifier of the certificate");
    for (const [name, found] of identifiers) {
      if (!equal(found, new Uint8Array(await this.subtle.digest(name, certificate)))) refuse("another certificate is signed");
    }
  }
}

/** By which hash and digest the signed attributes name the signer's certificate. */
function identifiersOf(signer) {
  const found = [];
  for (const kind of [SIGNING_CERTIFICATE, SIGNING_CERTIFICATE_V2]) {
    const value = signer.attributes.get(kind);
    if (!value) continue;
    const first = Fields.whole(value, SEQUENCE).into(SEQUENCE).into(SEQUENCE);
    const algorithm = kind === SIGNING_CERTIFICATE_V2 ? first.maybe(SEQUENCE) : null;
    const usual = kind === SIGNING_CERTIFICATE ? "SHA-1" : "SHA-256";
    const name = algorithm ? HASHES[new Fields(algorithm.content).oid()] : usual;
    found.push([name ?? refuse("a certificate named by a weak hash"), first.take(OCTET_STRING).content]);
  }
  return found;
}
