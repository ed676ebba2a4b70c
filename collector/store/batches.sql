-- What probes sent: taken in whole, or not at all.

-- name: held
-- A place in a chain that is taken.
SELECT encode(batch.batch_id, 'hex') AS batch, batch.received_at
FROM ledger.batch
INNER JOIN ledger.vantage ON vantage.probe_no = batch.probe_no
WHERE vantage.probe = $1 AND batch.chain = $2 AND batch.number = $3;

-- name: chain_head
-- The newest of a chain; its numbers have no holes.
SELECT batch.number, encode(batch.batch_id, 'hex') AS batch
FROM ledger.batch
INNER JOIN ledger.vantage ON vantage.probe_no = batch.probe_no
WHERE vantage.probe = $1 AND batch.chain = $2
ORDER BY batch.number DESC LIMIT 1;

-- name: probe_no
-- Never changes once given.
SELECT probe_no FROM ledger.vantage WHERE probe = $1;

-- name: insert_batch
-- The unique keys refuse what is held already; the rest of the transaction names the batch by its number.
INSERT INTO ledger.batch (
    batch_id, probe_no, chain, number, previous, received_at, source, lines, header, notes, signature, leaves, body, key_id
)
VALUES (
    decode($1, 'hex'), $2, $3, $4, decode($5, 'hex'), $6, $7::text::inet, $8, $9::jsonb, $10, $11, $12, $13,
    (
        SELECT vantage_key.key_id FROM ledger.vantage_key
        WHERE vantage_key.key_id = decode($14, 'hex') AND vantage_key.by_key_id IS NOT NULL
    )
)
RETURNING batch;

-- name: insert_probe_log
-- Lines of the probe's log, in order.
INSERT INTO ledger.probe_log (probe_no, chain, batch, index, kind, leaf, line, plan_id)
SELECT $1, $2, $3, logged.index, logged.kind, logged.leaf, logged.line, logged.plan_id
FROM unnest($4::integer[], $5::text[], $6::bytea[], $7::smallint[], $8::bytea[]) AS logged (index, kind, leaf, line, plan_id);

-- name: insert_probe_checkpoints
-- Heads of the probe's log; one of a size that is kept is the same head.
INSERT INTO ledger.probe_checkpoint (probe_no, chain, batch, key_id, size, root, signature, line)
SELECT $1, $2, $3, decode($4, 'hex'), head.size, head.root, head.signature, head.line
FROM unnest($5::integer[], $6::bytea[], $7::bytea[], $8::smallint[]) AS head (size, root, signature, line)
ON CONFLICT DO NOTHING;

-- name: probe_leaves
-- Of one chain, from an index on.
SELECT probe_log.kind, probe_log.leaf
FROM ledger.probe_log
INNER JOIN ledger.vantage ON vantage.probe_no = probe_log.probe_no
WHERE vantage.probe = $1 AND probe_log.chain = $2 AND probe_log.index >= $3
ORDER BY probe_log.index;

-- name: last_seen
-- Where the newest checkpoint of a collector's log that a chain has seen stands.
SELECT probe_log.line, batch.body
FROM ledger.probe_log
INNER JOIN ledger.vantage ON vantage.probe_no = probe_log.probe_no
INNER JOIN ledger.batch ON batch.batch = probe_log.batch
WHERE vantage.probe = $1 AND probe_log.chain = $2 AND probe_log.kind = 'seen'
ORDER BY probe_log.index DESC LIMIT 1;

-- name: chain_key
-- With which key a chain's first batch was signed.
SELECT encode(coalesce(batch.key_id, vantage.key_id), 'hex')
FROM ledger.batch
INNER JOIN ledger.vantage ON vantage.probe_no = batch.probe_no
WHERE vantage.probe = $1 AND batch.chain = $2 AND batch.number = 1;

