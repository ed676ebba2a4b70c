-- What the migrations themselves need. Run before any of them, in the same transaction as the first; harmless when repeated.

CREATE SCHEMA IF NOT EXISTS ledger;

CREATE TABLE IF NOT EXISTS ledger.migration (
    name       text        NOT NULL,
    sha256     bytea       NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT a_migration_runs_once PRIMARY KEY (name),
    CONSTRAINT migration_sha256_is_a_sha256 CHECK (octet_length(sha256) = 32)
);

CREATE TABLE IF NOT EXISTS ledger.view_set (
    sha256  bytea       NOT NULL,
    made_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT a_set_of_views_is_named_once PRIMARY KEY (sha256, made_at),
    CONSTRAINT view_set_sha256_is_a_sha256 CHECK (octet_length(sha256) = 32)
);

COMMENT ON SCHEMA ledger IS 'Facts as they came: append-only. A correction is a later row.';
COMMENT ON TABLE ledger.migration IS 'Which migrations this database has had, and the bytes they had then.';
COMMENT ON COLUMN ledger.migration.name IS 'File name under schema/sql/migrations.';
COMMENT ON COLUMN ledger.migration.sha256 IS 'Of the file when it was applied; a file that was edited since is refused.';
COMMENT ON COLUMN ledger.migration.applied_at IS 'When.';
COMMENT ON TABLE ledger.view_set IS 'Which analyst views and grants this database has; the newest row counts.';
COMMENT ON COLUMN ledger.view_set.sha256 IS 'Of the view files and roles.sql in their order.';
COMMENT ON COLUMN ledger.view_set.made_at IS 'When they were made.';
