-- What lets a stranger check: the log, its checkpoints, who cosigned and who stamped them, and the logs of the probes.
-- Parent: 0008_path_and_names.sql sha256:9e8fd8c1f3dcaf1d1b86e55954e459a0aab0f5ace9f5079c0e930875e31b70ba

COMMENT ON COLUMN ledger.cell.role IS 'target, control, identity, known_good, known_absent, canary, look, or time (the root zone''s signed SOA).';

CREATE TABLE ledger.log (
    log        smallint    NOT NULL,
    origin     text        NOT NULL,
    public_key bytea       NOT NULL,
    began_at   timestamptz NOT NULL,
    CONSTRAINT a_log_has_one_number PRIMARY KEY (log),
    CONSTRAINT an_origin_names_one_log UNIQUE (origin),
    CONSTRAINT log_numbers_start_at_1 CHECK (log >= 1),
    CONSTRAINT log_key_is_32_bytes CHECK (octet_length(public_key) = 32)
);
COMMENT ON TABLE ledger.log IS 'The logs of this collector; the highest number is the one it writes. Another begins when a backup was restored or the key changed.';
COMMENT ON COLUMN ledger.log.log IS 'From 1; the last part of the origin.';
COMMENT ON COLUMN ledger.log.origin IS 'Its name in checkpoints: ottempera/collector/<first 16 hex of the key''s id>/<log>.';
COMMENT ON COLUMN ledger.log.public_key IS 'Ed25519, 32 bytes: signs its checkpoints.';
COMMENT ON COLUMN ledger.log.began_at IS 'When its first entry was written.';

CREATE TABLE ledger.log_entry (
    log   smallint NOT NULL,
    index bigint   NOT NULL,
    kind  text     NOT NULL,
    ref   text     NOT NULL,
    leaf  bytea    NOT NULL,
    line  bytea    NOT NULL,
    CONSTRAINT a_place_in_a_log_is_taken_once PRIMARY KEY (log, index),
    CONSTRAINT a_row_enters_a_log_once UNIQUE (log, kind, ref),
    CONSTRAINT a_leaf_stands_in_a_log_once UNIQUE (log, leaf),
    CONSTRAINT entry_is_of_a_known_log FOREIGN KEY (log) REFERENCES ledger.log (log),
    CONSTRAINT entries_are_counted_from_0 CHECK (index >= 0),
    CONSTRAINT leaf_is_of_its_line CHECK (leaf = sha256('\x00'::bytea || line))
);
COMMENT ON TABLE ledger.log_entry IS 'The lines of the collector''s logs: everything that evidence rests on, each once, in the order in which it entered.';
COMMENT ON COLUMN ledger.log_entry.log IS 'Which log.';
COMMENT ON COLUMN ledger.log_entry.index IS 'Place in it, from 0, without holes.';
COMMENT ON COLUMN ledger.log_entry.kind IS 'As the line says: log, policy, questions, enrolment, key, standing, order, stamp, plan, equivocation, probe_checkpoint.';
COMMENT ON COLUMN ledger.log_entry.ref IS 'Which row of the ledger it is of: what names that row, parts joined by a slash.';
COMMENT ON COLUMN ledger.log_entry.leaf IS 'SHA-256(0x00 || line).';
COMMENT ON COLUMN ledger.log_entry.line IS 'JSON, without newline, as its leaf is taken.';

CREATE TABLE ledger.checkpoint (
    log       smallint    NOT NULL,
    size      bigint      NOT NULL,
    root      bytea       NOT NULL,
    note      bytea       NOT NULL,
    signed_at timestamptz NOT NULL,
    CONSTRAINT a_size_of_a_log_is_signed_once PRIMARY KEY (log, size),
    CONSTRAINT checkpoint_is_of_a_known_log FOREIGN KEY (log) REFERENCES ledger.log (log),
    CONSTRAINT checkpoint_sizes_start_at_1 CHECK (size >= 1),
    CONSTRAINT checkpoint_root_is_a_sha256 CHECK (octet_length(root) = 32)
);
COMMENT ON TABLE ledger.checkpoint IS 'Signed heads of the collector''s logs.';
COMMENT ON COLUMN ledger.checkpoint.log IS 'Of which log.';
COMMENT ON COLUMN ledger.checkpoint.size IS 'How many of its entries.';
COMMENT ON COLUMN ledger.checkpoint.root IS 'RFC 9162 root over them.';
COMMENT ON COLUMN ledger.checkpoint.note IS 'C2SP signed note with the log''s own signature only: what authorities stamp.';
COMMENT ON COLUMN ledger.checkpoint.signed_at IS 'By this collector''s clock; decides nothing.';

