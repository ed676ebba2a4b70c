-- What an exporter reads: the logs, and what rounds of a period stand on.

-- name: logs
-- Oldest first; each is whole by itself.
SELECT log, origin, public_key FROM ledger.log ORDER BY log;

-- name: authorities
-- Whose stamps a log has.
SELECT DISTINCT authority FROM ledger.stamp WHERE log = $1 ORDER BY authority;

-- name: stamped_heads
-- Newest first: checkpoints that enough authorities stamped and enough witnesses cosigned.
SELECT checkpoint.size
FROM ledger.checkpoint
WHERE checkpoint.log = $1
    AND $2 <= (
        SELECT count(DISTINCT stamp.authority) FROM ledger.stamp
        WHERE stamp.log = checkpoint.log AND stamp.size = checkpoint.size
    )
    AND $3 <= (
        SELECT count(*) FROM ledger.cosignature
        WHERE cosignature.log = checkpoint.log AND cosignature.size = checkpoint.size
    )
ORDER BY checkpoint.size DESC LIMIT 1;

-- name: entries
-- A stretch of a log.
SELECT index, line FROM ledger.log_entry WHERE log = $1 AND index >= $2 AND index < $3 ORDER BY index;

-- name: notes
-- Checkpoints as they were signed.
SELECT size, note FROM ledger.checkpoint WHERE log = $1 AND size = ANY ($2::bigint[]) ORDER BY size;

-- name: cosignatures
-- Of one checkpoint, each a line.
SELECT line FROM ledger.cosignature WHERE log = $1 AND size = $2 ORDER BY name COLLATE "C";

-- name: stamps
-- Of the checkpoints up to a size.
SELECT size, authority, request, reply, chain, encode(token, 'hex') AS token, gen_at, accuracy_us, qualified
FROM ledger.stamp WHERE log = $1 AND size <= $2 ORDER BY size, authority COLLATE "C";

-- name: period_plans
-- Those that start in a period, and what they are.
SELECT number, encode(plan_id, 'hex') AS plan_id, payload FROM ledger.plan
WHERE starts_at >= $1 AND starts_at < $2 ORDER BY number;

-- name: closed_in
-- The rounds of a period that were closed: where the close that counts, byte for byte, stands in its probe's logs. A restart
-- repeats it in its next chain. Chain and index are null where the chain keeps no log. Headed: the probe signed a head over it.
SELECT round.plan_number, vantage.probe, place.chain, place.index,
    EXISTS (
        SELECT FROM ledger.probe_checkpoint AS head
        WHERE head.probe_no = place.probe_no AND head.chain = place.chain AND head.size > place.index
    ) AS headed
FROM ledger.plan
INNER JOIN ledger.round ON round.plan_number = plan.number
INNER JOIN ledger.vantage ON vantage.probe_no = round.probe_no
LEFT JOIN ledger.probe_log AS own ON own.batch = round.batch AND own.line = round.line
LEFT JOIN ledger.probe_log AS place ON place.probe_no = own.probe_no AND place.leaf = own.leaf
WHERE plan.starts_at >= $1 AND plan.starts_at < $2
ORDER BY round.plan_number, vantage.probe COLLATE "C", place.chain COLLATE "C", place.index;

-- name: probe_log
-- The places of the first lines of a chain's log.
SELECT probe_log.index, probe_log.batch, probe_log.line
FROM ledger.probe_log
INNER JOIN ledger.vantage ON vantage.probe_no = probe_log.probe_no
WHERE vantage.probe = $1 AND probe_log.chain = $2 AND probe_log.index < $3
ORDER BY probe_log.index;

-- name: bundled_bodies
-- Batches by their numbers.
SELECT batch, body FROM ledger.batch WHERE batch = ANY ($1::integer[]);

-- name: certificates
-- By digest.
SELECT encode(sha256, 'hex') AS digest, der FROM ledger.certificate WHERE sha256 = ANY ($1::bytea[]);

-- name: policy_body
-- As its digest is taken.
SELECT body FROM ledger.policy WHERE digest = decode($1, 'hex');
