-- The collector's log, its checkpoints and those who cosigned them.

-- name: claim_signing
-- One process signs a database, as one judges it. Tried, not awaited.
SELECT pg_try_advisory_lock(hashtext('ottempera.signing'));

-- name: sequencing
-- Entries are numbered by one transaction at a time. Asked for in a statement of its own: the next one sees what the one
-- before has committed.
SELECT pg_advisory_xact_lock(hashtext('ottempera.sequencing'));

-- name: current_log
-- The one that is written.
SELECT log, origin, public_key FROM ledger.log ORDER BY log DESC LIMIT 1;

-- name: log_of
-- By its name in checkpoints.
SELECT log, origin, public_key FROM ledger.log WHERE origin = $1;

-- name: insert_log
-- Before its first entry, in one transaction with it.
INSERT INTO ledger.log (log, origin, public_key, began_at) VALUES ($1, $2, $3, $4);

-- name: log_size
-- Its indices have no holes.
SELECT coalesce(max(index) + 1, 0) FROM ledger.log_entry WHERE log = $1;

-- name: leaves
-- From an index on.
SELECT leaf FROM ledger.log_entry WHERE log = $1 AND index >= $2 ORDER BY index;

-- name: entry_lines
-- From an index on, so many.
SELECT line FROM ledger.log_entry WHERE log = $1 AND index >= $2 ORDER BY index LIMIT $3;

-- name: index_of
-- Where a leaf stands.
SELECT index FROM ledger.log_entry WHERE log = $1 AND leaf = $2;

-- name: open_plans
-- Rows without an entry. What depends on others is read before them: whatever is seen, what it depends on is seen too.
SELECT plan.number, encode(plan.plan_id, 'hex') AS plan, plan.starts_at, encode(plan.key_id, 'hex') AS key, plan.signature
FROM ledger.plan
WHERE NOT EXISTS (
    SELECT FROM ledger.log_entry
    WHERE log_entry.log = $1 AND log_entry.kind = 'plan' AND log_entry.ref = plan.number::text
)
ORDER BY plan.number;

-- name: open_heads
-- Of batches from a number on: what is older has its entry, or a process that starts finds it.
SELECT vantage.probe, head.chain, head.size, encode(head.root, 'hex') AS root, encode(head.key_id, 'hex') AS key, head.signature,
    head.batch
FROM ledger.probe_checkpoint AS head
INNER JOIN ledger.vantage ON vantage.probe_no = head.probe_no
WHERE head.batch >= $2 AND NOT EXISTS (
    SELECT FROM ledger.log_entry
    WHERE log_entry.log = $1 AND log_entry.kind = 'probe_checkpoint'
        AND log_entry.ref = vantage.probe || '/' || head.chain || '/' || head.size
)
ORDER BY head.batch, head.line;

-- name: open_equivocations
-- Rows without an entry.
SELECT equivocation.equivocation, vantage.probe, equivocation.what,
    ARRAY(SELECT encode(digest, 'hex') FROM unnest(equivocation.digests) AS digest) AS digests, equivocation.at
FROM ledger.equivocation
INNER JOIN ledger.vantage ON vantage.probe_no = equivocation.probe_no
WHERE NOT EXISTS (
    SELECT FROM ledger.log_entry
    WHERE log_entry.log = $1 AND log_entry.kind = 'equivocation' AND log_entry.ref = equivocation.equivocation::text
)
ORDER BY equivocation.equivocation;

-- name: open_standings
-- Rows without an entry.
SELECT vantage.probe, vantage_event.kind, vantage_event.reason, vantage_event.at
FROM ledger.vantage_event
INNER JOIN ledger.vantage ON vantage.probe_no = vantage_event.probe_no
WHERE NOT EXISTS (
    SELECT FROM ledger.log_entry
    WHERE log_entry.log = $1 AND log_entry.kind = 'standing'
        AND log_entry.ref = vantage.probe || '/' || vantage_event.kind || '/'
            || (extract(epoch FROM vantage_event.at) * 1000000)::bigint
)
ORDER BY vantage_event.at, vantage.probe COLLATE "C", vantage_event.kind;

-- name: open_keys
-- Changes without an entry; a change has a higher number than the key that signed it.
SELECT vantage.probe, encode(changed.public_key, 'hex') AS key, encode(changed.key_id, 'hex') AS key_id,
    encode(before.public_key, 'hex') AS by, changed.signature, changed.since