CREATE TABLE ledger.cosignature (
    log         smallint    NOT NULL,
    size        bigint      NOT NULL,
    name        text        NOT NULL,
    line        bytea       NOT NULL,
    received_at timestamptz NOT NULL,
    CONSTRAINT a_witness_cosigns_a_checkpoint_once PRIMARY KEY (log, size, name),
    CONSTRAINT cosignature_is_of_a_known_checkpoint FOREIGN KEY (log, size) REFERENCES ledger.checkpoint (log, size)
);
COMMENT ON TABLE ledger.cosignature IS 'Who says to have seen which checkpoint and nothing it contradicts; each was checked before it was kept.';
COMMENT ON COLUMN ledger.cosignature.log IS 'Of which log.';
COMMENT ON COLUMN ledger.cosignature.size IS 'Of which checkpoint.';
COMMENT ON COLUMN ledger.cosignature.name IS 'Who: ottempera/probe/<id>, or a witness of the settings.';
COMMENT ON COLUMN ledger.cosignature.line IS 'Signature line of the note, with its newline.';
COMMENT ON COLUMN ledger.cosignature.received_at IS 'When it came.';

CREATE TABLE ledger.vantage_key (
    vantage_key integer     NOT NULL GENERATED ALWAYS AS IDENTITY,
    probe_no    smallint    NOT NULL,
    public_key  bytea       NOT NULL,
    key_id      bytea       NOT NULL,
    since       timestamptz NOT NULL,
    by_key_id   bytea,
    signature   bytea,
    CONSTRAINT a_vantage_key_belongs_to_one_probe PRIMARY KEY (key_id),
    CONSTRAINT a_vantage_key_has_one_number UNIQUE (vantage_key),
    CONSTRAINT vantage_key_is_of_an_enrolled_vantage FOREIGN KEY (probe_no) REFERENCES ledger.vantage (probe_no),
    CONSTRAINT a_key_is_changed_by_a_known_key FOREIGN KEY (by_key_id) REFERENCES ledger.vantage_key (key_id),
    CONSTRAINT vantage_key_id_is_the_sha256_of_the_key CHECK (key_id = sha256(public_key)),
    CONSTRAINT a_vantage_key_has_32_bytes CHECK (octet_length(public_key) = 32),
    CONSTRAINT key_change_signature_is_64_bytes CHECK (octet_length(signature) = 64),
    CONSTRAINT a_change_is_signed_by_a_key CHECK ((by_key_id IS NULL) = (signature IS NULL))
);
INSERT INTO ledger.vantage_key (probe_no, public_key, key_id, since)
SELECT probe_no, public_key, key_id, enrolled_at FROM ledger.vantage ORDER BY probe_no;
COMMENT ON TABLE ledger.vantage_key IS 'Every key of every probe: the one it was enrolled with, and those it changed to. What an older one signed stays valid.';
COMMENT ON COLUMN ledger.vantage_key.vantage_key IS 'Short number within this database only; a change has a higher one than the key that signed it.';
COMMENT ON COLUMN ledger.vantage_key.probe_no IS 'Whose.';
COMMENT ON COLUMN ledger.vantage_key.public_key IS 'Ed25519, 32 bytes.';
COMMENT ON COLUMN ledger.vantage_key.key_id IS 'SHA-256 of the key.';
COMMENT ON COLUMN ledger.vantage_key.since IS 'When it was taken here.';
COMMENT ON COLUMN ledger.vantage_key.by_key_id IS 'The key that signed the change; null for the first.';
COMMENT ON COLUMN ledger.vantage_key.signature IS 'Its signature over the DSSE encoding of the change; null for the first.';

-- Which of a probe's keys signed a batch. Null for the first, which most have: a batch of theirs costs no byte more.
ALTER TABLE ledger.batch ADD COLUMN key_id bytea
-- The column is new and null everywhere, so that the constraint finds nothing to scan:
-- squawk-ignore adding-foreign-key-constraint
CONSTRAINT batch_is_signed_by_a_known_key REFERENCES ledger.vantage_key (key_id);
COMMENT ON COLUMN ledger.batch.key_id IS 'The probe''s key that signed it; null for the one the probe was enrolled with.';

