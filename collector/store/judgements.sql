-- What the judge and the folds make of the ledger.

-- name: claim
-- The session's, so that it ends with its process however that ends. Polled, as every lock here.
SELECT pg_try_advisory_lock(hashtext('ottempera.judge'), 1);

-- name: forget_round
-- Before a round is judged again.
DELETE FROM derived.verdict
WHERE plan_number = $1 AND probe_no = (SELECT vantage.probe_no FROM ledger.vantage WHERE vantage.probe = $2);

-- name: insert_conclusions
-- In the order of their numbers, so that two rounds at once cannot wait for each other.
INSERT INTO derived.conclusion (
    conclusion, resolver, name, outcome, how, origin, label, site, rule, blocked_n, open_n, other_n, endpoints, notes
)
SELECT conclusion, resolver, name, outcome, how, origin, label, site, rule, blocked_n, open_n, other_n, endpoints, notes
FROM jsonb_to_recordset($1::jsonb) AS fresh (
    conclusion bigint, resolver text, name text, outcome text, how text, origin text, label text, site text, rule text,
    blocked_n integer, open_n integer, other_n integer, endpoints jsonb, notes text[]
)
ORDER BY conclusion
ON CONFLICT DO NOTHING;

-- name: insert_verdicts
-- With what the witness was answered; of a cell that came twice, the first by the probe's order.
WITH said AS (
    SELECT conclusion, witness, witness_digest
    FROM jsonb_to_recordset($3::jsonb) AS said (conclusion bigint, witness integer, witness_digest text)
),
answered AS (
    SELECT DISTINCT ON (observation.cell) observation.cell, observation.answer
    FROM ledger.plan
    CROSS JOIN ledger.vantage
    INNER JOIN ledger.observation
        ON observation.plan_day = plan.plan_day AND observation.plan_number = plan.number
            AND observation.probe_no = vantage.probe_no
    INNER JOIN ledger.batch ON batch.batch = observation.batch
    WHERE plan.number = $1 AND vantage.probe = $2 AND observation.cell IN (SELECT said.witness FROM said)
    ORDER BY observation.cell, batch.chain COLLATE "C", batch.number, observation.line
)
INSERT INTO derived.verdict (conclusion, answer, plan_number, witness, probe_no, witness_digest)
SELECT said.conclusion, answered.answer, $1, said.witness, vantage.probe_no, decode(said.witness_digest, 'hex')
FROM said
CROSS JOIN ledger.vantage
LEFT JOIN answered ON answered.cell = said.witness
WHERE vantage.probe = $2;

-- name: note_judged
-- A round without verdicts is judged all the same.
INSERT INTO derived.judged (plan_number, probe_no, root_matches)
SELECT $1, vantage.probe_no, $3 FROM ledger.vantage WHERE vantage.probe = $2
ON CONFLICT (plan_number, probe_no) DO UPDATE SET root_matches = excluded.root_matches;

-- name: verdicts_of
-- Of all probes in one plan, in the order in which they are folded.
SELECT encode(plan.plan_id, 'hex') AS plan, vantage.probe, conclusion.resolver, conclusion.name, conclusion.outcome,
    conclusion.how, conclusion.origin, conclusion.label, conclusion.site, conclusion.rule, verdict.witness,
    encode(verdict.witness_digest, 'hex') AS witness_digest, conclusion.blocked_n, conclusion.open_n, conclusion.other_n,
    conclusion.endpoints, conclusion.notes
FROM derived.verdict
INNER JOIN derived.conclusion ON conclusion.conclusion = verdict.conclusion
INNER JOIN ledger.plan ON plan.number = verdict.plan_number
INNER JOIN ledger.vantage ON vantage.probe_no = verdict.probe_no
WHERE verdict.plan_number = $1
ORDER BY conclusion.name COLLATE "C", conclusion.resolver COLLATE "C", vantage.probe COLLATE "C";

-- name: forget_samples
-- A plan is folded whole: what is no longer said must not stay.
DELETE FROM derived.sample
USING unnest($2::text[], $3::text[]) AS said (resolver, name)
WHERE sample.plan_number = $1 AND sample.name = said.name AND sample.resolver = said.resolver;

-- name: insert_samples
-- One per resolver and name.
INSERT INTO derived.sample (
    plan_number, resolver, name, state, how, origin, label, vantages, networks, absent, notes, rule, witness_digest, indicative,
    enrolled, dissenting, supporters
)
SELECT $1, resolver, name, state, how, origin, label, vantages, networks, absent, notes, rule,
    decode(witness_digest, 'hex'), indicative, enrolled, dissenting, supporters
FROM jsonb_to_recordset($2::jsonb) AS said (
    resolver text, name text, state text, how text, origin text, label text, vantages integer, networks integer,
    absent integer, notes text[], rule text, witness_digest text, indicative boolean,
    enrolled integer, dissenting integer, supporters text[]
);