FROM ledger.vantage_key AS changed
INNER JOIN ledger.vantage ON vantage.probe_no = changed.probe_no
INNER JOIN ledger.vantage_key AS before ON before.key_id = changed.by_key_id
WHERE NOT EXISTS (
    SELECT FROM ledger.log_entry
    WHERE log_entry.log = $1 AND log_entry.kind = 'key'
        AND log_entry.ref = vantage.probe || '/' || encode(changed.key_id, 'hex')
)
ORDER BY changed.vantage_key;

-- name: open_vantages
-- Rows without an entry.
SELECT vantage.probe, encode(vantage.public_key, 'hex') AS key, vantage.asn, vantage.operator, vantage.country, vantage.custodian,
    vantage.enrolled_at
FROM ledger.vantage
WHERE NOT EXISTS (
    SELECT FROM ledger.log_entry
    WHERE log_entry.log = $1 AND log_entry.kind = 'enrolment' AND log_entry.ref = vantage.probe
)
ORDER BY vantage.probe_no;

-- name: open_orders
-- Rows without an entry. The digest is of the body as Postgres writes it.
SELECT legal_order.order_id, legal_order.version, encode(sha256(convert_to(legal_order.body::text, 'UTF8')), 'hex') AS digest,
    legal_order.entered_at
FROM ledger.legal_order
WHERE NOT EXISTS (
    SELECT FROM ledger.log_entry
    WHERE log_entry.log = $1 AND log_entry.kind = 'order'
        AND log_entry.ref = legal_order.order_id || '/' || legal_order.version
)
ORDER BY legal_order.entered_at, legal_order.order_id COLLATE "C", legal_order.version;

-- name: open_stamps
-- Rows without an entry; only stamps of this log.
SELECT stamp.size, stamp.authority, encode(stamp.token, 'hex') AS token, encode(stamp.certificate, 'hex') AS certificate,
    stamp.gen_at, stamp.accuracy_us
FROM ledger.stamp
WHERE stamp.log = $2 AND NOT EXISTS (
    SELECT FROM ledger.log_entry
    WHERE log_entry.log = $1 AND log_entry.kind = 'stamp' AND log_entry.ref = encode(stamp.token, 'hex')
)
ORDER BY stamp.stamp;

-- name: open_policies
-- Rows without an entry.
SELECT encode(policy.digest, 'hex') AS digest
FROM ledger.policy
WHERE NOT EXISTS (
    SELECT FROM ledger.log_entry
    WHERE log_entry.log = $1 AND log_entry.kind = 'policy' AND log_entry.ref = encode(policy.digest, 'hex')
)
ORDER BY policy.policy;

-- name: open_questions
-- Rows without an entry.
SELECT encode(question_set.digest, 'hex') AS digest
FROM ledger.question_set
WHERE NOT EXISTS (
    SELECT FROM ledger.log_entry
    WHERE log_entry.log = $1 AND log_entry.kind = 'questions' AND log_entry.ref = encode(question_set.digest, 'hex')
)
ORDER BY question_set.question_set;

-- name: order_body
-- As its digest in the log is taken.
SELECT convert_to(body::text, 'UTF8') FROM ledger.legal_order WHERE order_id = $1 AND version = $2;

-- name: newest_checkpoint
-- Of a log.
SELECT size, root, note FROM ledger.checkpoint WHERE log = $1 ORDER BY size DESC LIMIT 1;

-- name: checkpoint
-- Of a log and size.
SELECT size, root, note FROM ledger.checkpoint WHERE log = $1 AND size = $2;

-- name: checkpoints
-- Of a log, smallest first.
SELECT size, root, note FROM ledger.checkpoint WHERE log = $1 AND size > $2 ORDER BY size LIMIT $3;

-- name: insert_checkpoint
-- The same again is nothing: a signature of Ed25519 over the same bytes is the same.
INSERT INTO ledger.checkpoint (log, size, root, note, signed_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING;

-- name: insert_cosignature
-- The first of each witness is enough.
INSERT INTO ledger.cosignature (log, size, name, line, received_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING;

-- name: cosignatures
-- Of one checkpoint, by name.
SELECT name, line FROM ledger.cosignature WHERE log = $1 AND size = $2 ORDER BY name COLLATE "C";

-- name: cosigners
-- Everybody who ever cosigned a checkpoint of a log, with the largest.
SELECT name, max(size) AS size FROM ledger.cosignature WHERE log = $1 GROUP BY name ORDER BY name COLLATE "C";

-- name: logs
-- All of them, oldest first.
SELECT log, origin, public_key FROM ledger.log ORDER BY log;
