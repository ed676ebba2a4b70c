-- Who answered in a resolver's place, and what was said of the names.

-- name: forget_interceptions
-- Before a round is judged again.
DELETE FROM derived.interception
WHERE plan_number = $1 AND probe_no = (SELECT vantage.probe_no FROM ledger.vantage WHERE vantage.probe = $2);

-- name: insert_intercepted
-- In the order of their numbers, so that two rounds at once cannot wait for each other.
INSERT INTO derived.intercepted (intercepted, resolver, endpoint, signs)
SELECT intercepted, resolver, endpoint, signs
FROM jsonb_to_recordset($1::jsonb) AS fresh (intercepted bigint, resolver text, endpoint text, signs text[])
ORDER BY intercepted
ON CONFLICT DO NOTHING;

-- name: insert_interceptions
-- Of one round.
INSERT INTO derived.interception (intercepted, plan_number, probe_no)
SELECT shown.intercepted, $1, vantage.probe_no
FROM unnest($3::bigint[]) AS shown (intercepted)
CROSS JOIN ledger.vantage
WHERE vantage.probe = $2;

-- name: interceptions_of
-- Of all probes in one plan.
SELECT encode(plan.plan_id, 'hex') AS plan, vantage.probe, intercepted.resolver, intercepted.endpoint, intercepted.signs
FROM derived.interception
INNER JOIN derived.intercepted ON intercepted.intercepted = interception.intercepted
INNER JOIN ledger.plan ON plan.number = interception.plan_number
INNER JOIN ledger.vantage ON vantage.probe_no = interception.probe_no
WHERE interception.plan_number = $1
ORDER BY vantage.probe COLLATE "C", intercepted.resolver COLLATE "C", intercepted.endpoint COLLATE "C";

-- name: forget_names
-- Before a round is judged again.
DELETE FROM derived.name_fact
WHERE plan_number = $1 AND probe_no = (SELECT vantage.probe_no FROM ledger.vantage WHERE vantage.probe = $2);

-- name: insert_said
-- In the order of their numbers, as above.
INSERT INTO derived.name_said (said, name, ground, name_servers, soa, parked)
SELECT said, name, ground, name_servers, soa, parked
FROM jsonb_to_recordset($1::jsonb) AS fresh (
    said bigint, name text, ground text, name_servers text[], soa text, parked boolean
)
ORDER BY said
ON CONFLICT DO NOTHING;

-- name: insert_names
-- Of one round.
INSERT INTO derived.name_fact (said, plan_number, probe_no)
SELECT fresh.said, $1, vantage.probe_no
FROM unnest($3::bigint[]) AS fresh (said)
CROSS JOIN ledger.vantage
WHERE vantage.probe = $2;

-- name: names_of
-- Of all probes in one plan, in the order in which they are folded.
SELECT encode(plan.plan_id, 'hex') AS plan, vantage.probe, name_said.name, name_said.ground, name_said.name_servers,
    name_said.soa, name_said.parked
FROM derived.name_fact
INNER JOIN derived.name_said ON name_said.said = name_fact.said
INNER JOIN ledger.plan ON plan.number = name_fact.plan_number
INNER JOIN ledger.vantage ON vantage.probe_no = name_fact.probe_no
WHERE name_fact.plan_number = $1
ORDER BY name_said.name COLLATE "C", vantage.probe COLLATE "C";

-- name: forget_name_samples
-- A plan is folded whole.
DELETE FROM derived.name_sample
USING unnest($2::text[]) AS folded (name)
WHERE name_sample.plan_number = $1 AND name_sample.name = folded.name;

-- name: insert_name_samples
-- One per name.
INSERT INTO derived.name_sample (said, plan_number, vantages, name)
SELECT folded.said, $1, folded.vantages, folded.name
FROM unnest($2::bigint[], $3::text[], $4::integer[]) AS folded (said, name, vantages);

-- name: name_samples
-- Of some names, each in the order in which they are folded.
SELECT name_sample.plan_number, plan.starts_at AS at, name_sample.name, name_said.ground, name_said.name_servers,
    name_said.soa, name_said.parked, name_sample.vantages
FROM derived.name_sample
INNER JOIN derived.name_said ON name_said.said = name_sample.said
INNER JOIN ledger.plan ON plan.number = name_sample.plan_number
WHERE name_sample.name = ANY ($1::text[])
ORDER BY name_sample.plan_number;

-- name: forget_name_runs
-- From a start on; what was before it stands.
DELETE FROM derived.name_run
USING unnest($1::text[], $2::timestamptz[]) AS changed (name, since)
WHERE name_run.name = changed.name AND name_run.started_at >= changed.since;

-- name: insert_name_runs
-- In place of those.
INSERT INTO derived.name_run (
    name, started_at, covered_until, vantages, samples, parked, ground, soa, name_servers, changed
)
SELECT name, started_at, covered_until, vantages, samples, parked, ground, soa, name_servers, changed
FROM jsonb_to_recordset($1::jsonb) AS fresh (
    name text, started_at timestamptz, covered_until timestamptz, vantages integer, samples integer, parked boolean,
    ground text, soa text, name_servers text[], changed text[]
);