CREATE TABLE ledger.invitation (
    token_sha256 bytea       NOT NULL,
    probe        text        NOT NULL,
    asn          bigint      NOT NULL,
    operator     text        NOT NULL,
    country      text        NOT NULL,
    custodian    text        NOT NULL,
    made_at      timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    CONSTRAINT an_invitation_is_made_once PRIMARY KEY (token_sha256),
    CONSTRAINT token_sha256_is_a_sha256 CHECK (octet_length(token_sha256) = 32)
);
COMMENT ON TABLE ledger.invitation IS 'Tokens by which a probe may enrol itself, once; the token itself is not kept.';
COMMENT ON COLUMN ledger.invitation.token_sha256 IS 'SHA-256 of the token.';
COMMENT ON COLUMN ledger.invitation.probe IS 'Id that the probe will have.';
COMMENT ON COLUMN ledger.invitation.asn IS 'Network it will stand on.';
COMMENT ON COLUMN ledger.invitation.operator IS 'Of that network.';
COMMENT ON COLUMN ledger.invitation.country IS 'ISO 3166-1 alpha-2.';
COMMENT ON COLUMN ledger.invitation.custodian IS 'Who keeps the machine.';
COMMENT ON COLUMN ledger.invitation.made_at IS 'When it was made.';
COMMENT ON COLUMN ledger.invitation.expires_at IS 'Until when it is taken.';

CREATE TABLE ledger.invitation_use (
    token_sha256 bytea       NOT NULL,
    probe_no     smallint    NOT NULL,
    at           timestamptz NOT NULL,
    CONSTRAINT an_invitation_is_used_once PRIMARY KEY (token_sha256),
    CONSTRAINT use_is_of_a_known_invitation FOREIGN KEY (token_sha256) REFERENCES ledger.invitation (token_sha256),
    CONSTRAINT use_is_by_an_enrolled_vantage FOREIGN KEY (probe_no) REFERENCES ledger.vantage (probe_no)
);
COMMENT ON TABLE ledger.invitation_use IS 'Invitations that were used.';
COMMENT ON COLUMN ledger.invitation_use.token_sha256 IS 'Which.';
COMMENT ON COLUMN ledger.invitation_use.probe_no IS 'By whom.';
COMMENT ON COLUMN ledger.invitation_use.at IS 'When.';

CREATE TABLE ledger.probe_log (
    probe_no smallint NOT NULL,
    chain    text     NOT NULL,
    index    integer  NOT NULL,
    kind     text     NOT NULL,
    leaf     bytea    NOT NULL,
    batch    integer  NOT NULL,
    line     smallint NOT NULL,
    plan_id  bytea,
    CONSTRAINT a_place_in_a_probe_s_log_is_taken_once PRIMARY KEY (probe_no, chain, index),
    CONSTRAINT a_line_of_a_batch_is_logged_once UNIQUE (batch, line),
    CONSTRAINT probe_log_line_is_of_a_known_batch FOREIGN KEY (batch) REFERENCES ledger.batch (batch),
    CONSTRAINT probe_log_leaf_is_a_sha256 CHECK (octet_length(leaf) = 32),
    CONSTRAINT probe_log_kind_is_begin_close_seen_or_rotate CHECK (kind IN ('begin', 'close', 'seen', 'rotate')),
    CONSTRAINT a_log_begins_with_begin CHECK ((kind = 'begin') = (index = 0)),
    CONSTRAINT a_close_names_its_plan CHECK ((kind = 'close') = (plan_id IS NOT NULL))
);
CREATE INDEX probe_log_by_plan ON ledger.probe_log (probe_no, plan_id) WHERE plan_id IS NOT NULL;
COMMENT ON INDEX ledger.probe_log_by_plan IS 'Whether a probe closed a plan before; the plan may be unknown here.';
COMMENT ON TABLE ledger.probe_log IS 'The logs of probes, one a chain: where each line stands. Chains that did not begin one are not here.';
COMMENT ON COLUMN ledger.probe_log.probe_no IS 'Whose.';
COMMENT ON COLUMN ledger.probe_log.chain IS 'Of which chain.';
COMMENT ON COLUMN ledger.probe_log.index IS 'Place in the log, from 0, without holes.';
COMMENT ON COLUMN ledger.probe_log.kind IS 'begin, close, seen or rotate.';
COMMENT ON COLUMN ledger.probe_log.leaf IS 'SHA-256(0x00 || line).';
COMMENT ON COLUMN ledger.probe_log.batch IS 'Where its bytes stand: batch.';
COMMENT ON COLUMN ledger.probe_log.line IS 'Where its bytes stand: line, from 0.';
COMMENT ON COLUMN ledger.probe_log.plan_id IS 'Of a close: the plan it names, which may be unknown here.';