-- name: note_pairs
-- The newest plan of each, whatever the order in which plans are folded.
INSERT INTO derived.pair (resolver, name, newest_plan)
SELECT said.resolver, said.name, $1 FROM unnest($2::text[], $3::text[]) AS said (resolver, name)
ORDER BY said.name, said.resolver
ON CONFLICT (name, resolver) DO UPDATE SET newest_plan = excluded.newest_plan
WHERE pair.newest_plan < excluded.newest_plan;

-- name: samples
-- Of some pairs, each in the order in which they are folded.
SELECT sample.plan_number, plan.starts_at AS at, sample.resolver, sample.name, sample.state, sample.how, sample.origin,
    sample.label, sample.vantages, sample.networks, sample.absent, sample.notes, sample.rule,
    encode(sample.witness_digest, 'hex') AS witness_digest, sample.indicative,
    sample.enrolled, sample.dissenting, sample.supporters
FROM unnest($1::text[], $2::text[]) AS asked (resolver, name)
INNER JOIN derived.sample ON sample.name = asked.name AND sample.resolver = asked.resolver
INNER JOIN ledger.plan ON plan.number = sample.plan_number
ORDER BY sample.plan_number;

-- name: pairs
-- Whoever has samples.
SELECT resolver, name FROM derived.pair ORDER BY resolver COLLATE "C", name COLLATE "C";

-- name: forget_runs
-- From a start on, or all of them; what was before it stands.
DELETE FROM derived.run
USING unnest($1::text[], $2::text[], $3::timestamptz[]) AS changed (resolver, name, since)
WHERE run.name = changed.name AND run.resolver = changed.resolver AND run.started_at >= coalesce(changed.since, '-infinity');

-- name: insert_runs
-- In place of those.
INSERT INTO derived.run (
    resolver, name, started_at, ended_at, covered_until, vantages, networks, samples, longest_gap_s, state, how, origin,
    label, rule, witness_digest, notes
)
SELECT resolver, name, started_at, ended_at, covered_until, vantages, networks, samples, longest_gap_s, state, how, origin,
    label, rule, decode(witness_digest, 'hex'), notes
FROM jsonb_to_recordset($1::jsonb) AS said (
    resolver text, name text, started_at timestamptz, ended_at timestamptz, covered_until timestamptz, vantages integer,
    networks integer, samples integer, longest_gap_s bigint, state text, how text, origin text, label text,
    rule text, witness_digest text, notes text[]
);

-- name: runs
-- Of some pairs, oldest first.
SELECT run.resolver, run.name, run.state, run.how, run.origin, run.label, run.started_at, run.ended_at, run.covered_until,
    run.vantages, run.networks, run.samples, run.longest_gap_s, run.rule,
    encode(run.witness_digest, 'hex') AS witness_digest, run.notes
FROM unnest($1::text[], $2::text[]) AS asked (resolver, name)
INNER JOIN derived.run ON run.name = asked.name AND run.resolver = asked.resolver
ORDER BY run.started_at;

-- name: clear
-- Everything that can be made again.
TRUNCATE derived.verdict, derived.conclusion, derived.judged, derived.sample, derived.pair, derived.run,
    derived.finding_day, derived.finding, derived.finding_reading, derived.finding_basis, derived.unfound_plan, derived.day_challenge, derived.met_until,
    derived.interception, derived.intercepted, derived.name_fact, derived.name_said,
    derived.name_sample, derived.name_run, derived.alternative_measure;

-- name: dump_verdict
-- What is said, by whom, of what: no number that depends on the order of arrival.
SELECT verdict.plan_number, vantage.probe, conclusion.*, verdict.answer, verdict.witness,
    encode(verdict.witness_digest, 'hex') AS witness_digest
FROM derived.verdict
INNER JOIN derived.conclusion ON conclusion.conclusion = verdict.conclusion
INNER JOIN ledger.vantage ON vantage.probe_no = verdict.probe_no
ORDER BY verdict.plan_number, vantage.probe COLLATE "C", conclusion.name COLLATE "C", conclusion.resolver COLLATE "C";

-- name: dump_judged
-- Rounds that were judged.
SELECT judged.plan_number, vantage.probe, judged.root_matches
FROM derived.judged
INNER JOIN ledger.vantage ON vantage.probe_no = judged.probe_no
ORDER BY judged.plan_number, vantage.probe COLLATE "C";

-- name: dump_sample
-- Plans folded.
SELECT * FROM derived.sample ORDER BY name COLLATE "C", resolver COLLATE "C", plan_number;

-- name: dump_pair
-- The matrix.
SELECT * FROM derived.pair ORDER BY name COLLATE "C", resolver COLLATE "C";

-- name: dump_run
-- Samples folded.
SELECT * FROM derived.run ORDER BY name COLLATE "C", resolver COLLATE "C", started_at;

-- name: dump_finding_day
-- Days.
SELECT * FROM derived.finding_day ORDER BY order_id COLLATE "C", resolver COLLATE "C", name COLLATE "C", day;

-- name: dump_finding
-- Sums of days.
SELECT * FROM derived.finding ORDER BY order_id COLLATE "C", operator COLLATE "C", name COLLATE "C";
