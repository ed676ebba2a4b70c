-- What days come to: what it is found from, and what was found.

-- name: newest_versions
-- Of every order, to see whether one changed.
SELECT order_id, max(version) AS version FROM ledger.legal_order GROUP BY order_id ORDER BY order_id COLLATE "C";

-- name: newest_judged_start
-- When the newest plan starts of which anything was judged, and the next one after it.
WITH newest AS (
    SELECT plan.starts_at FROM ledger.plan
    WHERE EXISTS (SELECT FROM derived.judged WHERE judged.plan_number = plan.number)
    ORDER BY plan.starts_at DESC LIMIT 1
)
SELECT newest.starts_at AS judged,
    (SELECT min(plan.starts_at) FROM ledger.plan WHERE plan.starts_at > newest.starts_at) AS following
FROM newest;

-- name: policies_after
-- By which policies plans numbered above $1 are judged, and the newest plan of each.
SELECT encode(policy.digest, 'hex') AS policy, max(plan.number) AS newest
FROM ledger.plan
INNER JOIN ledger.policy ON policy.policy = plan.policy
WHERE plan.number > $1
GROUP BY policy.digest
ORDER BY newest;

-- name: plans_of_days
-- That start in a time.
SELECT plan.number, plan.starts_at AS at, plan.question_set, encode(policy.digest, 'hex') AS policy
FROM ledger.plan
INNER JOIN ledger.policy ON policy.policy = plan.policy
WHERE plan.starts_at >= $1 AND plan.starts_at < $2
ORDER BY plan.number;

-- name: targets
-- Whom question sets ask for some names, not as a control.
SELECT DISTINCT cell.question_set, cell.resolver, cell.name FROM ledger.cell
WHERE cell.question_set = ANY ($1::integer[]) AND cell.name = ANY ($2::text[]) AND cell.role = 'target';

-- name: samples_between
-- Of some pairs and a row of plans, in the order of plans.
SELECT sample.plan_number, plan.starts_at AS at, sample.resolver, sample.name, sample.state, sample.how, sample.origin,
    sample.label, sample.vantages, sample.networks, sample.absent, sample.notes, sample.rule,
    encode(sample.witness_digest, 'hex') AS witness_digest, sample.indicative,
    sample.enrolled, sample.dissenting, sample.supporters
FROM unnest($1::text[], $2::text[]) AS asked (resolver, name)
INNER JOIN derived.sample
    ON sample.name = asked.name AND sample.resolver = asked.resolver AND sample.plan_number BETWEEN $3 AND $4
INNER JOIN ledger.plan ON plan.number = sample.plan_number
ORDER BY sample.plan_number;

-- name: endpoints_between
-- What each round of a row of plans says of each endpoint of some pairs.
SELECT verdict.plan_number, vantage.probe, conclusion.resolver, conclusion.name, conclusion.endpoints
FROM unnest($1::text[], $2::text[]) AS asked (resolver, name)
INNER JOIN derived.conclusion ON conclusion.name = asked.name AND conclusion.resolver = asked.resolver
INNER JOIN derived.verdict
    ON verdict.conclusion = conclusion.conclusion AND verdict.plan_number BETWEEN $3 AND $4
INNER JOIN ledger.vantage ON vantage.probe_no = verdict.probe_no
ORDER BY verdict.plan_number, vantage.probe COLLATE "C";

-- name: unfound_plans
-- That were folded since their day was found.
SELECT plan.number, unfound_plan.turn, plan.starts_at AS at FROM derived.unfound_plan
INNER JOIN ledger.plan ON plan.number = unfound_plan.plan_number
ORDER BY plan.number;

-- name: note_unfound
-- With what a round came to, in one transaction; the samples of its plan are written before.
INSERT INTO derived.unfound_plan (plan_number) VALUES ($1)
ON CONFLICT (plan_number) DO UPDATE SET turn = unfound_plan.turn + 1;

-- name: forget_unfound
-- Their days are found, unless they were folded again meanwhile.
DELETE FROM derived.unfound_plan
USING unnest($1::integer[], $2::integer[]) AS found (plan_number, turn)
WHERE unfound_plan.plan_number = found.plan_number AND unfound_plan.turn = found.turn;

-- name: finding_bases
-- What the stored days were found from.
SELECT order_id, version, encode(registry, 'hex') AS registry, through FROM derived.finding_basis;

-- name: put_basis
-- With the days, in one transaction.
INSERT INTO derived.finding_basis (order_id, version, registry, through) VALUES ($1, $2, decode($3, 'hex'), $4)
ON CONFLICT (order_id) DO UPDATE
SET version = excluded.version, registry = excluded.registry, through = excluded.through;

