// Every format that stands in a bundle or a trust file, field by field (sp-001 to sp-008).

import { refuse } from "./refused.js";
import {
  Bool, Bytes, Day, Digest, Instant, Int, Real, Str, between, exactReader, listOf, mapOf, matching, oneOf, orNull, reader,
  struct,
} from "./shape.js";
import { parseJson } from "./json.js";
import { unbase64 } from "./bytes.js";
import {
  CHALLENGE, CONFIDENCE, FAILURE, GAP, HOW, INSTRUMENT, KIND, NOTE, NOTICEKIND, ORIGIN, OUTCOME, PER, PROFILE, ROLE,
  SCOPERULE, STARTSFROM, STATE, TRANSPORT,
} from "./words.js";

const LARGEST = 2 ** 31;
const SIGNATURE_BYTES = 64;

// The bundle itself (sp-008 §3) and whom a reader trusts (sp-008 §5).

const Query = struct({
  order: Str, version: Int, operators: listOf(Str), names: listOf(Str), first_day: Day, last_day: Day,
});
export const readBundle = exactReader(
  struct({ v: Int, query: Query, origin: Str, size: Int, key: Digest, program: Str, lab: [Bool, false] }),
  "bundle.json",
);

const RoundHead = struct({
  plan: Digest, number: Int, probe: Str, chain: Str, leaf: Int, chosen: listOf(Int), proof: listOf(Digest),
});
export const readRoundLine = exactReader(struct({ v: Int, round: RoundHead }), "round line");

const TrustedLog = struct({ origin: Str, key: Digest });
const TrustedAuthority = struct({
  name: Str, certificate: Bytes, policy: Str, chain: [listOf(Bytes), []], qualified: [Bool, false],
});
const TrustedWitness = struct({ name: Str, key: Digest });
const Needs = struct({ authorities: [Int, 2], cosignatures: [Int, 1] });
export const readTrust = reader(
  struct({
    v: Int,
    logs: listOf(TrustedLog),
    authorities: [listOf(TrustedAuthority), []],
    witnesses: [listOf(TrustedWitness), []],
    needs: [Needs, { authorities: 2, cosignatures: 1 }],
    root_keys: [listOf(Bytes), []],
    lab: [Bool, false],
  }),
  "trust file",
);

// The collector's log (sp-005 §3): `kind` first, `v` second, all fields.

const ENTRIES = Object.fromEntries(
  Object.entries({
    log: { origin: Str, key: Digest, at: Instant, after: orNull(Str), reason: Str },
    plan: { number: Int, plan: Digest, starts_at: Instant, key: Digest, signature: Bytes },
    questions: { digest: Digest },
    policy: { digest: Digest },
    order: { order: Str, version: Int, digest: Digest, at: Instant },
    enrolment: {
      probe: Str, key: Digest, asn: Int, operator: Str, country: Str, custodian: Str, at: Instant,
    },
    key: { probe: Str, key: Digest, by: Digest, signature: Bytes, at: Instant },
    standing: { probe: Str, event: Str, reason: Str, at: Instant },
    equivocation: { probe: Str, what: Str, digests: listOf(Digest), at: Instant },
    probe_checkpoint: { probe: Str, chain: Str, size: Int, root: Digest, key: Digest, signature: Bytes },
    stamp: { size: Int, authority: Str, token: Digest, certificate: Digest, at: Instant, accuracy_us: Int },
  }).map(([kind, fields]) => [kind, struct({ kind: oneOf([kind]), v: Int, ...fields })]),
);

/** A line of the collector's log, in its one form. */
export function readEntry(line) {
  const { value, exact } = parseJson(line);
  const kind = value !== null && typeof value === "object" ? value.kind : null;
  if (!exact || !Object.hasOwn(ENTRIES, kind) || !ENTRIES[kind](value, true)) refuse("no entry in its one form");
  if (value.v !== 1) refuse(`an entry of version ${value.v}`);
  if (value.signature !== undefined && unbase64(value.signature).length !== SIGNATURE_BYTES) {
    refuse("a signature has 64 bytes");
  }
  return value;
}

// A probe's stream: the lines of its log (sp-005 §2) and its records (sp-002).

const BRIEF = { brief: true };
const ChainHead = struct({ chain: Str, number: Int, batch: Digest });
const Number31 = between(0, LARGEST - 1);
const GapRange = struct({ from: Number31, to: Number31, reason: oneOf(GAP) });
const LINES = {
  begin: struct(
    { chain: Str, key: Digest, boot: Str, build: Str, at: Instant, after: [orNull(ChainHead), null] },
    BRIEF,
  ),
  close: struct(
    { plan: Digest, cells: Number31, observed: Number31, root: Digest, gaps: [listOf(GapRange), []] },
    BRIEF,
  ),
  seen: struct({ origin: Str, size: Int, root: Digest, signature: Bytes, at: Instant }),
  rotate: struct({ key: Digest, at: Instant }),
};
const LOG_LINES = Object.fromEntries(
  Object.entries(LINES).map(([kind, type]) => [kind, struct({ v: Int, [kind]: type })]),
);

