-- What fsck reads to compare with what it was made from.

-- name: digests
-- Contents that are named by their digest, where that is not so.
SELECT kind, name FROM (
    SELECT 'policy' AS kind, encode(digest, 'hex') AS name, digest <> sha256(body) AS wrong FROM ledger.policy
    UNION ALL
    SELECT 'question set', encode(digest, 'hex'), digest <> sha256(body) FROM ledger.question_set
    UNION ALL
    SELECT 'certificate', encode(sha256, 'hex'), sha256 <> sha256(der) FROM ledger.certificate
    UNION ALL
    SELECT 'collector key', encode(key_id, 'hex'), key_id <> sha256(public_key) FROM ledger.collector_key
    UNION ALL
    SELECT 'key of a probe', encode(key_id, 'hex'), key_id <> sha256(public_key) FROM ledger.vantage_key
    UNION ALL
    SELECT 'vantage', probe, key_id <> sha256(public_key) FROM ledger.vantage
    UNION ALL
    SELECT 'plan', number::text, plan_id <> sha256(payload) FROM ledger.plan
    UNION ALL
    SELECT 'other content under a number', encode(batch_id, 'hex'), batch_id <> sha256(body) FROM ledger.fork
    UNION ALL
    SELECT 'token', encode(token, 'hex'), token <> sha256(reply) FROM ledger.stamp
) AS named
WHERE wrong
ORDER BY kind, name COLLATE "C";

-- name: log_rows
-- What a batch added to the log of its chain.
SELECT index, kind, leaf, line, plan_id FROM ledger.probe_log WHERE batch = $1 ORDER BY line;

-- name: head_rows
-- Which heads came in a batch.
SELECT size, root, signature, line, encode(key_id, 'hex') AS key_id FROM ledger.probe_checkpoint WHERE batch = $1 ORDER BY line;

-- name: closes_of_batch
-- As they were copied out of the lines.
SELECT round.line, encode(plan.plan_id, 'hex') AS plan, round.cells, round.observed, encode(round.root, 'hex') AS root, round.gaps
FROM ledger.round
INNER JOIN ledger.plan ON plan.number = round.plan_number
WHERE round.batch = $1
ORDER BY round.line;

-- name: headers
-- As it was copied out of the first line.
SELECT header FROM ledger.batch WHERE batch = $1;

-- name: entries
-- Of a log, whole lines with what names their rows.
SELECT index, kind, ref, leaf, line FROM ledger.log_entry WHERE log = $1 AND index >= $2 ORDER BY index LIMIT $3;

-- name: stamps
-- Of a log, with everything a check needs.
SELECT stamp.size, stamp.authority, stamp.certificate, stamp.request, stamp.reply, stamp.chain, stamp.gen_at, stamp.accuracy_us,
    checkpoint.note
FROM ledger.stamp
INNER JOIN ledger.checkpoint ON checkpoint.log = stamp.log AND checkpoint.size = stamp.size
WHERE stamp.log = $1
ORDER BY stamp.stamp;

-- name: plan_vantages
-- As they were copied out of the payload.
SELECT plan_vantage.probe, plan_vantage.asn, plan_vantage.country, plan_vantage.cells, vantage.probe AS known
FROM ledger.plan_vantage
LEFT JOIN ledger.vantage ON vantage.probe_no = plan_vantage.probe_no
WHERE plan_vantage.plan_number = $1;

-- name: plan_facts
-- As they were copied out of the payload.
SELECT plan.starts_at, plan.window_s, encode(question_set.digest, 'hex') AS questions, encode(policy.digest, 'hex') AS policy
FROM ledger.plan
INNER JOIN ledger.question_set ON question_set.question_set = plan.question_set
INNER JOIN ledger.policy ON policy.policy = plan.policy
WHERE plan.number = $1;

-- name: question_sets
-- Every one.
SELECT question_set, body FROM ledger.question_set ORDER BY question_set;

-- name: cells
-- As they were copied out of a question set.
SELECT cell, role, resolver, endpoint, transport, family, name, qclass, qtype, profile, repeat
FROM ledger.cell WHERE question_set = $1 ORDER BY cell;

-- name: policies
-- Every one.
SELECT policy, body, fresh_s FROM ledger.policy ORDER BY policy;

-- name: resolvers
-- As they were copied out of a policy.
SELECT resolver, operator, operator_slug, kind, asns, on_net_only, twin, endpoints
FROM ledger.resolver WHERE policy = $1 ORDER BY resolver COLLATE "C";
