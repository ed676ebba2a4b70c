-- What probes sent, byte for byte, and the rounds they closed.
-- Parent: 0002_plans.sql sha256:9bd984848fd444c436514eaef2bf491117316c621326a3ee70216e919b2b37ef

CREATE TABLE ledger.batch (
    batch       integer     NOT NULL GENERATED ALWAYS AS IDENTITY,
    batch_id    bytea       NOT NULL,
    probe_no    smallint    NOT NULL,
    chain       text        NOT NULL,
    number      integer     NOT NULL,
    previous    bytea,
    received_at timestamptz NOT NULL,
    source      inet,
    lines       integer     NOT NULL,
    header      jsonb       NOT NULL,
    notes       text[]      NOT NULL,
    signature   bytea       NOT NULL,
    leaves      bytea       NOT NULL,
    body        bytea       NOT NULL,
    CONSTRAINT a_batch_has_one_number PRIMARY KEY (batch),
    CONSTRAINT a_batch_is_kept_once UNIQUE (batch_id),
    CONSTRAINT a_number_of_a_chain_is_taken_once UNIQUE (probe_no, chain, number),
    CONSTRAINT batch_is_of_an_enrolled_vantage FOREIGN KEY (probe_no) REFERENCES ledger.vantage (probe_no),
    CONSTRAINT batch_numbers_start_at_1 CHECK (number >= 1),
    CONSTRAINT batch_id_is_a_sha256 CHECK (octet_length(batch_id) = 32),
    CONSTRAINT batch_signature_is_64_bytes CHECK (octet_length(signature) = 64),
    CONSTRAINT previous_is_a_sha256 CHECK (octet_length(previous) = 32),
    CONSTRAINT every_line_has_its_leaf CHECK (octet_length(leaves) = 32 * lines)
);
-- Compressed by the probe already, and leaves cannot be: stored as they are, so that one leaf is read without the rest.
ALTER TABLE ledger.batch ALTER COLUMN body SET STORAGE EXTERNAL;
ALTER TABLE ledger.batch ALTER COLUMN leaves SET STORAGE EXTERNAL;
COMMENT ON TABLE ledger.batch IS 'Batches as they came and were acknowledged. The evidence itself: every other table can be made from this one.';
COMMENT ON COLUMN ledger.batch.batch IS 'Short number within this database only, in order of arrival.';
COMMENT ON COLUMN ledger.batch.batch_id IS 'SHA-256 of body.';
COMMENT ON COLUMN ledger.batch.probe_no IS 'Who sent it.';
COMMENT ON COLUMN ledger.batch.chain IS 'Id of the probe''s spool.';
COMMENT ON COLUMN ledger.batch.number IS 'Place in the chain, from 1, without holes.';
COMMENT ON COLUMN ledger.batch.previous IS 'batch_id of the one before, as the probe wrote it.';
COMMENT ON COLUMN ledger.batch.received_at IS 'When it was made durable here; the receipt says the same.';
COMMENT ON COLUMN ledger.batch.source IS 'Address it came from.';
COMMENT ON COLUMN ledger.batch.lines IS 'Lines in body, the header among them.';
COMMENT ON COLUMN ledger.batch.header IS 'First line of the batch: boot, build, clock, net, lab.';
COMMENT ON COLUMN ledger.batch.notes IS 'What was odd about it when it was admitted.';
COMMENT ON COLUMN ledger.batch.signature IS 'The probe''s: Ed25519 over the DSSE encoding of body.';
COMMENT ON COLUMN ledger.batch.leaves IS 'Leaf hash of each line in order, 32 bytes each: SHA-256(0x00 || line).';
COMMENT ON COLUMN ledger.batch.body IS 'zstd of the lines, exactly as it was signed.';