-- name: close_leaves
-- Of the first close of each of these plans: of one that is known here the close that counts, of any other the first in a log.
SELECT encode(plan.plan_id, 'hex') AS plan, encode(substring(batch.leaves FROM 32 * round.line + 1 FOR 32), 'hex') AS leaf
FROM ledger.plan
INNER JOIN ledger.round ON round.plan_number = plan.number
INNER JOIN ledger.vantage ON vantage.probe_no = round.probe_no
INNER JOIN ledger.batch ON batch.batch = round.batch
WHERE vantage.probe = $1 AND plan.plan_id = ANY ($2::bytea[])
UNION ALL (
    SELECT DISTINCT ON (own.plan_id) encode(own.plan_id, 'hex') AS plan, encode(own.leaf, 'hex') AS leaf
    FROM ledger.probe_log AS own
    INNER JOIN ledger.vantage ON vantage.probe_no = own.probe_no
    WHERE vantage.probe = $1 AND own.plan_id = ANY ($2::bytea[])
    ORDER BY own.plan_id, own.batch, own.line
);

-- name: tell_unfulfilled
-- That the close of a round is not what came before it, once; only a close in a probe's log can mislead anybody.
INSERT INTO ledger.equivocation (probe_no, what, digests, at)
SELECT round.probe_no, 'round', ARRAY[own.leaf, batch.batch_id], batch.received_at
FROM ledger.round
INNER JOIN ledger.vantage ON vantage.probe_no = round.probe_no
INNER JOIN ledger.batch ON batch.batch = round.batch
INNER JOIN ledger.probe_log AS own ON own.batch = round.batch AND own.line = round.line
WHERE round.plan_number = $1 AND vantage.probe = $2
ON CONFLICT DO NOTHING;