CREATE TABLE ledger.probe_checkpoint (
    probe_no  smallint NOT NULL,
    chain     text     NOT NULL,
    size      integer  NOT NULL,
    root      bytea    NOT NULL,
    key_id    bytea    NOT NULL,
    signature bytea    NOT NULL,
    batch     integer  NOT NULL,
    line      smallint NOT NULL,
    CONSTRAINT a_size_of_a_probe_s_log_is_kept_once PRIMARY KEY (probe_no, chain, size),
    CONSTRAINT probe_checkpoint_is_signed_by_a_known_key FOREIGN KEY (key_id) REFERENCES ledger.vantage_key (key_id),
    CONSTRAINT probe_checkpoint_is_of_a_known_batch FOREIGN KEY (batch) REFERENCES ledger.batch (batch),
    CONSTRAINT probe_checkpoint_root_is_a_sha256 CHECK (octet_length(root) = 32),
    CONSTRAINT probe_checkpoint_signature_is_64_bytes CHECK (octet_length(signature) = 64)
);
CREATE INDEX probe_checkpoints_by_batch ON ledger.probe_checkpoint (batch);
COMMENT ON INDEX ledger.probe_checkpoints_by_batch IS 'For the sequencer, which looks at what came lately.';
COMMENT ON TABLE ledger.probe_checkpoint IS 'Heads of probes'' logs as they signed them; each was recomputed from the lines that came before it was kept.';
COMMENT ON COLUMN ledger.probe_checkpoint.probe_no IS 'Whose.';
COMMENT ON COLUMN ledger.probe_checkpoint.chain IS 'Of which chain.';
COMMENT ON COLUMN ledger.probe_checkpoint.size IS 'Over how many lines.';
COMMENT ON COLUMN ledger.probe_checkpoint.root IS 'RFC 9162 root over them.';
COMMENT ON COLUMN ledger.probe_checkpoint.key_id IS 'With which key.';
COMMENT ON COLUMN ledger.probe_checkpoint.signature IS 'Ed25519 over the text of the checkpoint.';
COMMENT ON COLUMN ledger.probe_checkpoint.batch IS 'Where it came: batch.';
COMMENT ON COLUMN ledger.probe_checkpoint.line IS 'Where it came: line, from 0.';

CREATE TABLE ledger.equivocation (
    equivocation integer     NOT NULL GENERATED ALWAYS AS IDENTITY,
    probe_no     smallint    NOT NULL,
    what         text        NOT NULL,
    digests      bytea[]     NOT NULL,
    at           timestamptz NOT NULL,
    CONSTRAINT an_equivocation_has_one_number PRIMARY KEY (equivocation),
    CONSTRAINT an_equivocation_is_noted_once UNIQUE (probe_no, what, digests),
    CONSTRAINT equivocation_is_of_an_enrolled_vantage FOREIGN KEY (probe_no) REFERENCES ledger.vantage (probe_no),
    CONSTRAINT equivocation_is_of_a_known_kind CHECK (what IN ('batch', 'close', 'head', 'round')),
    CONSTRAINT an_equivocation_names_two CHECK (cardinality(digests) = 2)
);
COMMENT ON TABLE ledger.equivocation IS 'Two things that a probe''s key signed and of which only one can be so; the bytes of both are in ledger.batch or ledger.fork.';
COMMENT ON COLUMN ledger.equivocation.equivocation IS 'Short number within this database only.';
COMMENT ON COLUMN ledger.equivocation.probe_no IS 'Whose key.';
COMMENT ON COLUMN ledger.equivocation.what IS 'batch: two contents under one number. close: two closes of one round. head: a head that is not over the lines before it. round: a close that is not what came before it.';
COMMENT ON COLUMN ledger.equivocation.digests IS 'Of both. batch: ids of the batches. close: leaf hashes of the lines. head, round: leaf hash of its line, id of its batch.';
COMMENT ON COLUMN ledger.equivocation.at IS 'When it was noticed here.';

