-- Who runs this database, who measures, whom they ask, and what is asked.
-- Parent: none

CREATE SCHEMA derived;
COMMENT ON SCHEMA derived IS 'Judgements. Everything here can be deleted and rebuilt, to the byte, from the ledger.';

CREATE SCHEMA analyst;
COMMENT ON SCHEMA analyst IS 'Views for people: the only schema analyst_reader can read, and the only one whose shape is promised.';

CREATE TABLE ledger.deployment (
    only_one boolean     NOT NULL DEFAULT true,
    lab      boolean     NOT NULL,
    scenario bytea,
    title    text,
    made_at  timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT a_database_is_one_deployment PRIMARY KEY (only_one),
    CONSTRAINT only_one_is_true CHECK (only_one),
    CONSTRAINT scenario_is_a_sha256 CHECK (octet_length(scenario) = 32),
    CONSTRAINT only_a_lab_has_a_scenario CHECK (lab OR scenario IS NULL)
);
COMMENT ON TABLE ledger.deployment IS 'What this database is for, one row: a lab''s data is invented and never mixes with measured data.';
COMMENT ON COLUMN ledger.deployment.only_one IS 'Always true; makes the row the only one.';
COMMENT ON COLUMN ledger.deployment.lab IS 'True: the answers were scripted.';
COMMENT ON COLUMN ledger.deployment.scenario IS 'SHA-256 of the scenario file, in a lab.';
COMMENT ON COLUMN ledger.deployment.title IS 'The scenario''s title, shown above every page.';
COMMENT ON COLUMN ledger.deployment.made_at IS 'When the database was given its purpose.';

CREATE TABLE ledger.collector_key (
    key_id     bytea       NOT NULL,
    public_key bytea       NOT NULL,
    noted_at   timestamptz NOT NULL,
    CONSTRAINT a_collector_key_is_listed_once PRIMARY KEY (key_id),
    CONSTRAINT collector_key_id_is_the_sha256_of_the_key CHECK (key_id = sha256(public_key)),
    CONSTRAINT collector_key_is_32_bytes CHECK (octet_length(public_key) = 32)
);
COMMENT ON TABLE ledger.collector_key IS 'Keys with which this collector has signed plans and receipts.';
COMMENT ON COLUMN ledger.collector_key.key_id IS 'SHA-256 of the key.';
COMMENT ON COLUMN ledger.collector_key.public_key IS 'Ed25519, 32 bytes.';
COMMENT ON COLUMN ledger.collector_key.noted_at IS 'First use.';

CREATE TABLE ledger.policy (
    policy    integer     NOT NULL GENERATED ALWAYS AS IDENTITY,
    digest    bytea       NOT NULL,
    body      bytea       NOT NULL,
    fresh_s   integer     NOT NULL,
    noted_at  timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT a_policy_has_one_number PRIMARY KEY (policy),
    CONSTRAINT a_policy_is_kept_once UNIQUE (digest),
    CONSTRAINT policy_digest_is_of_its_body CHECK (digest = sha256(body)),
    CONSTRAINT fresh_s_is_positive CHECK (fresh_s > 0)
);
COMMENT ON TABLE ledger.policy IS 'Evidence floor, hysteresis, rules, fingerprints and registry, by version; plans name one by digest.';
COMMENT ON COLUMN ledger.policy.policy IS 'Short number within this database only.';
COMMENT ON COLUMN ledger.policy.digest IS 'SHA-256 of body.';
COMMENT ON COLUMN ledger.policy.body IS 'JSON, as its digest is taken.';
COMMENT ON COLUMN ledger.policy.fresh_s IS 'Seconds a status stands without a sample that supports it; copied out of body.';
COMMENT ON COLUMN ledger.policy.noted_at IS 'When it was first stored.';

