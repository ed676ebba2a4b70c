-- Who is obliged to what, and what each day came to.
-- Parent: 0006_judgements.sql sha256:ed61bebe0b11f39de505bc6aaea1dec0b1eadc0a6facc52bbc5dc331075319b1

CREATE TABLE ledger.legal_order (
    order_id   text        NOT NULL,
    version    integer     NOT NULL,
    digest     bytea       NOT NULL,
    body       jsonb       NOT NULL,
    entered_at timestamptz NOT NULL,
    CONSTRAINT a_version_of_an_order_is_entered_once PRIMARY KEY (order_id, version),
    CONSTRAINT order_versions_start_at_1 CHECK (version >= 1),
    CONSTRAINT order_digest_is_a_sha256 CHECK (octet_length(digest) = 32)
);
CREATE TRIGGER only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.legal_order
FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
COMMENT ON TABLE ledger.legal_order IS 'Orders as they were entered; the highest version of each counts.';
COMMENT ON COLUMN ledger.legal_order.order_id IS 'Id, as in the order file.';
COMMENT ON COLUMN ledger.legal_order.version IS 'From 1; what changed is a new version.';
COMMENT ON COLUMN ledger.legal_order.digest IS 'SHA-256 of the file it was read from.';
COMMENT ON COLUMN ledger.legal_order.body IS 'The order file''s fields, as JSON.';
COMMENT ON COLUMN ledger.legal_order.entered_at IS 'When it was entered here.';

CREATE TABLE derived.finding_day (
    order_id          text     NOT NULL,
    operator          text     NOT NULL,
    resolver          text     NOT NULL,
    name              text     NOT NULL,
    day               date     NOT NULL,
    finding           text     NOT NULL,
    reason            text     NOT NULL,
    state             text     NOT NULL,
    networks          integer  NOT NULL,
    samples_planned   integer  NOT NULL,
    samples_countable integer  NOT NULL,
    first_witness     bytea,
    last_witness      bytea,
    rule              text     NOT NULL,
    amount            numeric,
    currency          text,
    CONSTRAINT a_day_is_found_once PRIMARY KEY (order_id, resolver, name, day),
    CONSTRAINT no_more_samples_count_than_were_planned CHECK (samples_countable <= samples_planned),
    CONSTRAINT first_witness_is_a_sha256 CHECK (octet_length(first_witness) = 32),
    CONSTRAINT last_witness_is_a_sha256 CHECK (octet_length(last_witness) = 32),
    CONSTRAINT an_amount_has_its_currency CHECK ((amount IS NULL) = (currency IS NULL)),
    CONSTRAINT only_a_day_not_complied_with_has_an_amount CHECK (amount IS NULL OR finding = 'not_compliant')
);
COMMENT ON TABLE derived.finding_day IS 'What each day came to, per order, resolver and name. Days are of Europe/Rome.';
COMMENT ON COLUMN derived.finding_day.order_id IS 'Under which order.';
COMMENT ON COLUMN derived.finding_day.operator IS 'The addressee, as a slug.';
COMMENT ON COLUMN derived.finding_day.resolver IS 'Which of its resolvers.';
COMMENT ON COLUMN derived.finding_day.name IS 'Which name.';
COMMENT ON COLUMN derived.finding_day.day IS 'Europe/Rome: 23 to 25 hours.';
COMMENT ON COLUMN derived.finding_day.finding IS 'compliant, not_compliant, partly_compliant, not_testable, undetermined, not_due or over_blocking.';
COMMENT ON COLUMN derived.finding_day.reason IS 'Why, for people.';
COMMENT ON COLUMN derived.finding_day.state IS 'What was seen most of the day.';
COMMENT ON COLUMN derived.finding_day.networks IS 'Fewest networks that decided a countable sample.';
COMMENT ON COLUMN derived.finding_day.samples_planned IS 'Plans of the day that ask the pair.';
COMMENT ON COLUMN derived.finding_day.samples_countable IS 'Samples that meet the day rule.';
COMMENT ON COLUMN derived.finding_day.first_witness IS 'Leaf hash of the record that decided the first of them.';
COMMENT ON COLUMN derived.finding_day.last_witness IS 'Leaf hash of the record that decided the last of them.';
COMMENT ON COLUMN derived.finding_day.rule IS 'The day rule.';
COMMENT ON COLUMN derived.finding_day.amount IS 'Penalty counted for the day; null where none is or the order''s amount is not verified.';
COMMENT ON COLUMN derived.finding_day.currency IS 'ISO 4217.';

CREATE TABLE derived.finding (
    order_id           text    NOT NULL,
    operator           text    NOT NULL,
    name               text    NOT NULL,
    due_on             date,
    days_due           integer NOT NULL,
    days_compliant     integer NOT NULL,
    days_not_compliant integer NOT NULL,
    days_undetermined  integer NOT NULL,
    amount_counted     numeric,
    currency           text,
    verified           boolean NOT NULL,
    CONSTRAINT an_order_operator_and_name_are_found_once PRIMARY KEY (order_id, operator, name),
    CONSTRAINT no_more_days_are_counted_than_were_due
        CHECK (days_compliant + days_not_compliant + days_undetermined <= days_due),
    CONSTRAINT a_sum_has_its_currency CHECK ((amount_counted IS NULL) = (currency IS NULL)),
    CONSTRAINT nothing_is_counted_on_unverified_terms CHECK (verified OR amount_counted IS NULL)
);
COMMENT ON TABLE derived.finding IS 'What the days of each order, operator and name add up to.';
COMMENT ON COLUMN derived.finding.order_id IS 'Under which order.';
COMMENT ON COLUMN derived.finding.operator IS 'The addressee, as a slug.';
COMMENT ON COLUMN derived.finding.name IS 'Which name.';
COMMENT ON COLUMN derived.finding.due_on IS 'First day that is due; null while no date is known.';
COMMENT ON COLUMN derived.finding.days_due IS 'Days due so far.';
COMMENT ON COLUMN derived.finding.days_compliant IS 'Of those, compliant.';
COMMENT ON COLUMN derived.finding.days_not_compliant IS 'Of those, on which the name resolved.';
COMMENT ON COLUMN derived.finding.days_undetermined IS 'Of those, undetermined.';
COMMENT ON COLUMN derived.finding.amount_counted IS 'Penalty of the counted days.';
COMMENT ON COLUMN derived.finding.currency IS 'ISO 4217.';
COMMENT ON COLUMN derived.finding.verified IS 'True: a named person has checked every value this rests on against the document.';