-- name: name_runs
-- Of some names, oldest first.
SELECT name, ground, name_servers, soa, parked, started_at, covered_until, vantages, samples, changed
FROM derived.name_run
WHERE name = ANY ($1::text[])
ORDER BY started_at;

-- name: pooled_pairs
-- Whose answers were lately seen to differ: within so many plans of the newest that was judged, or within that time of it.
-- An urgent plan starts before others with lower numbers: a plan too many is read rather than one too few. One verdict is
-- enough, and is looked for by its index.
WITH newest AS (
    SELECT plan.number, plan.starts_at
    FROM ledger.plan
    WHERE plan.number = (SELECT max(judged.plan_number) FROM derived.judged)
),
since AS (
    SELECT least(
        newest.number - $1::integer,
        (SELECT min(plan.number) - 1 FROM ledger.plan WHERE plan.starts_at > newest.starts_at - $2::interval)
    ) AS number
    FROM newest
)
SELECT conclusion.resolver, conclusion.name
FROM since
CROSS JOIN derived.conclusion
CROSS JOIN LATERAL (
    SELECT FROM derived.verdict
    WHERE verdict.conclusion = conclusion.conclusion AND verdict.plan_number > since.number
    LIMIT 1
) AS seen
WHERE 'pool' = ANY (conclusion.notes) OR conclusion.rule = 'answers_disagree'
GROUP BY conclusion.resolver, conclusion.name
ORDER BY conclusion.name COLLATE "C", conclusion.resolver COLLATE "C";

-- name: sights
-- Addresses that a resolver gave where, by these rules, nothing followed, in so many plans up to the newest that was judged.
-- Step by step, so that of all rounds those are read in which that happened, each once.
WITH recent AS (
    SELECT plan.number, plan.plan_day, plan.question_set
    FROM ledger.plan
    WHERE plan.number = ANY (ARRAY(
        SELECT newest.plan_number - before.plans
        FROM (SELECT max(judged.plan_number) AS plan_number FROM derived.judged) AS newest
        CROSS JOIN generate_series(0, $2::integer - 1) AS before (plans)
    ))
),
asked AS MATERIALIZED (
    SELECT recent.number, recent.plan_day, recent.question_set, verdict.probe_no, array_agg(cell.cell) AS cells
    FROM recent
    CROSS JOIN LATERAL (
        SELECT verdict.probe_no, verdict.conclusion FROM derived.verdict WHERE verdict.plan_number = recent.number OFFSET 0
    ) AS verdict
    INNER JOIN derived.conclusion ON conclusion.conclusion = verdict.conclusion
    INNER JOIN ledger.cell
        ON cell.question_set = recent.question_set AND cell.resolver = conclusion.resolver AND cell.name = conclusion.name
    WHERE conclusion.rule = ANY ($1::text[]) AND cell.role = 'target'
    GROUP BY recent.number, recent.plan_day, recent.question_set, verdict.probe_no
),
told AS MATERIALIZED (
    SELECT DISTINCT asked.question_set, said.cell, said.answer
    FROM asked
    CROSS JOIN LATERAL (
        SELECT observation.cell, observation.answer
        FROM ledger.observation
        WHERE observation.plan_number = asked.number AND observation.plan_day = asked.plan_day
            AND observation.probe_no = asked.probe_no AND observation.cell = ANY (asked.cells)
        OFFSET 0
    ) AS said
)
SELECT cell.resolver, cell.name, address
FROM told
INNER JOIN ledger.cell ON cell.question_set = told.question_set AND cell.cell = told.cell
INNER JOIN ledger.answer ON answer.answer = told.answer
CROSS JOIN LATERAL unnest(answer.addresses) AS address
GROUP BY cell.resolver, cell.name, address
ORDER BY cell.name COLLATE "C", cell.resolver COLLATE "C", address;

-- name: dump_interception
-- Where, in whose round: no number that depends on the order of arrival.
SELECT interception.plan_number, vantage.probe, intercepted.*
FROM derived.interception
INNER JOIN derived.intercepted ON intercepted.intercepted = interception.intercepted
INNER JOIN ledger.vantage ON vantage.probe_no = interception.probe_no
ORDER BY interception.plan_number, vantage.probe COLLATE "C", intercepted.resolver COLLATE "C",
    intercepted.endpoint COLLATE "C";

-- name: dump_name_fact
-- What each round says of names.
SELECT name_fact.plan_number, vantage.probe, name_said.*
FROM derived.name_fact
INNER JOIN derived.name_said ON name_said.said = name_fact.said
INNER JOIN ledger.vantage ON vantage.probe_no = name_fact.probe_no
ORDER BY name_fact.plan_number, vantage.probe COLLATE "C", name_said.name COLLATE "C";

-- name: dump_name_sample
-- Plans folded.
SELECT name_sample.plan_number, name_sample.vantages, name_said.*
FROM derived.name_sample
INNER JOIN derived.name_said ON name_said.said = name_sample.said
ORDER BY name_sample.name COLLATE "C", name_sample.plan_number;

-- name: dump_name_run
-- Samples folded.
SELECT * FROM derived.name_run ORDER BY name COLLATE "C", started_at;