CREATE TABLE ledger.resolver (
    policy        integer NOT NULL,
    resolver      text    NOT NULL,
    operator      text    NOT NULL,
    operator_slug text    NOT NULL,
    kind          text    NOT NULL,
    asns          bigint[] NOT NULL,
    on_net_only   boolean NOT NULL,
    twin          text,
    endpoints     text[]  NOT NULL,
    CONSTRAINT a_policy_lists_a_resolver_once PRIMARY KEY (resolver, policy),
    CONSTRAINT resolver_is_of_a_known_policy FOREIGN KEY (policy) REFERENCES ledger.policy (policy),
    CONSTRAINT kind_is_public_isp_or_control CHECK (kind IN ('public', 'isp', 'control'))
);
COMMENT ON TABLE ledger.resolver IS 'The registry of each policy, copied out of its body.';
COMMENT ON COLUMN ledger.resolver.policy IS 'Whose registry.';
COMMENT ON COLUMN ledger.resolver.resolver IS 'Id, as in plans and records.';
COMMENT ON COLUMN ledger.resolver.operator IS 'Who answers for it, as written.';
COMMENT ON COLUMN ledger.resolver.operator_slug IS 'The same in the form that is compared: lower case, hyphens.';
COMMENT ON COLUMN ledger.resolver.kind IS 'public, isp or control.';
COMMENT ON COLUMN ledger.resolver.asns IS 'Networks of the operator.';
COMMENT ON COLUMN ledger.resolver.on_net_only IS 'True: answers only on the operator''s own network.';
COMMENT ON COLUMN ledger.resolver.twin IS 'Id of the same service unfiltered, asked in the same round.';
COMMENT ON COLUMN ledger.resolver.endpoints IS 'Ways to reach it.';

CREATE TABLE ledger.question_set (
    question_set integer     NOT NULL GENERATED ALWAYS AS IDENTITY,
    digest       bytea       NOT NULL,
    body         bytea       NOT NULL,
    noted_at     timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT a_question_set_has_one_number PRIMARY KEY (question_set),
    CONSTRAINT a_question_set_is_kept_once UNIQUE (digest),
    CONSTRAINT question_set_digest_is_of_its_body CHECK (digest = sha256(body))
);
COMMENT ON TABLE ledger.question_set IS 'What plans ask; content-addressed.';
COMMENT ON COLUMN ledger.question_set.question_set IS 'Short number within this database only.';
COMMENT ON COLUMN ledger.question_set.digest IS 'SHA-256 of body.';
COMMENT ON COLUMN ledger.question_set.body IS 'JSON, as probes fetch it.';
COMMENT ON COLUMN ledger.question_set.noted_at IS 'When it was first stored.';

CREATE TABLE ledger.cell (
    question_set integer  NOT NULL,
    cell         integer  NOT NULL,
    role         text     NOT NULL,
    resolver     text     NOT NULL,
    endpoint     text     NOT NULL,
    transport    text     NOT NULL,
    family       smallint NOT NULL,
    name         text     NOT NULL,
    qclass       text     NOT NULL,
    qtype        text     NOT NULL,
    profile      text     NOT NULL,
    repeat       smallint NOT NULL,
    CONSTRAINT a_cell_has_one_number_in_its_set PRIMARY KEY (question_set, cell),
    CONSTRAINT cell_is_of_a_known_question_set FOREIGN KEY (question_set) REFERENCES ledger.question_set (question_set),
    CONSTRAINT cell_name_ends_with_a_dot CHECK (name LIKE '%.'),
    CONSTRAINT family_is_4_or_6 CHECK (family IN (4, 6))
);
COMMENT ON TABLE ledger.cell IS 'The questions of each set, expanded once: observations name them by number.';
COMMENT ON COLUMN ledger.cell.question_set IS 'Which set.';
COMMENT ON COLUMN ledger.cell.cell IS 'Number in the set, from 0.';
COMMENT ON COLUMN ledger.cell.role IS 'target, control, identity, known_good, known_absent or canary.';
COMMENT ON COLUMN ledger.cell.resolver IS 'Who is asked.';
COMMENT ON COLUMN ledger.cell.endpoint IS 'Where.';
COMMENT ON COLUMN ledger.cell.transport IS 'udp, tcp, tls, https or quic: the endpoint''s.';
COMMENT ON COLUMN ledger.cell.family IS '4 or 6: the endpoint''s.';
COMMENT ON COLUMN ledger.cell.name IS 'A-labels, lower case, final dot.';
COMMENT ON COLUMN ledger.cell.qclass IS 'IN or CH.';
COMMENT ON COLUMN ledger.cell.qtype IS 'A, AAAA, TXT ...';
COMMENT ON COLUMN ledger.cell.profile IS 'stub, edns or dnssec.';
COMMENT ON COLUMN ledger.cell.repeat IS 'From 0.';

