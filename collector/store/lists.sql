-- Lists of names under orders, version by version, and the names that nobody may ask.

-- name: hold_lists
-- Whoever appends holds the lists until the transaction ends: two people never write the same number.
SELECT pg_advisory_xact_lock(hashtextextended('ledger.list_version', 0));

-- name: newest_lists
-- The newest version of each list, or of one.
SELECT DISTINCT ON (order_id)
    order_id, version, encode(digest, 'hex') AS digest, format, file_name, header, header_number, header_day, entries,
    repeated, odd_lines, notified_at, entered_at, entered_by, reason
FROM ledger.list_version
WHERE $1::text IS NULL OR order_id = $1
ORDER BY order_id, version DESC;

-- name: list_in_force
-- What a list holds now: each entry by its last change, where that added it; of one kind, or of all.
SELECT newest.entry
FROM (
    SELECT DISTINCT ON (list_change.entry) list_change.entry, list_change.added, list_change.kind
    FROM ledger.list_change
    WHERE list_change.order_id = $1
    ORDER BY list_change.entry, list_change.version DESC
) AS newest
WHERE newest.added AND ($2::text IS NULL OR newest.kind = $2)
ORDER BY newest.entry COLLATE "C";

-- name: list_added
-- The names that a version added.
SELECT entry FROM ledger.list_change
WHERE order_id = $1 AND version = $2 AND added AND kind = 'name'
ORDER BY entry COLLATE "C";

-- name: list_rows
-- Of one order.
SELECT * FROM analyst.list_names WHERE order_id = $1 ORDER BY name COLLATE "C";

-- name: untestable_rows
-- Of one order.
SELECT * FROM analyst.list_untestable WHERE order_id = $1 ORDER BY entry COLLATE "C";

-- name: insert_list_version
-- A version; its changes follow in the same transaction.
INSERT INTO ledger.list_version (
    order_id, version, digest, format, file_name, header, header_number, header_day, entries, repeated, odd_lines,
    notified_at, entered_at, entered_by, reason
) VALUES ($1, $2, decode($3, 'hex'), $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15);

-- name: hold_never_probe
-- Whoever adds holds the list until the transaction ends: two first names never make two salts.
SELECT pg_advisory_xact_lock(hashtextextended('ledger.never_probe', 0));

-- name: never_probe
-- The whole list.
SELECT digest, salt FROM ledger.never_probe ORDER BY digest;

-- name: never_probe_hashes
-- How long it is.
SELECT count(*) FROM ledger.never_probe;

-- name: insert_never_probe
-- The hashes that are new, counted; those that stand there already keep their reason.
WITH entered AS (
    INSERT INTO ledger.never_probe (digest, salt, entered_at, entered_by, reason)
    SELECT given.digest, $2, $3, $4, $5 FROM unnest($1::bytea[]) AS given (digest)
    ON CONFLICT DO NOTHING
    RETURNING never_probe.digest
)
SELECT count(*) FROM entered;