-- name: stored_days
-- Of one order.
SELECT order_id, version, operator, resolver, name, day, finding, reason_id, reason, would_be, counted, state, vantages,
    networks, custodians, samples_planned, samples_countable, samples_blocked,
    encode(first_witness, 'hex') AS first_witness, encode(last_witness, 'hex') AS last_witness, rule, amount, currency,
    amount_beside, reason_values, seen
FROM derived.finding_day
WHERE order_id = $1
ORDER BY resolver COLLATE "C", name COLLATE "C", day;

-- name: forget_days
-- That changed, or are no longer found.
DELETE FROM derived.finding_day
USING unnest($2::text[], $3::text[], $4::date[]) AS changed (resolver, name, day)
WHERE finding_day.order_id = $1 AND finding_day.resolver = changed.resolver AND finding_day.name = changed.name
    AND finding_day.day = changed.day;

-- name: insert_days
-- In place of those.
INSERT INTO derived.finding_day (
    order_id, version, operator, resolver, name, day, finding, reason_id, reason, would_be, counted, state, vantages,
    networks, custodians, samples_planned, samples_countable, samples_blocked, first_witness, last_witness, rule, amount,
    currency, amount_beside, reason_values, seen
)
SELECT order_id, version, operator, resolver, name, day, finding, reason_id, reason, would_be, counted, state, vantages,
    networks, custodians, samples_planned, samples_countable, samples_blocked, decode(first_witness, 'hex'),
    decode(last_witness, 'hex'), rule, amount, currency, amount_beside, reason_values, seen
FROM jsonb_to_recordset($1::jsonb) AS found (
    order_id text, version integer, operator text, resolver text, name text, day date, finding text, reason_id text,
    reason text, would_be text, counted boolean, state text, vantages integer, networks integer, custodians text[],
    samples_planned integer, samples_countable integer, samples_blocked integer, first_witness text, last_witness text,
    rule text, amount numeric, currency text, amount_beside numeric,
    reason_values text[], seen text
);

-- name: forget_sums
-- Of one order.
DELETE FROM derived.finding WHERE order_id = $1;

-- name: insert_sums
-- In place of those.
INSERT INTO derived.finding (
    order_id, operator, name, due_on, days_due, days_compliant, days_not_compliant, days_partly_compliant,
    days_not_testable, days_undetermined, days_would_be, amount_counted, amount_would_be, currency, verified, missing
)
SELECT order_id, operator, name, due_on, days_due, days_compliant, days_not_compliant, days_partly_compliant,
    days_not_testable, days_undetermined, days_would_be, amount_counted, amount_would_be, currency, verified, missing
FROM jsonb_to_recordset($1::jsonb) AS found (
    order_id text, operator text, name text, due_on date, days_due integer, days_compliant integer,
    days_not_compliant integer, days_partly_compliant integer, days_not_testable integer, days_undetermined integer,
    days_would_be integer, amount_counted numeric, amount_would_be numeric, currency text, verified boolean, missing text[]
);

-- name: forget_readings
-- Of one order.
DELETE FROM derived.finding_reading WHERE order_id = $1;

-- name: insert_readings
-- In place of those.
INSERT INTO derived.finding_reading (
    order_id, operator, name, reading, starts_on, due_on, days_due, days_not_compliant, amount, currency, chosen
)
SELECT order_id, operator, name, reading, starts_on, due_on, days_due, days_not_compliant, amount, currency, chosen
FROM jsonb_to_recordset($1::jsonb) AS found (
    order_id text, operator text, name text, reading text, starts_on date, due_on date, days_due integer,
    days_not_compliant integer, amount numeric, currency text, chosen boolean
);

-- name: dump_finding_basis
-- What they were found from.
SELECT * FROM derived.finding_basis ORDER BY order_id COLLATE "C";

-- name: dump_finding_reading
-- By each event.
SELECT * FROM derived.finding_reading
ORDER BY order_id COLLATE "C", operator COLLATE "C", name COLLATE "C", reading COLLATE "C";

-- name: stored_sums
-- Of all orders.
SELECT order_id, operator, name, due_on, days_due, days_compliant, days_not_compliant, days_undetermined, amount_counted,
    currency, verified, days_partly_compliant, days_not_testable, days_would_be, amount_would_be, missing
FROM derived.finding
ORDER BY order_id COLLATE "C", operator COLLATE "C", name COLLATE "C";

-- name: stored_readings
-- Of all orders; what the order file names first.
SELECT order_id, operator, name, reading, starts_on, due_on, days_due, days_not_compliant, amount, currency, chosen
FROM derived.finding_reading
ORDER BY order_id COLLATE "C", operator COLLATE "C", name COLLATE "C", chosen DESC, starts_on, reading COLLATE "C";