CREATE TABLE ledger.vantage (
    probe_no    smallint    NOT NULL GENERATED ALWAYS AS IDENTITY,
    probe       text        NOT NULL,
    public_key  bytea       NOT NULL,
    key_id      bytea       NOT NULL,
    asn         bigint      NOT NULL,
    operator    text        NOT NULL,
    country     text        NOT NULL,
    custodian   text        NOT NULL,
    enrolled_at timestamptz NOT NULL,
    CONSTRAINT a_vantage_has_one_number PRIMARY KEY (probe_no),
    CONSTRAINT a_probe_is_enrolled_once UNIQUE (probe),
    CONSTRAINT a_key_belongs_to_one_probe UNIQUE (key_id),
    CONSTRAINT key_id_is_the_sha256_of_the_key CHECK (key_id = sha256(public_key)),
    CONSTRAINT vantage_key_is_32_bytes CHECK (octet_length(public_key) = 32)
);
COMMENT ON TABLE ledger.vantage IS 'Probes as they were enrolled. Another key or line is another vantage.';
COMMENT ON COLUMN ledger.vantage.probe_no IS 'Short number within this database only.';
COMMENT ON COLUMN ledger.vantage.probe IS 'Id, as in plans and records.';
COMMENT ON COLUMN ledger.vantage.public_key IS 'Ed25519, 32 bytes: its batches are checked with it.';
COMMENT ON COLUMN ledger.vantage.key_id IS 'SHA-256 of the key.';
COMMENT ON COLUMN ledger.vantage.asn IS 'Network it stands on.';
COMMENT ON COLUMN ledger.vantage.operator IS 'Of that network.';
COMMENT ON COLUMN ledger.vantage.country IS 'ISO 3166-1 alpha-2.';
COMMENT ON COLUMN ledger.vantage.custodian IS 'Who keeps the machine and can be asked about it.';
COMMENT ON COLUMN ledger.vantage.enrolled_at IS 'From when on its batches were taken.';

CREATE TABLE ledger.vantage_event (
    probe_no smallint    NOT NULL,
    at       timestamptz NOT NULL,
    kind     text        NOT NULL,
    reason   text        NOT NULL,
    CONSTRAINT a_vantage_event_is_noted_once PRIMARY KEY (probe_no, at, kind),
    CONSTRAINT event_is_of_an_enrolled_vantage FOREIGN KEY (probe_no) REFERENCES ledger.vantage (probe_no),
    CONSTRAINT event_is_suspended_resumed_or_revoked CHECK (kind IN ('suspended', 'resumed', 'revoked'))
);
COMMENT ON TABLE ledger.vantage_event IS 'What happened to a vantage''s standing. Revoked is for good; suspended until a later resumed.';
COMMENT ON COLUMN ledger.vantage_event.probe_no IS 'Whose.';
COMMENT ON COLUMN ledger.vantage_event.at IS 'From when on.';
COMMENT ON COLUMN ledger.vantage_event.kind IS 'suspended, resumed or revoked.';
COMMENT ON COLUMN ledger.vantage_event.reason IS 'For people.';
