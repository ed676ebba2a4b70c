-- name: hold_orders
-- Whoever appends holds the orders until the transaction ends: two people never write the same number.
SELECT pg_advisory_xact_lock(hashtextextended('ledger.legal_order', 0));

-- name: order_newest
-- The version that the next one comes after.
SELECT version, body::text AS body FROM ledger.legal_order WHERE order_id = $1 ORDER BY version DESC LIMIT 1;

-- name: order_of_digest
-- The version that a file became.
SELECT max(version) FROM ledger.legal_order WHERE order_id = $1 AND digest = decode($2, 'hex');

-- name: insert_order
-- A version of an order.
INSERT INTO ledger.legal_order (order_id, version, digest, body, entered_at, entered_by, reason, document, file)
VALUES ($1, $2, decode($3, 'hex'), $4::jsonb, $5, $6, $7, decode($8, 'hex'), $9);

-- name: order_ids
-- To say which orders there are.
SELECT DISTINCT order_id FROM ledger.legal_order ORDER BY order_id;

-- name: order_versions
-- Every version of every order, or of one, with who entered it and why; whether a file was taken whole, or a command added
-- to the version before. The body is as its digest in the log is taken.
SELECT
    order_id, version, body::text AS body, entered_at, entered_by, reason, encode(document, 'hex') AS document,
    file IS NOT NULL OR entered_by = '' AS is_whole
FROM ledger.legal_order
WHERE $1::text IS NULL OR order_id = $1
ORDER BY order_id, version;

-- name: order_operators
-- Whose resolvers are measured, for who writes an operator that there is not.
SELECT DISTINCT operator_slug FROM ledger.resolver WHERE kind <> 'control' ORDER BY operator_slug;
