-- Time stamps over checkpoints, and the tries that failed.

-- name: stamped
-- Who stamped a checkpoint.
SELECT authority FROM ledger.stamp WHERE log = $1 AND size = $2;

-- name: newest_stamped
-- The largest checkpoint of a log that anybody stamped, and when the first token over it came.
SELECT checkpoint.size, checkpoint.note, min(stamp.received_at) AS since
FROM ledger.stamp
INNER JOIN ledger.checkpoint ON checkpoint.log = stamp.log AND checkpoint.size = stamp.size
WHERE stamp.log = $1
GROUP BY checkpoint.size, checkpoint.note
ORDER BY checkpoint.size DESC LIMIT 1;

-- name: last_stamps
-- When each authority's newest token came.
SELECT authority, max(received_at) AS at FROM ledger.stamp GROUP BY authority;

-- name: youngest_below
-- What a checkpoint may hold already: a token over it that is older than this would contradict the log.
SELECT max(gen_at - accuracy_us * interval '1 microsecond') FROM ledger.stamp WHERE log = $1 AND size < $2;

-- name: insert_stamp
-- An authority stamps a checkpoint once: a second token of it is nothing.
INSERT INTO ledger.stamp (log, size, authority, certificate, request, reply, chain, token, gen_at, accuracy_us, qualified,
    received_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, sha256($6), $8, $9, $10, $11)
ON CONFLICT DO NOTHING;

-- name: insert_stamp_trouble
-- A try that failed.
INSERT INTO ledger.stamp_trouble (at, authority, log, size, detail) VALUES ($1, $2, $3, $4, $5);

-- name: newest_token
-- The one whose time, by its own accuracy, is not before the latest moment: what a plan names as its not-before.
SELECT encode(token, 'hex') FROM ledger.stamp
WHERE log = (SELECT max(log) FROM ledger.log)
ORDER BY gen_at - accuracy_us * interval '1 microsecond' DESC, stamp DESC LIMIT 1;
