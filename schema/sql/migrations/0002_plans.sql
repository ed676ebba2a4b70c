-- What every probe asks in each round, as it was published.
-- Parent: 0001_registry.sql sha256:3501d92a975f095b4abb85df1b492da8e5bc3acc3e208f2c23151424da83411c

CREATE TABLE ledger.plan (
    number       integer          NOT NULL,
    plan_id      bytea            NOT NULL,
    starts_at    timestamptz      NOT NULL,
    plan_day     date             NOT NULL GENERATED ALWAYS AS ((starts_at AT TIME ZONE 'UTC')::date) STORED,
    window_s     double precision NOT NULL,
    question_set integer          NOT NULL,
    policy       integer          NOT NULL,
    payload      bytea            NOT NULL,
    key_id       bytea            NOT NULL,
    signature    bytea            NOT NULL,
    published_at timestamptz      NOT NULL DEFAULT now(),
    CONSTRAINT a_plan_number_is_used_once PRIMARY KEY (number),
    CONSTRAINT a_plan_is_published_once UNIQUE (plan_id),
    CONSTRAINT plan_numbers_start_at_1 CHECK (number >= 1),
    CONSTRAINT plan_id_is_the_sha256_of_its_payload CHECK (plan_id = sha256(payload)),
    CONSTRAINT plan_signature_is_64_bytes CHECK (octet_length(signature) = 64),
    CONSTRAINT plan_asks_a_known_question_set FOREIGN KEY (question_set) REFERENCES ledger.question_set (question_set),
    CONSTRAINT plan_names_a_known_policy FOREIGN KEY (policy) REFERENCES ledger.policy (policy)
);
COMMENT ON TABLE ledger.plan IS 'Signed plans. Everything is ordered by number, and counted and partitioned by the day a plan starts on.';
COMMENT ON COLUMN ledger.plan.number IS 'From 1, in the order of publication.';
COMMENT ON COLUMN ledger.plan.plan_id IS 'SHA-256 of payload: the plan''s name in records.';
COMMENT ON COLUMN ledger.plan.starts_at IS 'When every probe starts it: the time of its sample.';
COMMENT ON COLUMN ledger.plan.plan_day IS 'Day of starts_at in UTC: the partition of its observations.';
COMMENT ON COLUMN ledger.plan.window_s IS 'Seconds the round may take.';
COMMENT ON COLUMN ledger.plan.question_set IS 'What is asked.';
COMMENT ON COLUMN ledger.plan.policy IS 'By what it is judged.';
COMMENT ON COLUMN ledger.plan.payload IS 'JSON, as it was signed.';
COMMENT ON COLUMN ledger.plan.key_id IS 'The collector''s key, by the SHA-256 of it.';
COMMENT ON COLUMN ledger.plan.signature IS 'Ed25519 over the DSSE encoding of payload.';
COMMENT ON COLUMN ledger.plan.published_at IS 'When it was stored here; before starts_at, or it was not published ahead.';

CREATE TABLE ledger.plan_vantage (
    plan_number integer  NOT NULL,
    probe_no    smallint,
    probe       text     NOT NULL,
    asn         bigint   NOT NULL,
    country     text     NOT NULL,
    cells       integer  NOT NULL,
    CONSTRAINT a_plan_enrolls_a_vantage_once PRIMARY KEY (plan_number, probe),
    CONSTRAINT enrolment_is_for_a_known_plan FOREIGN KEY (plan_number) REFERENCES ledger.plan (number),
    CONSTRAINT enrolment_is_of_a_known_vantage FOREIGN KEY (probe_no) REFERENCES ledger.vantage (probe_no),
    CONSTRAINT cells_are_counted_from_0 CHECK (cells >= 0)
);
COMMENT ON TABLE ledger.plan_vantage IS 'Vantages enrolled for each plan, copied out of its payload: who is absent can be said because of it.';
COMMENT ON COLUMN ledger.plan_vantage.plan_number IS 'Which plan.';
COMMENT ON COLUMN ledger.plan_vantage.probe_no IS 'The vantage, where this database knows it.';
COMMENT ON COLUMN ledger.plan_vantage.probe IS 'The vantage by id, as the plan names it.';
COMMENT ON COLUMN ledger.plan_vantage.asn IS 'Its network, for this plan.';
COMMENT ON COLUMN ledger.plan_vantage.country IS 'Its country, for this plan.';
COMMENT ON COLUMN ledger.plan_vantage.cells IS 'How many cells apply to it.';