-- name: insert_equivocation
-- The same again is noted once.
INSERT INTO ledger.equivocation (probe_no, what, digests, at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING;

-- name: insert_fork_equivocation
-- With the batch that holds the place, or, where its beginning differs, the one before it.
INSERT INTO ledger.equivocation (probe_no, what, digests, at)
SELECT $1, 'batch', ARRAY[batch.batch_id, decode($4, 'hex')], $5
FROM ledger.batch
WHERE batch.probe_no = $1 AND batch.chain = $2 AND batch.number <= $3
ORDER BY batch.number DESC LIMIT 1
ON CONFLICT DO NOTHING;

-- name: suspend
-- The same event twice is one event.
INSERT INTO ledger.vantage_event (probe_no, at, kind, reason) VALUES ($1, $2, 'suspended', $3) ON CONFLICT DO NOTHING;

-- name: insert_answers
-- In the order of their numbers, so that two batches at once cannot wait for each other.
INSERT INTO ledger.answer (answer, messages, rcode, flags, addresses, cnames, ede)
SELECT answer, messages, rcode, flags, addresses, cnames, ede
FROM jsonb_to_recordset($1::jsonb) AS fresh (
    answer bigint, messages smallint, rcode text, flags text[], addresses text[], cnames text[], ede integer[]
)
ORDER BY answer
ON CONFLICT DO NOTHING;

-- name: insert_batch_rounds
-- How much of which round stands in the batch.
INSERT INTO ledger.batch_round (plan_number, probe_no, batch, observed, gaps)
SELECT part.plan_number, $1, $2, part.observed, part.gaps
FROM unnest($3::integer[], $4::integer[], $5::integer[]) AS part (plan_number, observed, gaps);

-- name: insert_round
-- The first close of a round counts.
INSERT INTO ledger.round (plan_number, probe_no, cells, observed, gaps, root, batch, line)
VALUES ($1, $2, $3, $4, $5::jsonb, decode($6, 'hex'), $7, $8) ON CONFLICT DO NOTHING;

-- name: insert_certificate
-- One that was seen before is kept already.
INSERT INTO ledger.certificate (sha256, der) VALUES (sha256($1), $1) ON CONFLICT DO NOTHING;

-- name: held_certificates
-- Those of these that came.
SELECT encode(sha256, 'hex') AS digest FROM ledger.certificate WHERE sha256 = ANY ($1::bytea[]);

-- name: insert_fork
-- The same fork twice is one fork.
INSERT INTO ledger.fork (probe_no, chain, number, batch_id, received_at, source, signature, body)
SELECT probe_no, $2, $3, decode($4, 'hex'), $5, $6::text::inet, $7, $8 FROM ledger.vantage WHERE probe = $1
ON CONFLICT DO NOTHING;

-- name: closed_not_judged
-- What a restart has to catch up with, oldest first.
SELECT round.plan_number, vantage.probe
FROM ledger.round
INNER JOIN ledger.vantage ON vantage.probe_no = round.probe_no
WHERE NOT EXISTS (
    SELECT FROM derived.judged WHERE judged.plan_number = round.plan_number AND judged.probe_no = round.probe_no
)
ORDER BY round.plan_number, vantage.probe COLLATE "C";

-- name: closed
-- Every closed round, oldest first: what a rebuild goes through.
SELECT round.plan_number, vantage.probe
FROM ledger.round
INNER JOIN ledger.vantage ON vantage.probe_no = round.probe_no
ORDER BY round.plan_number, vantage.probe COLLATE "C";

-- name: round_close
-- The close that counts.
SELECT encode(plan.plan_id, 'hex') AS plan, round.cells, round.observed, encode(round.root, 'hex') AS root, round.gaps
FROM ledger.round
INNER JOIN ledger.plan ON plan.number = round.plan_number
INNER JOIN ledger.vantage ON vantage.probe_no = round.probe_no
WHERE round.plan_number = $1 AND vantage.probe = $2;

-- name: round_places
-- Where the records of a round stand, and whether they came after its close. Ordered by the probe's own numbering, whatever
-- the order of arrival.
SELECT observation.cell, observation.batch, observation.line,
    coalesce((observation.batch, observation.line) > (round.batch, round.line), false) AS late
FROM ledger.plan
CROSS JOIN ledger.vantage
INNER JOIN ledger.observation
    ON observation.plan_day = plan.plan_day AND observation.plan_number = plan.number
        AND observation.probe_no = vantage.probe_no
INNER JOIN ledger.batch ON batch.batch = observation.batch
LEFT JOIN ledger.round ON round.plan_number = plan.number AND round.probe_no = vantage.probe_no
WHERE plan.number = $1 AND vantage.probe = $2
ORDER BY observation.cell, batch.chain COLLATE "C", batch.number, observation.line;

-- name: bodies
-- Of the batches that a round stands in.
SELECT batch, body FROM ledger.batch WHERE batch = ANY ($1::integer[]);

-- name: stored_batches
-- Everything there is to check a batch by.
SELECT batch.batch, encode(batch.batch_id, 'hex') AS batch_id, vantage.probe,
    coalesce(vantage_key.public_key, vantage.public_key) AS public_key, batch.chain, batch.number,
    encode(batch.previous, 'hex') AS previous, batch.received_at, batch.signature, batch.leaves, batch.body,
    (
        SELECT coalesce(sum(batch_round.observed + batch_round.gaps), 0)::integer
        FROM ledger.batch_round
        WHERE batch_round.batch = batch.batch
    ) AS rows
FROM ledger.batch
INNER JOIN ledger.vantage ON vantage.probe_no = batch.probe_no
LEFT JOIN ledger.vantage_key ON vantage_key.key_id = batch.key_id
WHERE batch.batch > $1
ORDER BY batch.batch LIMIT $2;

-- name: count_observations
-- Rows of a batch, counted one by one in the rounds it has a part of.
SELECT count(*)
FROM ledger.batch
INNER JOIN ledger.batch_round ON batch_round.batch = batch.batch
INNER JOIN ledger.plan ON plan.number = batch_round.plan_number
INNER JOIN ledger.observation
    ON observation.plan_day = plan.plan_day AND observation.plan_number = plan.number
        AND observation.probe_no = batch.probe_no AND observation.batch = batch.batch
WHERE batch.batch = $1;
