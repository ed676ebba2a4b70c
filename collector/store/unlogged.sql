-- Rows of the ledger that have no entry in a log yet.

-- name: marks
-- What is another as soon as there is a new row of any kind, or a new checkpoint; cheap, and blind to what becomes visible late.
SELECT
    (SELECT max(number) FROM ledger.plan) AS plans,
    (SELECT max(batch) FROM ledger.probe_checkpoint) AS heads,
    (SELECT max(equivocation) FROM ledger.equivocation) AS equivocations,
    (SELECT count(*) FROM ledger.vantage_event) AS standings,
    (SELECT max(vantage_key) FROM ledger.vantage_key) AS keys,
    (SELECT max(probe_no) FROM ledger.vantage) AS vantages,
    (SELECT count(*) FROM ledger.legal_order) AS orders,
    (SELECT max(stamp) FROM ledger.stamp) AS stamps,
    (SELECT max(policy) FROM ledger.policy) AS policies,
    (SELECT max(question_set) FROM ledger.question_set) AS questions,
    (SELECT max(size) FROM ledger.checkpoint WHERE log = $1) AS size;

-- name: plans
-- Rows without an entry. What depends on others is read before them: whatever is seen, what it depends on is seen too.
SELECT plan.number, encode(plan.plan_id, 'hex') AS plan, plan.starts_at, encode(plan.key_id, 'hex') AS key, plan.signature
FROM ledger.plan
WHERE plan.number >= $2 AND NOT EXISTS (
    SELECT FROM ledger.log_entry
    WHERE log_entry.log = $1 AND log_entry.kind = 'plan' AND log_entry.ref = plan.number::text
)
ORDER BY plan.number;

-- name: heads
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

-- name: equivocations
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

-- name: standings
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

-- name: keys
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

-- name: vantages
-- Rows without an entry.
SELECT vantage.probe, encode(vantage.public_key, 'hex') AS key, vantage.asn, vantage.operator, vantage.country, vantage.custodian,
    vantage.enrolled_at
FROM ledger.vantage
WHERE NOT EXISTS (
    SELECT FROM ledger.log_entry
    WHERE log_entry.log = $1 AND log_entry.kind = 'enrolment' AND log_entry.ref = vantage.probe
)
ORDER BY vantage.probe_no;

-- name: orders
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

-- name: stamps
-- Rows without an entry; only stamps of this log.
SELECT stamp.size, stamp.authority, encode(stamp.token, 'hex') AS token, encode(stamp.certificate, 'hex') AS certificate,
    stamp.gen_at, stamp.accuracy_us
FROM ledger.stamp
WHERE stamp.log = $2 AND NOT EXISTS (
    SELECT FROM ledger.log_entry
    WHERE log_entry.log = $1 AND log_entry.kind = 'stamp' AND log_entry.ref = encode(stamp.token, 'hex')
)
ORDER BY stamp.stamp;

-- name: policies
-- Rows without an entry.
SELECT encode(policy.digest, 'hex') AS digest
FROM ledger.policy
WHERE NOT EXISTS (
    SELECT FROM ledger.log_entry
    WHERE log_entry.log = $1 AND log_entry.kind = 'policy' AND log_entry.ref = encode(policy.digest, 'hex')
)
ORDER BY policy.policy;

-- name: questions
-- Rows without an entry.
SELECT encode(question_set.digest, 'hex') AS digest
FROM ledger.question_set
WHERE NOT EXISTS (
    SELECT FROM ledger.log_entry
    WHERE log_entry.log = $1 AND log_entry.kind = 'questions' AND log_entry.ref = encode(question_set.digest, 'hex')
)
ORDER BY question_set.question_set;
