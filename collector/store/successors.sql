-- Candidates for successors: what is known of every name, what the program queued and people decided.

-- name: known_names
-- What every name is now and where it stood when it last lived, with the addresses that controls gave in that plan.
-- Plan by plan, so that of all rounds only those are read in which some name lived last.
WITH newest AS (
    SELECT DISTINCT ON (name_run.name) name_run.name, name_run.ground, name_run.parked, name_run.covered_until
    FROM derived.name_run
    ORDER BY name_run.name, name_run.started_at DESC
),
lived AS (
    SELECT DISTINCT ON (name_run.name) name_run.name, name_run.name_servers, name_run.soa, name_run.covered_until
    FROM derived.name_run
    WHERE name_run.ground = 'alive' AND NOT name_run.parked
    ORDER BY name_run.name, name_run.started_at DESC
),
stood AS (
    SELECT plan.number, plan.plan_day, plan.question_set, array_agg(lived.name) AS names
    FROM lived
    INNER JOIN ledger.plan ON plan.starts_at = lived.covered_until
    GROUP BY plan.number, plan.plan_day, plan.question_set
),
told AS (
    SELECT said.name, address.address
    FROM stood
    CROSS JOIN LATERAL (
        SELECT DISTINCT cell.name, observation.answer
        FROM ledger.observation
        INNER JOIN ledger.cell ON cell.question_set = stood.question_set AND cell.cell = observation.cell
        WHERE observation.plan_number = stood.number AND observation.plan_day = stood.plan_day
            AND cell.role = 'control' AND cell.qtype IN ('A', 'AAAA') AND cell.name = ANY (stood.names)
        OFFSET 0
    ) AS said
    INNER JOIN ledger.answer ON answer.answer = said.answer
    CROSS JOIN LATERAL unnest(answer.addresses) AS address (address)
),
standing AS (
    SELECT told.name, array_agg(DISTINCT told.address ORDER BY told.address) AS addresses
    FROM told
    GROUP BY told.name
)
SELECT newest.name, newest.ground, newest.parked, newest.covered_until AS at,
    coalesce(lived.name_servers, '{}') AS name_servers, coalesce(lived.soa, '') AS soa,
    coalesce(standing.addresses, '{}') AS addresses, lived.covered_until AS lived_until
FROM newest
LEFT JOIN lived ON lived.name = newest.name
LEFT JOIN standing ON standing.name = newest.name
ORDER BY newest.name COLLATE "C";

-- name: redirects
-- Where names sent visitors of one vantage, newest of each first.
SELECT DISTINCT ON (alternative_measure.name, alternative_measure.headers ->> 'location')
    alternative_measure.name, alternative_measure.headers ->> 'location' AS location,
    encode(alternative_measure.witness_digest, 'hex') AS witness
FROM derived.alternative_measure
INNER JOIN ledger.vantage ON vantage.probe_no = alternative_measure.probe_no
WHERE vantage.probe = $1 AND alternative_measure.headers ? 'location'
ORDER BY alternative_measure.name, alternative_measure.headers ->> 'location', alternative_measure.plan_number DESC,
    alternative_measure.cell;

-- name: listed_everywhere
-- Names in force of every list.
SELECT list_names.name, list_names.order_id
FROM analyst.list_names
WHERE list_names.kind = 'name'
ORDER BY list_names.name COLLATE "C", list_names.order_id COLLATE "C";

-- name: living_listed
-- Names of lists that exist now, so that it can be known where they stand.
SELECT DISTINCT list_names.name
FROM analyst.list_names
INNER JOIN LATERAL (
    SELECT name_run.ground
    FROM derived.name_run
    WHERE name_run.name = list_names.name
    ORDER BY name_run.started_at DESC
    LIMIT 1
) AS newest ON newest.ground = 'alive'
WHERE list_names.kind = 'name'
ORDER BY list_names.name;

-- name: successor_events
-- Of all orders or one, and of all names or one, as they happened.
SELECT order_id, name, at, kind, family, by, reason, score, grounds::text AS grounds
FROM ledger.successor_event
WHERE ($1::text IS NULL OR order_id = $1) AND ($2::text IS NULL OR name = $2)
ORDER BY at, order_id COLLATE "C", name COLLATE "C", kind DESC, by COLLATE "C";

-- name: hold_successors
-- Whoever decides holds them until the transaction ends.
SELECT pg_advisory_xact_lock(hashtextextended('ledger.successor_event', 0));

-- name: insert_successor_event
-- What happened.
INSERT INTO ledger.successor_event (order_id, name, at, kind, family, by, reason, score, grounds)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9::jsonb);

-- name: successors
-- Each as it stands.
SELECT * FROM analyst.successors ORDER BY order_id COLLATE "C", name COLLATE "C";
