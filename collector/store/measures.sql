-- What the sites of names answered over HTTPS.

-- name: forget_measures
-- Before a round is judged again.
DELETE FROM derived.alternative_measure
WHERE plan_number = $1 AND probe_no = (SELECT vantage.probe_no FROM ledger.vantage WHERE vantage.probe = $2);

-- name: insert_measures
-- Of one round.
INSERT INTO derived.alternative_measure (
    plan_number, probe_no, cell, name, address, status, failure, headers, witness_digest
)
SELECT $1, vantage.probe_no, fresh.cell, fresh.name, fresh.address, fresh.status, fresh.failure, fresh.headers,
    decode(fresh.witness_digest, 'hex')
FROM jsonb_to_recordset($3::jsonb) AS fresh (
    cell integer, name text, address text, status integer, failure text, headers jsonb, witness_digest text
)
CROSS JOIN ledger.vantage
WHERE vantage.probe = $2;

-- name: measures
-- Of some names and a span of time, by name and then in the order of plans; the country is the vantage's in the signed plan.
SELECT alternative_measure.name, alternative_measure.plan_number, plan.starts_at AS at, vantage.probe, plan_vantage.country,
    alternative_measure.address, alternative_measure.status, alternative_measure.failure,
    encode(alternative_measure.witness_digest, 'hex') AS witness_digest
FROM derived.alternative_measure
INNER JOIN ledger.plan ON plan.number = alternative_measure.plan_number
INNER JOIN ledger.vantage ON vantage.probe_no = alternative_measure.probe_no
INNER JOIN ledger.plan_vantage
    ON plan_vantage.plan_number = alternative_measure.plan_number AND plan_vantage.probe = vantage.probe
WHERE alternative_measure.name = ANY ($1::text[]) AND plan.starts_at >= $2 AND plan.starts_at < $3
ORDER BY alternative_measure.name COLLATE "C", plan.starts_at, plan.number, vantage.probe COLLATE "C",
    alternative_measure.cell;

-- name: sets_that_measure
-- Of some question sets, those that have the site of one of some names asked.
SELECT DISTINCT cell.question_set FROM ledger.cell
WHERE cell.question_set = ANY ($1::integer[]) AND cell.name = ANY ($2::text[]) AND cell.role = 'measure';

-- name: enrolled_in
-- Whom some plans enrol, as they were signed.
SELECT plan_vantage.plan_number, plan_vantage.probe, plan_vantage.asn, plan_vantage.country
FROM ledger.plan_vantage
WHERE plan_vantage.plan_number = ANY ($1::integer[])
ORDER BY plan_vantage.plan_number, plan_vantage.probe COLLATE "C";

-- name: site_addresses
-- What controls answered for some names in the newest judged plans, so many, that ask controls for one of them: between two
-- plans of a docket lie those of sweeps, which ask others. Step by step, so that of each round only those cells are read.
WITH recent AS (
    SELECT plan.number, plan.plan_day, plan.question_set
    FROM (SELECT max(judged.plan_number) AS number FROM derived.judged) AS newest
    INNER JOIN ledger.plan ON plan.number <= newest.number AND plan.number > newest.number - 20 * $2::integer
    WHERE EXISTS (
        SELECT FROM ledger.cell
        WHERE cell.question_set = plan.question_set AND cell.role = 'control' AND cell.name = ANY ($1::text[])
    )
    ORDER BY plan.number DESC
    LIMIT $2::integer
),
asked AS MATERIALIZED (
    SELECT recent.number, recent.plan_day, recent.question_set, judged.probe_no, array_agg(cell.cell) AS cells
    FROM recent
    INNER JOIN derived.judged ON judged.plan_number = recent.number
    INNER JOIN ledger.cell ON cell.question_set = recent.question_set
    WHERE cell.role = 'control' AND cell.qtype IN ('A', 'AAAA') AND cell.name = ANY ($1::text[])
    GROUP BY recent.number, recent.plan_day, recent.question_set, judged.probe_no
),
told AS MATERIALIZED (
    SELECT DISTINCT asked.question_set, said.cell, said.answer
    FROM asked
    CROSS JOIN LATERAL (
        SELECT observation.cell, observation.answer
        FROM ledger.observation
        WHERE observation.plan_number = asked.number AND observation.plan_day = asked.plan_day
            AND observation.probe_no = asked.probe_no AND observation.cell = ANY (asked.cells) AND observation.failure = 0
        OFFSET 0
    ) AS said
)
SELECT cell.name, address
FROM told
INNER JOIN ledger.cell ON cell.question_set = told.question_set AND cell.cell = told.cell
INNER JOIN ledger.answer ON answer.answer = told.answer
CROSS JOIN LATERAL unnest(answer.addresses) AS address
WHERE answer.rcode = 'NOERROR'
GROUP BY cell.name, address
ORDER BY cell.name COLLATE "C", address COLLATE "C";

-- name: dump_measure
-- What each round's sites answered: no number that depends on the order of arrival.
SELECT alternative_measure.plan_number, vantage.probe, alternative_measure.cell, alternative_measure.name,
    alternative_measure.address, alternative_measure.status, alternative_measure.failure, alternative_measure.headers,
    encode(alternative_measure.witness_digest, 'hex') AS witness_digest
FROM derived.alternative_measure
INNER JOIN ledger.vantage ON vantage.probe_no = alternative_measure.probe_no
ORDER BY alternative_measure.plan_number, vantage.probe COLLATE "C", alternative_measure.cell;
