-- One narrow row per record: which cell, what came of it, and where its bytes are.
-- Parent: 0003_batches.sql sha256:41e7b5873f4b6a0d613e586d72c97f2822ef6207aeeadbd3f65bb7b2d9a13ada

CREATE TABLE ledger.failure_word (
    code smallint NOT NULL,
    word text,
    CONSTRAINT a_failure_has_one_code PRIMARY KEY (code),
    CONSTRAINT a_failure_is_listed_once UNIQUE (word)
);
COMMENT ON TABLE ledger.failure_word IS 'Codes of observation.failure: 0 is none. A new word is a new row, never a new meaning.';
COMMENT ON COLUMN ledger.failure_word.code IS 'As stored.';
COMMENT ON COLUMN ledger.failure_word.word IS 'As in records.';
INSERT INTO ledger.failure_word (code, word)
VALUES (0, NULL), (1, 'timeout'), (2, 'refused_connection'), (3, 'unreachable'), (4, 'reset'), (5, 'closed'),
       (6, 'tls_failed'), (7, 'tls_untrusted'), (8, 'http_status'), (9, 'framing'), (10, 'too_large'), (11, 'local_error');

CREATE TABLE ledger.gap_word (
    code smallint NOT NULL,
    word text,
    CONSTRAINT a_gap_has_one_code PRIMARY KEY (code),
    CONSTRAINT a_gap_is_listed_once UNIQUE (word)
);
COMMENT ON TABLE ledger.gap_word IS 'Codes of observation.gap: 0 is none. A new word is a new row, never a new meaning.';
COMMENT ON COLUMN ledger.gap_word.code IS 'As stored.';
COMMENT ON COLUMN ledger.gap_word.word IS 'As in records.';
INSERT INTO ledger.gap_word (code, word)
VALUES (0, NULL), (1, 'ceiling'), (2, 'breaker'), (3, 'quota'), (4, 'crashed'), (5, 'not_running'), (6, 'never_probe'),
       (7, 'transport_unavailable');

CREATE TABLE ledger.answer (
    answer    bigint   NOT NULL,
    messages  smallint NOT NULL,
    rcode     text,
    flags     text[]   NOT NULL,
    addresses text[]   NOT NULL,
    cnames    text[]   NOT NULL,
    ede       integer[] NOT NULL,
    CONSTRAINT an_answer_is_kept_once PRIMARY KEY (answer)
);
COMMENT ON TABLE ledger.answer IS 'What answers said, each content once: a convenience for SQL. The judge reads the records'' bytes, never this.';
COMMENT ON COLUMN ledger.answer.answer IS 'First 8 bytes of the SHA-256 of the content: the same in every database.';
COMMENT ON COLUMN ledger.answer.messages IS 'How many messages came; the facts are of the first that can be read.';
COMMENT ON COLUMN ledger.answer.rcode IS 'By its IANA name; null when no message can be read.';
COMMENT ON COLUMN ledger.answer.flags IS 'aa tc ra ad, those that were set.';
COMMENT ON COLUMN ledger.answer.addresses IS 'A or AAAA at the end of the CNAME chain, sorted.';
COMMENT ON COLUMN ledger.answer.cnames IS 'The CNAME chain.';
COMMENT ON COLUMN ledger.answer.ede IS 'Extended DNS error codes (RFC 8914).';

-- The order of columns leaves no padding: 64 bytes a row. No column is null in the usual row, which keeps the row header
-- short. No foreign keys and no unique key: a batch is checked once, in the transaction that writes its rows; a check a row
-- would cost more than the row.
CREATE TABLE ledger.observation (
    answer      bigint,
    plan_day    date     NOT NULL,
    plan_number integer  NOT NULL,
    cell        integer  NOT NULL,
    batch       integer  NOT NULL,
    rtt_us      integer,
    at_ms       integer,
    probe_no    smallint NOT NULL,
    line        smallint NOT NULL,
    failure     smallint NOT NULL,
    gap         smallint NOT NULL
) PARTITION BY RANGE (plan_day);
COMMENT ON TABLE ledger.observation IS 'Records as rows, partitioned by the plan''s day; the bytes are in the batch.';
COMMENT ON COLUMN ledger.observation.answer IS 'What was answered; null when nothing was.';
COMMENT ON COLUMN ledger.observation.plan_day IS 'The plan''s day in UTC.';
COMMENT ON COLUMN ledger.observation.plan_number IS 'Which plan.';
COMMENT ON COLUMN ledger.observation.cell IS 'Which question of its set.';
COMMENT ON COLUMN ledger.observation.batch IS 'Where the record stands: batch.';
COMMENT ON COLUMN ledger.observation.rtt_us IS 'Microseconds to the first message; null when none came.';
COMMENT ON COLUMN ledger.observation.at_ms IS 'The probe''s time of asking, in milliseconds after the plan''s start; null when the claim is more than 24 days off (the record has it).';
COMMENT ON COLUMN ledger.observation.probe_no IS 'Who asked.';
COMMENT ON COLUMN ledger.observation.line IS 'Where the record stands: line, from 0.';
COMMENT ON COLUMN ledger.observation.failure IS 'Code in failure_word.';
COMMENT ON COLUMN ledger.observation.gap IS 'Code in gap_word: not asked.';

-- Nearly all keys are equal to their neighbours', so the index is small: a round is read back by it.
CREATE INDEX observation_by_round ON ledger.observation (plan_number, probe_no);
COMMENT ON INDEX ledger.observation_by_round IS 'To read a round back, and a plan.';
