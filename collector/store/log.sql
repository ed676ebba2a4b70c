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

-- name: newest_entry
-- How far a log goes.
SELECT index, leaf FROM ledger.log_entry WHERE log = $1 ORDER BY index DESC LIMIT 1;

-- name: insert_entries
-- Of one log, in their order.
INSERT INTO ledger.log_entry (log, index, kind, ref, leaf, line)
SELECT $1, entry.index, entry.kind, entry.ref, entry.leaf, entry.line
FROM unnest($2::bigint[], $3::text[], $4::text[], $5::bytea[], $6::bytea[]) AS entry (index, kind, ref, leaf, line);

-- name: leaves
-- From an index on.
SELECT leaf FROM ledger.log_entry WHERE log = $1 AND index >= $2 ORDER BY index;

-- name: entry_lines
-- From an index on, so many.
SELECT line FROM ledger.log_entry WHERE log = $1 AND index >= $2 ORDER BY index LIMIT $3;

-- name: index_of
-- Where a leaf stands.
SELECT index FROM ledger.log_entry WHERE log = $1 AND leaf = $2;

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
INSERT INTO ledger.checkpoint (log, size, root, note, signed_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING
RETURNING size;

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
