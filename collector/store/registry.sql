-- Who runs the database, who measures, whom they ask, what is asked.

-- name: deployment
-- What the database is for; no row until it was told.
SELECT lab, encode(scenario, 'hex') AS scenario, title FROM ledger.deployment;

-- name: insert_deployment
-- The first to say so wins; who says otherwise is refused by comparing.
INSERT INTO ledger.deployment (lab, scenario, title) VALUES ($1, decode($2, 'hex'), $3) ON CONFLICT DO NOTHING;

-- name: insert_collector_key
-- First use.
INSERT INTO ledger.collector_key (key_id, public_key, noted_at) VALUES (sha256($1), $1, $2) ON CONFLICT DO NOTHING;

-- name: collector_keys
-- Every key that ever signed here, oldest first.
SELECT public_key FROM ledger.collector_key ORDER BY noted_at, key_id;

-- name: insert_policy
-- Its number if it is new, no row if it is kept already.
INSERT INTO ledger.policy (digest, body, fresh_s, sweep) VALUES (sha256($1), $1, $2, $3)
ON CONFLICT DO NOTHING RETURNING policy;

-- name: insert_resolvers
-- The registry of a new policy, out of its body.
INSERT INTO ledger.resolver (policy, resolver, operator, operator_slug, kind, asns, on_net_only, twin, endpoints)
SELECT $1, resolver, operator, operator_slug, kind, asns, on_net_only, twin, endpoints
FROM jsonb_to_recordset($2::jsonb) AS listed (
    resolver text, operator text, operator_slug text, kind text, asns bigint[], on_net_only boolean, twin text, endpoints text[]
);

-- name: policy
-- By digest.
SELECT body FROM ledger.policy WHERE digest = decode($1, 'hex');

-- name: insert_question_set
-- Its number if it is new, no row if it is kept already.
INSERT INTO ledger.question_set (digest, body) VALUES (sha256($1), $1) ON CONFLICT DO NOTHING RETURNING question_set;

-- name: questions
-- By digest.
SELECT body FROM ledger.question_set WHERE digest = decode($1, 'hex');

-- name: insert_vantage
-- With its first key. No row if the id is taken, or the key is or was anybody's, this collector's among them.
WITH fresh AS (
    INSERT INTO ledger.vantage (probe, public_key, key_id, asn, operator, country, custodian, enrolled_at)
    SELECT $1, $2::bytea, sha256($2), $3, $4, $5, $6, $7
    WHERE NOT EXISTS (SELECT FROM ledger.vantage_key WHERE vantage_key.key_id = sha256($2))
        AND NOT EXISTS (SELECT FROM ledger.collector_key WHERE collector_key.key_id = sha256($2))
    ON CONFLICT DO NOTHING
    RETURNING probe_no, public_key, key_id, enrolled_at
)
INSERT INTO ledger.vantage_key (probe_no, public_key, key_id, since)
SELECT probe_no, public_key, key_id, enrolled_at FROM fresh
RETURNING probe_no;

-- name: vantages
-- With their standing now: revoked is for good, suspended until a later resumed.
SELECT vantage.probe, vantage.probe_no, vantage.public_key, encode(vantage.key_id, 'hex') AS key_id, vantage.asn,
    vantage.operator, vantage.country, vantage.custodian,
    EXISTS (
        SELECT FROM ledger.vantage_event
        WHERE vantage_event.probe_no = vantage.probe_no AND vantage_event.kind = 'revoked'
    ) AS revoked,
    coalesce((
        SELECT vantage_event.kind = 'suspended' FROM ledger.vantage_event
        WHERE vantage_event.probe_no = vantage.probe_no AND vantage_event.kind <> 'revoked'
        ORDER BY vantage_event.at DESC, vantage_event.kind DESC LIMIT 1
    ), false) AS suspended
FROM ledger.vantage
ORDER BY vantage.probe_no;

-- name: insert_vantage_event
-- The same event twice is one event.
INSERT INTO ledger.vantage_event (probe_no, at, kind, reason)
SELECT probe_no, $2, $3, $4 FROM ledger.vantage WHERE probe = $1
ON CONFLICT DO NOTHING;
