// The container (sp-008 §1): a zip in one form only, read file by file from a source `{size, read(start, end)}`.

import { equal, hex } from "./bytes.js";
import { refuse } from "./refused.js";
import { Sha256, sha256 } from "./sha256.js";

const CHUNK = 4 * 2 ** 20;
const MAX_FILES = 4000000;
const MAX_LINE_BYTES = 16 * 2 ** 20;
const WHOLE_BYTES = 64 * 2 ** 20; // a larger file is hashed in pieces
const SMALL_BYTES = 2048; // a smaller one is hashed sooner than WebCrypto answers
const LOCAL_BYTES = 30;
const CENTRAL_BYTES = 46;
const EXTRA_BYTES = 12;
const MAX_NAME_BYTES = 255;
const END_BYTES = 22;
const TAIL_BYTES = 56 + 20 + END_BYTES;
const FULL16 = 0xffff;
const FULL32 = 0xffffffff;
const NAME = /^[A-Za-z0-9_][A-Za-z0-9._-]*(?:\/[A-Za-z0-9_][A-Za-z0-9._-]*)*$/;

const CRC = new Int32Array(256);
for (let byte = 0; byte < 256; byte += 1) {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  CRC[byte] = value;
}

function crc32(data, before) {
  let value = ~before;
  for (let i = 0; i < data.length; i += 1) value = CRC[(value ^ data[i]) & 255] ^ (value >>> 8);
  return ~value >>> 0;
}

/** Little-endian numbers one after the other: `[bytes, value]`. */
function pack(...fields) {
  const bytes = new Uint8Array(fields.reduce((length, [width]) => length + width, 0));
  let at = 0;
  for (const [width, value] of fields) {
    let rest = value;
    for (let i = 0; i < width; i += 1) {
      bytes[at + i] = rest % 256;
      rest = Math.floor(rest / 256);
    }
    at += width;
  }
  return bytes;
}

function unpack(bytes, at, width) {
  let value = 0;
  for (let i = width - 1; i >= 0; i -= 1) value = value * 256 + bytes[at + i];
  return value;
}

function ascii(name) {
  return Uint8Array.from(name, (letter) => letter.charCodeAt(0));
}