/** A line of a probe's log, in its one form: `[kind, what it holds]`. */
export function readLogLine(line) {
  const { value, exact } = parseJson(line);
  const kind = value !== null && typeof value === "object" && Object.keys(LINES).find((one) => Object.hasOwn(value, one));
  if (!exact || !kind || !LOG_LINES[kind](value, true) || value.v !== 1) refuse("no line of a probe's log");
  if (kind === "close" && value.close.gaps.some((gap) => gap.from > gap.to)) refuse("a gap ends before it begins");
  return [kind, value[kind]];
}

const Answer = struct({ us: Int, wire: Bytes, ttl: [orNull(Int), null] }, BRIEF);
const TlsSeen = struct({ version: [Str, ""], chain: [listOf(Str), []], verified: [Bool, false] }, BRIEF);
const HttpSeen = struct({ status: Int, headers: [mapOf(Str), {}] }, BRIEF);
export const readRecord = exactReader(
  struct(
    {
      v: Int, plan: Str, cell: Int, probe: Str, at: Instant, mono_us: [Int, 0], role: oneOf(ROLE), resolver: Str,
      endpoint: Str, name: Str, class: [Str, "IN"], type: Str, profile: oneOf(PROFILE), repeat: [Int, 0],
      query: [Bytes, ""], answers: [listOf(Answer), []], failure: [orNull(oneOf(FAILURE)), null],
      tls: [orNull(TlsSeen), null], http: [orNull(HttpSeen), null], gap: [orNull(oneOf(GAP)), null],
    },
    BRIEF,
  ),
  "record",
);

// Plans, questions, policies, orders (sp-003, sp-004).

const PlanVantage = struct({ id: Str, asn: Int, country: Str, operator: [Str, ""] });
export const readPlan = reader(
  struct({
    v: Int, number: Int, starts_at: Instant, window_s: Real, seed: Str, questions: Str, policy: Str,
    vantages: listOf(PlanVantage), after: [orNull(Str), null],
  }),
  "plan",
);

const Asked = struct({
  id: Str, endpoints: listOf(Str), asns: [listOf(Int), []], on_net_only: [Bool, false], mix_case: [Bool, true],
});
const Group = struct({
  role: oneOf(ROLE), names: listOf(Str), resolvers: listOf(Str), types: listOf(Str), profiles: listOf(oneOf(PROFILE)),
  repeats: [Int, 1], class: [Str, "IN"], transports: [listOf(Str), []], countries: [listOf(Str), []],
  vantages: [listOf(Str), []],
});
export const readQuestions = reader(
  struct({ v: Int, names: listOf(Str), resolvers: listOf(Asked), groups: listOf(Group) }),
  "question set",
);

const Fingerprint = struct({
  id: Str, label: Str, kind: Str, value: Str, also: [listOf(Str), []], asns: [listOf(Int), []],
  polarity: [Str, "block"], basis: [Str, ""], valid_from: [Str, ""], valid_to: [Str, ""], source: [Str, ""],
});
const Resolver = struct({
  id: Str, operator: Str, kind: [oneOf(KIND), "public"], asns: [listOf(Int), []], on_net_only: [Bool, false],
  endpoints: [listOf(Str), []], twin: [Str, ""], mix_case: [Bool, true],
});
const Bound = struct({ names: listOf(Str), operators: listOf(Str), due_at: [orNull(Instant), null] });
const Network = struct({ prefix: Str, asn: Int, source: [Str, ""] });
export const readPolicy = reader(
  struct({
    v: [Int, 1], floor_networks: [Int, 2], floor_on_net: [Int, 1], lone_dissent_from: [Int, 5], confirm: [Int, 2],
    window: [Int, 3], fresh_s: [Int, 259200], territory: [Str, "IT"], indicative: [Bool, false],
    rules: [listOf(Str), []], fingerprints: [listOf(Fingerprint), []], resolvers: [listOf(Resolver), []],
    bound: [listOf(Bound), []], networks: [listOf(Network), []], network_decides: [Bool, false], cache_s: [Int, 86400],
    sweep: [Bool, false],
  }),
  "policy",
);

