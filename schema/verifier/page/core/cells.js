// The question set and its expansion (sp-003 §3): cells in order, those that apply to a vantage, and what answers one.

import { refuse } from "./refused.js";
import { readQuestions } from "./formats.js";

const MAX_CELLS = 2000000;
const ENDPOINT =
  /^(udp|tcp|tls|https|quic):(\[[0-9a-fA-F:.]+\]|[0-9.]+):([0-9]{1,5})(?:#([A-Za-z0-9._:-]+)(\/[!"$-~]*)?)?$/;
export const VERIFIABLE = ["tls", "https", "quic"];
//: Cells of these roles are about one name; all others bear on every name that is asked about.
const ABOUT_A_NAME = ["target", "control", "look", "measure"];

function isIPv4(text) {
  const parts = text.split(".");
  return parts.length === 4 && parts.every((part) => /^(?:0|[1-9][0-9]{0,2})$/.test(part) && Number(part) < 256);
}

function isIPv6(text) {
  const parts = text.split(":");
  if (parts.length < 3) return false;
  if (parts.at(-1).includes(".")) {
    if (!isIPv4(parts.pop())) return false;
    parts.push("0", "0");
  }
  if (parts.length > 9) return false;
  const holes = parts.slice(1, -1).filter((part) => part === "").length;
  if (!parts.every((part) => /^[0-9a-fA-F]{0,4}$/.test(part)) || holes > 1) return false;
  if (!holes) return parts.length === 8 && parts.every((part) => part !== "");
  const [first, last] = [parts[0], parts.at(-1)];
  if (first === "" && parts[1] !== "") return false;
  if (last === "" && parts.at(-2) !== "") return false;
  return parts.filter((part) => part !== "").length < 8;
}

/** The transport of an endpoint that is one. */
export function transportOf(text) {
  const found = ENDPOINT.exec(text) ?? refuse(`${text} is no endpoint`);
  const [, transport, host, port, name, path] = found;
  const address = host.startsWith("[") ? isIPv6(host.slice(1, -1)) : isIPv4(host);
  const named = VERIFIABLE.includes(transport) === (name !== undefined) && (transport === "https") === (path !== undefined);
  if (!address || !named || Number(port) < 1 || Number(port) > 65535) refuse(`${text} is no endpoint`);
  return transport;
}

function checkOnce(what, words) {
  if (new Set(words).size !== words.length) refuse(`question set: a ${what} stands twice`);
}

/** The cells of a question set, in order; each has its `number`. */
export function expand(bytes) {
  const questions = readQuestions(bytes);
  if (questions.v !== 1) refuse(`question set: version ${questions.v} is not known here`);
  checkOnce("name", questions.names);
  checkOnce("resolver", questions.resolvers.map((one) => one.id));
  const asked = new Map(questions.resolvers.map((one) => [one.id, one]));
  const listed = new Set(questions.names);
  const crosses = questions.groups.map((group) => {
    if (group.names.some((name) => !listed.has(name)) || group.repeats < 1) refuse("question set: a group of other names");
    return { group, names: new Set(group.names), pairs: pairsOf(group, asked) };
  });
  const size = ({ group, names, pairs }) =>
    names.size * pairs.length * group.types.length * group.profiles.length * group.repeats;
  if (crosses.reduce((sum, cross) => sum + size(cross), 0) > MAX_CELLS) refuse("question set: too many cells");
  const cells = [];
  for (const name of questions.names) {
    for (const { group, names, pairs } of crosses) if (names.has(name)) cross(cells, name, group, pairs);
  }
  return cells;
}

function pairsOf(group, asked) {
  return group.resolvers.flatMap((id) => {
    const resolver = asked.get(id) ?? refuse(`question set: the resolver ${id} is not listed`);
    return resolver.endpoints
      .filter((endpoint) => {
        const transport = transportOf(endpoint);
        return !group.transports.length || group.transports.includes(transport);
      })
      .map((endpoint) => [resolver, endpoint]);
  });
}

function cross(cells, name, group, pairs) {
  for (const [resolver, endpoint] of pairs) {
    const asns = resolver.on_net_only ? resolver.asns : [];
    for (const type of group.types) {
      for (const profile of group.profiles) {
        for (let repeat = 0; repeat < group.repeats; repeat += 1) {
          cells.push({
            number: cells.length, role: group.role, resolver: resolver.id, endpoint, name, class: group.class, type, profile,
            repeat, asns, countries: group.countries, vantages: group.vantages,
          });
        }
      }
    }
  }
}

/** Whether *record* answers *cell*. */
export function answers(record, cell) {
  return (
    record.role === cell.role && record.resolver === cell.resolver && record.endpoint === cell.endpoint &&
    record.name === cell.name && record.class === cell.class && record.type === cell.type &&
    record.profile === cell.profile && record.repeat === cell.repeat
  );
}

/** The place of each cell that applies to *vantage*, by number, and which must be in a bundle that asks about *names*. */
export function placesOf(cells, vantage, names) {
  const of = new Map();
  const wanted = [];
  for (const cell of cells) {
    if (cell.asns.length && !cell.asns.includes(vantage.asn)) continue;
    if (cell.countries.length && !cell.countries.includes(vantage.country)) continue;
    if (cell.vantages.length && !cell.vantages.includes(vantage.id)) continue;
    of.set(cell.number, of.size);
    if (names.has(cell.name) || !ABOUT_A_NAME.includes(cell.role)) wanted.push(cell.number);
  }
  return { of, wanted };
}

/** The vantages that cells name; to all others of one network and country the same cells apply. */
export function designated(cells) {
  return new Set(cells.flatMap((cell) => cell.vantages));
}
