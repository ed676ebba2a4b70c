// Steps 6.1 to 6.5, for one round: its file, its records against the plan, and the proof that they are the closed round's.

import { encoded, hex, unhex } from "./bytes.js";
import { answers } from "./cells.js";
import { readRecord, readRoundLine } from "./formats.js";
import { refuse } from "./refused.js";
import { leafHash, rootFromSubset } from "./tree.js";

const MAX_ROUND_BYTES = 2 ** 30;

export function roundName(number, probe) {
  return `rounds/${String(number).padStart(10, "0")}/${probe}.jsonl`;
}

// 6.1 Each closed round of the period is in the bundle; its first line names the close at *place* (chain, leaf).
export async function openRound(state, one, probe, place) {
  const name = roundName(one.plan.number, probe);
  const data = await state.archive.read(name, MAX_ROUND_BYTES);
  const lines = [];
  let at = 0;
  for (let end = data.indexOf(10); end >= 0; end = data.indexOf(10, at)) {
    lines.push(data.subarray(at, end));
    at = end + 1;
  }
  if (at !== data.length || !lines.length) refuse(`the last line of ${name} has no newline`);
  const { v, round } = readRoundLine(lines[0]);
  const same =
    v === 1 && round.plan === one.id && round.number === one.plan.number && round.probe === probe &&
    round.chain === place.chain && round.leaf === place.leaf;
  if (!same) refuse(`${name} does not name the close at line ${place.leaf} of the log ${place.chain}`);
  return { name, head: round, lines: lines.slice(1) };
}

// 6.2 Each record answers the cell of its plan, applies to the vantage and was chosen; they stand by cell.
export function readRecords(one, found, close, own) {
  const { name, head, lines } = found;
  if (head.chosen.some((number) => !own.of.has(number))) refuse(`${name}: a cell was chosen that does not apply`);
  const chosen = new Set(head.chosen);
  let before = -1;
  const records = lines.map((line) => {
    const record = readRecord(line);
    if (record.v !== 1 || record.plan !== one.id || record.probe !== head.probe) {
      refuse(`${name}: a record of another plan, probe or version`);
    }
    if (record.cell <= before || !chosen.has(record.cell) || !answers(record, one.cells[record.cell])) {
      refuse(`${name}: a record does not answer cell ${record.cell} of its plan, or stands out of order`);
    }
    if (record.gap !== null && saysMore(record)) refuse(`${name}: a cell that was not asked has answers`);
    before = record.cell;
    return record;
  });
  const gaps = gapsOf(close, records.map((record) => record.cell));
  if (gaps.size) refuse(`${name}: cell ${[...gaps.keys()][0]} is a record and in a gap of the close`);
  return records;
}

/** Whether there is anything beside the gap of a cell that was not asked: no hash covers it. */
function saysMore({ query, answers: heard, failure, tls, http, mono_us: mono }) {
  return query !== "" || heard.length > 0 || failure !== null || tls !== null || http !== null || mono !== 0;
}

// 6.3 Each cell that bears on the question is there, a record or a gap with its reason; the gaps, by cell.
export function checkChosen(found, close, own, records) {
  const { name, head } = found;
  if (head.chosen.some((number, place) => place && number <= head.chosen[place - 1])) refuse(`${name}: the chosen cells do not ascend`);
  const chosen = new Set(head.chosen);
  const missing = own.wanted.find((number) => !chosen.has(number));
  if (missing !== undefined) refuse(`${name}: cell ${missing} bears on the question and is not there`);
  const recorded = new Set(records.map((record) => record.cell));
  const bare = head.chosen.filter((number) => !recorded.has(number));
  const gaps = gapsOf(close, bare);
  const neither = bare.find((number) => !gaps.has(number));
  if (neither !== undefined) refuse(`${name}: cell ${neither} is neither a record nor a gap`);
  return gaps;
}

// 6.4 The cells and the range proof give the root of the round's close; its counts are such as can be.
export function checkRoot(found, close, own, records, gaps) {
  const { name, head, lines } = found;
  if (close.cells !== own.of.size) refuse(`${name}: the close counts ${close.cells} cells, ${own.of.size} apply`);
  const least = records.filter((record) => record.gap === null).length;
  const most = close.cells - (close.gaps.length ? gapsOf(close, [...own.of.keys()]).size : 0);
  if (close.observed < least || close.observed > most) refuse(`${name}: the close counts ${close.observed} records, which cannot be`);
  const leaves = new Map();
  records.forEach((record, at) => {
    leaves.set(record.cell, record.gap === null ? leafHash(lines[at]) : gapLeaf(head, record.cell, record.gap));
  });
  for (const [number, reason] of gaps) leaves.set(number, gapLeaf(head, number, reason));
  const places = head.chosen.map((number) => own.of.get(number));
  const root = rootFromSubset(close.cells, places, head.chosen.map((number) => leaves.get(number)), head.proof.map(unhex));
  if (hex(root) !== close.root) refuse(`${name}: the cells and the proof do not give the root of the close`);
}

/** The leaf of a cell that was not asked (sp-001 §5). */
function gapLeaf(head, number, reason) {
  return leafHash(encoded(`{"v":1,"plan":"${head.plan}","cell":${number},"probe":"${head.probe}","gap":"${reason}"}`));
}

/** Those of *cells* (ascending) that lie in a gap of *close*, with the reason; a range is never expanded, it may be long. */
function gapsOf(close, cells) {
  const ranges = [...close.gaps].sort((a, b) => a.from - b.from || a.to - b.to);
  const found = new Map();
  let place = 0;
  for (const number of cells) {
    while (place < ranges.length && ranges[place].to < number) place += 1;
    if (place < ranges.length && ranges[place].from <= number) found.set(number, ranges[place].reason);
  }
  return found;
}

// 6.5 Each certificate that a record names is in the bundle; *used* learns of them.
export function checkCertificates(state, name, records, used) {
  for (const { tls } of records) {
    for (const digest of tls?.chain ?? []) {
      const file = `certificates/${digest}.der`;
      used.add(file);
      if (state.digests.get(file) !== digest) refuse(`${name}: ${file} is not in the bundle`);
    }
  }
}
