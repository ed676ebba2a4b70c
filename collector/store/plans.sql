-- Plans as they were published.

-- name: references
-- The short numbers of what a plan names by digest; null where it is not kept.
SELECT (SELECT question_set FROM ledger.question_set WHERE digest = decode($1, 'hex')) AS question_set,
    (SELECT policy FROM ledger.policy WHERE digest = decode($2, 'hex')) AS policy;

-- name: insert_plan
-- No row if the number or the plan is there already.
INSERT INTO ledger.plan (number, plan_id, starts_at, window_s, question_set, policy, payload, key_id, signature, docket)
VALUES ($1, sha256($6), $2, $3, $4, $5, $6, decode($7, 'hex'), $8, $9)
ON CONFLICT DO NOTHING RETURNING number;

-- name: insert_plan_vantages
-- Who is enrolled, with the number of cells that apply.
INSERT INTO ledger.plan_vantage (plan_number, probe_no, probe, asn, country, cells)
SELECT $1, vantage.probe_no, enrolled.probe, enrolled.asn, enrolled.country, enrolled.cells
FROM unnest($2::text[], $3::bigint[], $4::text[], $5::integer[]) AS enrolled (probe, asn, country, cells)
LEFT JOIN ledger.vantage ON vantage.probe = enrolled.probe;

-- name: make_partition
-- Of the day in UTC on which the plan starts.
SELECT ledger.make_partition(($1::timestamptz AT TIME ZONE 'UTC')::date);

-- name: newest_plan
-- By number.
SELECT payload FROM ledger.plan ORDER BY number DESC LIMIT 1;

-- name: plans
-- As they travel, oldest first.
SELECT payload, encode(key_id, 'hex') AS key, signature FROM ledger.plan WHERE number > $1 ORDER BY number LIMIT $2;

-- name: plan_by_id
-- For records, which name a plan by its id.
SELECT number, payload FROM ledger.plan WHERE plan_id = decode($1, 'hex');

-- name: plan_by_number
-- For who counts.
SELECT payload FROM ledger.plan WHERE number = $1;

-- name: plan_starts
-- When plans start: observations are placed by it.
SELECT number, starts_at FROM ledger.plan WHERE number = ANY ($1::integer[]);
