-- Who may read what. Run after the views, whenever they or this file change.
--
-- analyst_reader is for people and their tools (psql, Grafana, pandas). It can log in once it has been given a password,
-- and can read the views of schema analyst. Not given, on purpose: any right on ledger or derived (the views read them with
-- their owner's rights, so that only the promised shape can be relied on), any right to write or to make objects, and
-- temporary tables stay possible only as far as the database's own default allows.

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'analyst_reader') THEN
        CREATE ROLE analyst_reader LOGIN;
    END IF;
EXCEPTION
    WHEN duplicate_object OR unique_violation THEN NULL;  -- another database of this cluster was a moment earlier
END
$$;

REVOKE ALL ON SCHEMA ledger, derived, analyst FROM PUBLIC;
REVOKE ALL ON ALL TABLES IN SCHEMA ledger, derived, analyst FROM PUBLIC, analyst_reader;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA ledger FROM PUBLIC;
GRANT USAGE ON SCHEMA analyst TO analyst_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA analyst TO analyst_reader;