function join(...parts) {
  const bytes = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function localHeader({ name, size, crc }) {
  return join(
    pack([4, 0x04034b50], [2, 20], [2, 0], [2, 0], [2, 0], [2, 0x21], [4, crc], [4, size], [4, size], [2, name.length], [2, 0]),
    ascii(name),
  );
}

function centralHeader({ name, size, crc, offset }) {
  const far = offset >= FULL32;
  const version = far ? 45 : 20;
  return join(
    pack(
      [4, 0x02014b50], [2, 768 + version], [2, version], [2, 0], [2, 0], [2, 0], [2, 0x21], [4, crc], [4, size], [4, size],
      [2, name.length], [2, far ? EXTRA_BYTES : 0], [2, 0], [2, 0], [2, 0], [4, 0o100644 * 65536], [4, Math.min(offset, FULL32)],
    ),
    ascii(name),
    far ? pack([2, 1], [2, 8], [8, offset]) : new Uint8Array(0),
  );
}

function tail({ files, size, offset }) {
  const count = Math.min(files, FULL16);
  const records =
    files >= FULL16 || size >= FULL32 || offset >= FULL32
      ? pack(
          [4, 0x06064b50], [8, 44], [2, 45], [2, 45], [4, 0], [4, 0], [8, files], [8, files], [8, size], [8, offset],
          [4, 0x07064b50], [4, 0], [8, offset + size], [4, 1],
        )
      : new Uint8Array(0);
  const sizes = [[4, Math.min(size, FULL32)], [4, Math.min(offset, FULL32)]];
  return join(records, pack([4, 0x06054b50], [2, 0], [2, 0], [2, count], [2, count], ...sizes, [2, 0]));
}

function readEnd(last) {
  const at = last.length - END_BYTES;
  if (at < 0 || unpack(last, at, 4) !== 0x06054b50) refuse("no zip, or one that was cut off");
  const [files, size, offset] = [unpack(last, at + 10, 2), unpack(last, at + 12, 4), unpack(last, at + 16, 4)];
  if (files !== FULL16 && size !== FULL32 && offset !== FULL32) return { files, size, offset };
  const far = last.length - TAIL_BYTES;
  if (far < 0 || unpack(last, far, 4) !== 0x06064b50) refuse("the zip's end lacks its ZIP64 records");
  return { files: unpack(last, far + 32, 8), size: unpack(last, far + 40, 8), offset: unpack(last, far + 48, 8) };
}

/** A source read forwards in large pieces. */
class Ahead {
  constructor(source) {
    this.source = source;
    this.start = 0;
    this.held = new Uint8Array(0);
  }

  async read(from, to) {
    if (from < this.start || to > this.start + this.held.length) {
      this.start = from;
      this.held = await this.source.read(from, Math.min(this.source.size, Math.max(to, from + CHUNK)));
    }
    return this.held.subarray(from - this.start, to - this.start);
  }
}

/** A bundle's zip; what is held of it is its directory. */
export class Archive {
  static async open(source) {
    const archive = new Archive();
    archive.source = source;
    archive.places = new Map();
    const last = await source.read(Math.max(0, source.size - TAIL_BYTES), source.size);
    const end = readEnd(last);
    if (end.offset + end.size > source.size || end.files > Math.min(MAX_FILES, end.size)) {
      refuse("the zip's directory lies outside the file");
    }
    await archive.#readDirectory(end);
    const rest = source.size - end.offset - end.size;
    if (rest > TAIL_BYTES || !equal(await source.read(end.offset + end.size, source.size), tail(end))) {
      refuse("the zip does not end in its one form");
    }
    return archive;
  }

  async #readDirectory(end) {
    const ahead = new Ahead(this.source);
    const stop = end.offset + end.size;
    let at = end.offset;
    let position = 0;
    let before = "";
    for (let count = 0; count < end.files; count += 1) {
      const held = await ahead.read(at, Math.min(stop, at + CENTRAL_BYTES + MAX_NAME_BYTES + EXTRA_BYTES));
      if (held.length < CENTRAL_BYTES) refuse("the zip's directory is broken");
      const length = unpack(held, 28, 2);
      const extra = unpack(held, 30, 2);
      if (length > MAX_NAME_BYTES || (extra !== 0 && extra !== EXTRA_BYTES)) refuse("the zip's directory is broken");
      const name = String.fromCharCode(...held.subarray(CENTRAL_BYTES, CENTRAL_BYTES + length));
      const place = { name, size: unpack(held, 24, 4), crc: unpack(held, 16, 4), offset: position };
      place.start = position + LOCAL_BYTES + length;
      place.end = place.start + place.size;
      const header = centralHeader(place);
      if (!NAME.test(name) || name <= before || place.end > end.offset || place.size === FULL32) {
        refuse("the zip's directory has a name or size that is none, or not in order");
      }
      if (!equal(held.subarray(0, header.length), header)) refuse(`the zip's directory is not in its one form at ${name}`);
      this.places.set(name, place);
      [position, before, at] = [place.end, name, at + header.length];
    }
    if (position !== end.offset || at !== stop) refuse("the zip holds bytes that are no file's");
  }

  get names() {
    return [...this.places.keys()];
  }

  named(folder) {
    return this.names.filter((name) => name.startsWith(`${folder}/`));
  }

  has(name) {
    return this.places.has(name);
  }

  /** The file *name*, which has at most so many bytes. */
  async read(name, most = WHOLE_BYTES) {
    const place = this.places.get(name) ?? refuse(`${name} is not in the bundle`);
    if (place.size > most) refuse(`${name} has more than ${most} bytes`);
    return this.source.read(place.start, place.end);
  }

  async *chunks(name) {
    const place = this.places.get(name) ?? refuse(`${name} is not in the bundle`);
    for (let at = place.start; at < place.end; at += CHUNK) yield this.source.read(at, Math.min(place.end, at + CHUNK));
  }

  /** The lines of *name* without their newlines, many at a time; each has its newline, also the last. */
  async *lines(name) {
    let rest = new Uint8Array(0);
    for await (const chunk of this.chunks(name)) {
      const held = rest.length ? join(rest, chunk) : chunk;
      const lines = [];
      let at = 0;
      for (let end = held.indexOf(10, rest.length); end >= 0; end = held.indexOf(10, at)) {
        lines.push(held.subarray(at, end));
        at = end + 1;
      }
      rest = held.subarray(at);
      yield lines;
      if (rest.length > MAX_LINE_BYTES) refuse(`a line of ${name} is too long`);
    }
    if (rest.length) refuse(`the last line of ${name} has no newline`);
  }

  /** Hex SHA-256 by name, in one reading of the whole that also compares every header and CRC-32; *tick(bytes done)*. */
  async digests(subtle, tick) {
    const ahead = new Ahead(this.source);
    const found = new Map();
    for (const place of this.places.values()) {
      if (!equal(await ahead.read(place.offset, place.start), localHeader(place))) {
        refuse(`the header of ${place.name} is not in its one form`);
      }
      const { crc, digest } = await this.#hashed(place, ahead, subtle);
      if (crc !== place.crc) refuse(`the checksum of ${place.name} in the zip is not that of its bytes`);
      found.set(place.name, hex(digest));
      tick(place.end);
    }
    return found;
  }

  async #hashed(place, ahead, subtle) {
    if (place.size <= WHOLE_BYTES) {
      const data = await ahead.read(place.start, place.end);
      const digest = place.size <= SMALL_BYTES ? sha256(data) : new Uint8Array(await subtle.digest("SHA-256", data));
      return { crc: crc32(data, 0), digest };
    }
    const hash = new Sha256();
    let crc = 0;
    for await (const chunk of this.chunks(place.name)) {
      hash.update(chunk);
      crc = crc32(chunk, crc);
    }
    return { crc, digest: hash.digest() };
  }
}
