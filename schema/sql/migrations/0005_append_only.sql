-- The ledger only grows.
-- Parent: 0004_observations.sql sha256:2f9701dabfaf22305295eeeaeeb3612abf5f6f82e7bebd015f245156ea6c40fd

CREATE FUNCTION ledger.refuse_change() RETURNS trigger
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
BEGIN
    RAISE EXCEPTION '% on %.% is refused: the ledger is append-only', tg_op, tg_table_schema, tg_table_name
        USING ERRCODE = 'restrict_violation', HINT = 'A correction is a later row.';
END
$$;
COMMENT ON FUNCTION ledger.refuse_change() IS 'Refuses what would change or remove a fact.';

DO $$
DECLARE
    kept text;
BEGIN
    FOREACH kept IN ARRAY ARRAY[
        'deployment', 'collector_key', 'policy', 'resolver', 'question_set', 'cell', 'vantage', 'vantage_event',
        'plan', 'plan_vantage', 'batch', 'fork', 'certificate', 'batch_round', 'round', 'answer', 'failure_word', 'gap_word',
        'migration', 'view_set'
    ] LOOP
        EXECUTE format(
            'CREATE TRIGGER only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.%I'
            ' FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change()', kept);
    END LOOP;
END
$$;

-- Row triggers are handed down to partitions, statement triggers are not; the first cost nothing to COPY.
CREATE TRIGGER only_grows BEFORE UPDATE OR DELETE ON ledger.observation
FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();
CREATE TRIGGER only_grows_whole BEFORE TRUNCATE ON ledger.observation
FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

-- Made apart and attached, because that lets readers and writers of other days go on.
CREATE FUNCTION ledger.make_partition(wanted date) RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
DECLARE
    title text := 'observation_' || to_char(wanted, 'YYYYMMDD');
BEGIN
    IF to_regclass('ledger.' || title) IS NOT NULL THEN
        RETURN;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('ledger.make_partition'));
    IF to_regclass('ledger.' || title) IS NOT NULL THEN
        RETURN;
    END IF;
    EXECUTE format('CREATE TABLE ledger.%I (LIKE ledger.observation INCLUDING ALL EXCLUDING INDEXES)', title);
    EXECUTE format(
        'ALTER TABLE ledger.observation ATTACH PARTITION ledger.%I FOR VALUES FROM (%L) TO (%L)', title, wanted, wanted + 1);
    EXECUTE format(
        'CREATE TRIGGER only_grows_whole BEFORE TRUNCATE ON ledger.%I'
        ' FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change()', title);
END
$$;
COMMENT ON FUNCTION ledger.make_partition(date) IS 'The partition of one plan day, made when its first plan is published. There is no default partition: a row of a day without plans is a mistake.';