const Text = matching(/^[^\u0000-\u001f\u007f-\u009f]{1,1000}$/u);
const Source = matching(/^[^\u0000-\u001f\u007f-\u009f]{0,1000}$/u);
const Territory = matching(/^([A-Z]{2})?$/);
const Attached = struct({ name: Text, by: Text, on: Day, reason: Text, evidence: Text });
const Scope = struct({
  name: Text, rule: oneOf(SCOPERULE), family: [Source, ""], verified: [Bool, false],
  confidence: [orNull(oneOf(CONFIDENCE)), null], source: [Source, ""], attached: [listOf(Attached), []],
});
const Penalty = struct({
  amount: Str, currency: Str, verified: [Bool, false], source: [Source, ""], per: [orNull(oneOf(PER)), null],
  per_verified: [Bool, false], per_source: [Source, ""], relapse: [orNull(Bool), null],
  relapse_verified: [Bool, false], relapse_source: [Source, ""],
});
const Grace = between(0, 3650);
const Held = struct({
  sha256: Digest, title: [Source, ""], on: [orNull(Day), null], verified: [Bool, false], source: [Source, ""],
});
const Meant = struct({
  operator: Str, resolvers: [listOf(Str), []], addresses: [listOf(Str), []], transports: [listOf(oneOf(TRANSPORT)), []],
  verified: [Bool, false], source: [Source, ""],
});
const Terms = struct({
  operator: Str, legal_name: [Source, ""], served_on: [orNull(Day), null], served_verified: [Bool, false],
  served_source: [Source, ""], effective_from: [orNull(Day), null], effective_verified: [Bool, false],
  effective_source: [Source, ""], grace_days: [orNull(Grace), null], grace_verified: [Bool, false],
  grace_source: [Source, ""], ends_on: [orNull(Day), null], ends_verified: [Bool, false], ends_source: [Source, ""],
});
const Stay = struct({
  starts_on: Day, ends_on: [orNull(Day), null], operator: [Str, ""], reason: [Source, ""], verified: [Bool, false],
  source: [Source, ""],
});
const DayRule = struct({ id: Text, verified: [Bool, false], source: [Source, ""] });
const Measure = struct({ dns_only: Bool, verified: [Bool, false], source: [Source, ""] });
const Check = struct({ field: Text, value: Text, document: Digest, page: Text, by: Text, on: Day });
const Notice = struct({
  kind: oneOf(NOTICEKIND), operator: Str, at: Instant, by: Text, names: [listOf(Str), []],
  receipt: [orNull(Digest), null], receipt_name: [Source, ""], note: [Source, ""],
});
const Unknown = struct({ field: Text, question: Text });
export const readOrder = reader(
  struct({
    id: Text, title: Text, authority: Text, instrument: [oneOf(INSTRUMENT), "injunction"], issued_on: Day,
    terms_from: [orNull(Day), null], confirmed_on: [orNull(Day), null], confirmed_verified: [Bool, false],
    confirmed_source: [Source, ""], valid_to: [orNull(Day), null], valid_to_verified: [Bool, false],
    valid_to_source: [Source, ""], territory: [Territory, "IT"], document: [orNull(Held), null],
    persons: [between(1, 9), 1], addressees: listOf(Str, 1), timezone: [Str, "Europe/Rome"], starts_on: Day,
    starts_from: [oneOf(STARTSFROM), "order"], starts_verified: [Bool, false], starts_source: [Source, ""],
    grace_days: Grace, grace_minutes: [between(0, 1439), 0], grace_verified: [Bool, false], grace_source: [Source, ""],
    penalty_per_day: [orNull(Penalty), null], service: [listOf(Meant), []], terms: [listOf(Terms), []],
    stay: [listOf(Stay), []], day_rule: [orNull(DayRule), null], measure: [orNull(Measure), null],
    require_excluded: [listOf(oneOf(CHALLENGE)), []], scope: [listOf(Scope), []], unknown: [listOf(Unknown), []],
    notice: [listOf(Notice), []], check: [listOf(Check), []],
  }),
  "order",
);

// What is concluded (sp-008 §3).

const Counts = struct({ blocked: [Int, 0], open: [Int, 0], other: [Int, 0] });
export const readVerdict = reader(
  struct({
    plan: Str, probe: Str, resolver: Str, name: Str, outcome: oneOf(OUTCOME), how: orNull(oneOf(HOW)),
    origin: orNull(oneOf(ORIGIN)), label: orNull(Str), site: orNull(Str), rule: Str, witness: orNull(Int),
    witness_digest: orNull(Str), counts: Counts, endpoints: mapOf(oneOf(OUTCOME)), notes: [listOf(oneOf(NOTE)), []],
  }),
  "verdict",
);
export const readTimelineRow = exactReader(
  struct({
    plan: Digest, number: Int, at: Instant, resolver: Str, name: Str, state: oneOf(STATE), how: orNull(oneOf(HOW)),
    origin: orNull(oneOf(ORIGIN)), label: orNull(Str), vantages: Int, networks: Int, absent: Int,
    notes: listOf(oneOf(NOTE)), rule: Str, witness_digest: orNull(Str), timed: Int, day: orNull(Day),
  }),
  "row of the timeline",
);