CREATE TABLE ledger.stamp (
    stamp       integer     NOT NULL GENERATED ALWAYS AS IDENTITY,
    log         smallint    NOT NULL,
    size        bigint      NOT NULL,
    authority   text        NOT NULL,
    certificate bytea       NOT NULL,
    request     bytea       NOT NULL,
    reply       bytea       NOT NULL,
    chain       bytea[]     NOT NULL,
    token       bytea       NOT NULL,
    gen_at      timestamptz NOT NULL,
    accuracy_us bigint      NOT NULL,
    qualified   boolean     NOT NULL,
    received_at timestamptz NOT NULL,
    CONSTRAINT a_stamp_has_one_number PRIMARY KEY (stamp),
    CONSTRAINT a_token_is_kept_once UNIQUE (token),
    CONSTRAINT an_authority_stamps_a_checkpoint_once UNIQUE (log, size, authority),
    CONSTRAINT stamp_is_of_a_known_checkpoint FOREIGN KEY (log, size) REFERENCES ledger.checkpoint (log, size),
    CONSTRAINT stamp_certificate_is_a_sha256 CHECK (octet_length(certificate) = 32),
    CONSTRAINT token_is_the_sha256_of_the_reply CHECK (token = sha256(reply)),
    CONSTRAINT accuracy_is_not_negative CHECK (accuracy_us >= 0)
);
COMMENT ON TABLE ledger.stamp IS 'Time-stamp tokens (RFC 3161) over checkpoints; each was checked before it was kept.';
COMMENT ON COLUMN ledger.stamp.stamp IS 'Short number within this database only.';
COMMENT ON COLUMN ledger.stamp.log IS 'Of which log.';
COMMENT ON COLUMN ledger.stamp.size IS 'Of which checkpoint; the imprint is of its note.';
COMMENT ON COLUMN ledger.stamp.authority IS 'Who stamped it, by its name in the settings.';
COMMENT ON COLUMN ledger.stamp.certificate IS 'SHA-256 of the certificate that signed it.';
COMMENT ON COLUMN ledger.stamp.request IS 'As it was sent.';
COMMENT ON COLUMN ledger.stamp.reply IS 'As it came.';
COMMENT ON COLUMN ledger.stamp.chain IS 'Certificates (DER) that were pinned or came with it, the signing one first.';
COMMENT ON COLUMN ledger.stamp.token IS 'SHA-256 of reply: the token''s name.';
COMMENT ON COLUMN ledger.stamp.gen_at IS 'The time in the token.';
COMMENT ON COLUMN ledger.stamp.accuracy_us IS 'Microseconds by which that may be off; 0 where the token says nothing.';
COMMENT ON COLUMN ledger.stamp.qualified IS 'Whether the settings call the authority qualified (eIDAS art. 42).';
COMMENT ON COLUMN ledger.stamp.received_at IS 'When it came.';

CREATE TABLE ledger.stamp_trouble (
    stamp_trouble integer     NOT NULL GENERATED ALWAYS AS IDENTITY,
    at            timestamptz NOT NULL,
    authority     text        NOT NULL,
    log           smallint    NOT NULL,
    size          bigint      NOT NULL,
    detail        text        NOT NULL,
    CONSTRAINT a_stamp_trouble_has_one_number PRIMARY KEY (stamp_trouble),
    CONSTRAINT stamp_trouble_is_of_a_known_checkpoint FOREIGN KEY (log, size) REFERENCES ledger.checkpoint (log, size)
);
COMMENT ON TABLE ledger.stamp_trouble IS 'Tries to have a checkpoint stamped that failed.';
COMMENT ON COLUMN ledger.stamp_trouble.stamp_trouble IS 'Short number within this database only.';
COMMENT ON COLUMN ledger.stamp_trouble.at IS 'When.';
COMMENT ON COLUMN ledger.stamp_trouble.authority IS 'With whom.';
COMMENT ON COLUMN ledger.stamp_trouble.log IS 'Of which log.';
COMMENT ON COLUMN ledger.stamp_trouble.size IS 'Which checkpoint.';
COMMENT ON COLUMN ledger.stamp_trouble.detail IS 'Why, for people.';

DO $$
DECLARE
    kept text;
BEGIN
    FOREACH kept IN ARRAY ARRAY[
        'log', 'log_entry', 'checkpoint', 'cosignature', 'vantage_key', 'invitation', 'invitation_use', 'probe_log',
        'probe_checkpoint', 'equivocation', 'stamp', 'stamp_trouble'
    ] LOOP
        EXECUTE format(
            'CREATE TRIGGER only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.%I'
            ' FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change()', kept);
    END LOOP;
END
$$;