CREATE TABLE ledger.fork (
    probe_no    smallint    NOT NULL,
    chain       text        NOT NULL,
    number      integer     NOT NULL,
    batch_id    bytea       NOT NULL,
    received_at timestamptz NOT NULL,
    source      inet,
    signature   bytea       NOT NULL,
    body        bytea       NOT NULL,
    CONSTRAINT a_fork_is_kept_once PRIMARY KEY (batch_id),
    CONSTRAINT fork_is_of_an_enrolled_vantage FOREIGN KEY (probe_no) REFERENCES ledger.vantage (probe_no),
    CONSTRAINT fork_id_is_a_sha256 CHECK (octet_length(batch_id) = 32),
    CONSTRAINT fork_signature_is_64_bytes CHECK (octet_length(signature) = 64)
);
ALTER TABLE ledger.fork ALTER COLUMN body SET STORAGE EXTERNAL;
COMMENT ON TABLE ledger.fork IS 'Signed batches with other content under a number that was taken: kept to be looked at, never judged.';
COMMENT ON COLUMN ledger.fork.probe_no IS 'Who signed it.';
COMMENT ON COLUMN ledger.fork.chain IS 'As it says itself.';
COMMENT ON COLUMN ledger.fork.number IS 'The number that was taken.';
COMMENT ON COLUMN ledger.fork.batch_id IS 'SHA-256 of body.';
COMMENT ON COLUMN ledger.fork.received_at IS 'When it came first.';
COMMENT ON COLUMN ledger.fork.source IS 'Address it came from.';
COMMENT ON COLUMN ledger.fork.signature IS 'The probe''s: it did sign two contents under one number.';
COMMENT ON COLUMN ledger.fork.body IS 'Exactly as it was signed.';

CREATE TABLE ledger.certificate (
    sha256 bytea NOT NULL,
    der    bytea NOT NULL,
    CONSTRAINT a_certificate_is_kept_once PRIMARY KEY (sha256),
    CONSTRAINT certificate_sha256_is_of_its_bytes CHECK (sha256 = sha256(der))
);
COMMENT ON TABLE ledger.certificate IS 'Certificates that resolvers showed; records name them by hash.';
COMMENT ON COLUMN ledger.certificate.sha256 IS 'Of der.';
COMMENT ON COLUMN ledger.certificate.der IS 'As it was sent.';

CREATE TABLE ledger.batch_round (
    plan_number integer  NOT NULL,
    probe_no    smallint NOT NULL,
    batch       integer  NOT NULL,
    observed    integer  NOT NULL,
    gaps        integer  NOT NULL,
    CONSTRAINT a_batch_is_counted_once_per_round PRIMARY KEY (plan_number, probe_no, batch),
    CONSTRAINT batch_round_is_of_a_known_plan FOREIGN KEY (plan_number) REFERENCES ledger.plan (number),
    CONSTRAINT batch_round_is_of_a_known_batch FOREIGN KEY (batch) REFERENCES ledger.batch (batch),
    CONSTRAINT batch_round_counts_from_0 CHECK (observed >= 0 AND gaps >= 0)
);
COMMENT ON TABLE ledger.batch_round IS 'How much of which round stands in which batch: counts without reading observations.';
COMMENT ON COLUMN ledger.batch_round.plan_number IS 'Which plan.';
COMMENT ON COLUMN ledger.batch_round.probe_no IS 'Whose round.';
COMMENT ON COLUMN ledger.batch_round.batch IS 'In which batch.';
COMMENT ON COLUMN ledger.batch_round.observed IS 'Records of cells that were asked.';
COMMENT ON COLUMN ledger.batch_round.gaps IS 'Records of cells that were not; ranges in the close are counted there.';

CREATE TABLE ledger.round (
    plan_number integer  NOT NULL,
    probe_no    smallint NOT NULL,
    cells       integer  NOT NULL,
    observed    integer  NOT NULL,
    gaps        jsonb    NOT NULL,
    root        bytea    NOT NULL,
    batch       integer  NOT NULL,
    line        smallint NOT NULL,
    CONSTRAINT a_round_is_closed_once PRIMARY KEY (plan_number, probe_no),
    CONSTRAINT round_is_of_a_known_plan FOREIGN KEY (plan_number) REFERENCES ledger.plan (number),
    CONSTRAINT round_is_closed_in_a_known_batch FOREIGN KEY (batch) REFERENCES ledger.batch (batch),
    CONSTRAINT root_is_a_sha256 CHECK (octet_length(root) = 32)
);
COMMENT ON TABLE ledger.round IS 'Closes: what a probe says its round came to. The first counts; a second stays in its batch.';
COMMENT ON COLUMN ledger.round.plan_number IS 'Which plan.';
COMMENT ON COLUMN ledger.round.probe_no IS 'Whose round.';
COMMENT ON COLUMN ledger.round.cells IS 'Cells that applied, by the probe.';
COMMENT ON COLUMN ledger.round.observed IS 'Cells that it asked, by the probe.';
COMMENT ON COLUMN ledger.round.gaps IS 'Ranges of cells that were not asked: [{"from","to","reason"}].';
COMMENT ON COLUMN ledger.round.root IS 'RFC 9162 root over the round''s lines, by the probe; derived.judged says whether it holds.';
COMMENT ON COLUMN ledger.round.batch IS 'Where the close stands: batch.';
COMMENT ON COLUMN ledger.round.line IS 'Where the close stands: line, from 0.';
