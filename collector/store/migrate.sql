-- Statements of the migration runner.

-- name: try_lock
-- Polled: waiting inside Postgres would deadlock with CREATE INDEX CONCURRENTLY, which waits for every transaction.
SELECT pg_try_advisory_lock(hashtext('ottempera.migrate'), 1);

-- name: unlock
-- The lock is the session's; closing the connection would do it as well.
SELECT pg_advisory_unlock(hashtext('ottempera.migrate'), 1);

-- name: has_ledger
-- Whether anything of ours was ever made here.
SELECT to_regclass('ledger.migration') IS NOT NULL;

-- name: applied
-- What was run, in its order.
SELECT name, sha256 FROM ledger.migration ORDER BY name;

-- name: note_migration
-- In the migration's own transaction: both are there or neither.
INSERT INTO ledger.migration (name, sha256) VALUES ($1, $2);

-- name: newest_views
-- Which set of views the database has.
SELECT sha256 FROM ledger.view_set ORDER BY made_at DESC LIMIT 1;

-- name: note_views
-- In the transaction that made them.
INSERT INTO ledger.view_set (sha256, made_at) VALUES ($1, clock_timestamp());

-- name: drop_views
-- A view whose columns changed cannot be replaced. Without CASCADE: somebody's own views on ours are not ours to drop.
DO $$
DECLARE
    ours text;
BEGIN
    SELECT string_agg(format('analyst.%I', relname), ', ')
    INTO ours
    FROM pg_catalog.pg_class
    WHERE relnamespace = 'analyst'::regnamespace AND relkind = 'v';
    IF ours IS NOT NULL THEN
        EXECUTE 'DROP VIEW ' || ours;
    END IF;
END
$$;

-- name: stale_views
-- Views that no file makes any more.
SELECT relname FROM pg_catalog.pg_class
WHERE relnamespace = 'analyst'::regnamespace AND relkind = 'v' AND NOT (relname = ANY ($1::text[]));

-- name: quiet_path
-- Nothing is found by search path: every name in a migration says its schema.
SET LOCAL search_path = pg_catalog, pg_temp;

-- name: set_reader_password
-- A utility statement takes no parameters: the text is built where the password is quoted as a literal.
SELECT format('ALTER ROLE analyst_reader LOGIN PASSWORD %L', $1::text);
