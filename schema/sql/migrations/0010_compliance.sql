-- Orders as history, lists, what nobody may ask, successors; and what each day came to, with what may be said against it.
-- Parent: 0009_evidence.sql sha256:314a1e91091f38395bccb5ee1816342231efee29268950c04c341c51062f7b39

-- Orders ------------------------------------------------------------------------------------------------------------

ALTER TABLE ledger.legal_order
ADD COLUMN entered_by text NOT NULL DEFAULT '',
ADD COLUMN reason text NOT NULL DEFAULT '',
ADD COLUMN document bytea,
ADD COLUMN file bytea;
COMMENT ON COLUMN ledger.legal_order.entered_by IS 'Who entered this version; empty where a program did.';
COMMENT ON COLUMN ledger.legal_order.reason IS 'Why there is this version.';
COMMENT ON COLUMN ledger.legal_order.document IS 'SHA-256 of the document that it was made from, or that a receipt is; null where none was named.';
COMMENT ON COLUMN ledger.legal_order.file IS 'The file as it was given; null where the version was made by a command.';

-- Plans ---------------------------------------------------------------------------------------------------------------

ALTER TABLE ledger.policy ADD COLUMN sweep boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN ledger.policy.sweep IS 'True: its plans go through long lists, and count no day; copied out of body.';

ALTER TABLE ledger.plan ADD COLUMN docket boolean NOT NULL DEFAULT true;
COMMENT ON COLUMN ledger.plan.docket IS 'False: it asks some names only, beside the plans of the whole docket: a sweep, or names that had just been entered.';

-- Lists: names, and what DNS cannot test ------------------------------------------------------------------------------

CREATE TABLE ledger.list_version (
    order_id      text        NOT NULL,
    version       integer     NOT NULL,
    digest        bytea       NOT NULL,
    format        text        NOT NULL,
    file_name     text        NOT NULL,
    header        text        NOT NULL,
    header_number text,
    header_day    date,
    entries       integer     NOT NULL,
    repeated      integer     NOT NULL,
    odd_lines     integer[]   NOT NULL,
    notified_at   timestamptz,
    entered_at    timestamptz NOT NULL,
    entered_by    text        NOT NULL,
    reason        text        NOT NULL,
    CONSTRAINT a_version_of_a_list_is_entered_once PRIMARY KEY (order_id, version),
    CONSTRAINT list_versions_start_at_1 CHECK (version >= 1),
    CONSTRAINT list_digest_is_a_sha256 CHECK (octet_length(digest) = 32)
);
CREATE TRIGGER only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.list_version
FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
COMMENT ON TABLE ledger.list_version IS 'Lists of names under an order, as they were entered; the highest version of each counts.';
COMMENT ON COLUMN ledger.list_version.order_id IS 'Under which order.';
COMMENT ON COLUMN ledger.list_version.version IS 'From 1.';
COMMENT ON COLUMN ledger.list_version.digest IS 'SHA-256 of the file.';
COMMENT ON COLUMN ledger.list_version.format IS 'agcom, hosts, rpz, plain or csv.';
COMMENT ON COLUMN ledger.list_version.file_name IS 'What the file was called.';
COMMENT ON COLUMN ledger.list_version.header IS 'Its first line where that is a header, as it stood; else empty.';
COMMENT ON COLUMN ledger.list_version.header_number IS 'Number of the list, out of the header.';
COMMENT ON COLUMN ledger.list_version.header_day IS 'Day of the list, out of the header.';
COMMENT ON COLUMN ledger.list_version.entries IS 'How many entries it has.';
COMMENT ON COLUMN ledger.list_version.repeated IS 'Lines that say again what another says.';
COMMENT ON COLUMN ledger.list_version.odd_lines IS 'Numbers of the lines that were not understood, and are no entries.';
COMMENT ON COLUMN ledger.list_version.notified_at IS 'When its new names were notified, if somebody said so.';
COMMENT ON COLUMN ledger.list_version.entered_at IS 'When it was entered here.';
COMMENT ON COLUMN ledger.list_version.entered_by IS 'By whom.';
COMMENT ON COLUMN ledger.list_version.reason IS 'Why.';

CREATE TABLE ledger.list_change (
    order_id text    NOT NULL,
    version  integer NOT NULL,
    line     integer NOT NULL,
    added    boolean NOT NULL,
    kind     text    NOT NULL,
    entry    text    NOT NULL,
    CONSTRAINT a_version_changes_an_entry_once PRIMARY KEY (order_id, entry, version),
    CONSTRAINT change_is_of_a_known_version FOREIGN KEY (order_id, version) REFERENCES ledger.list_version (order_id, version)
);
CREATE TRIGGER only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.list_change
FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
COMMENT ON TABLE ledger.list_change IS 'What each version of a list adds to the one before, and takes away.';
COMMENT ON COLUMN ledger.list_change.order_id IS 'Of which list.';
COMMENT ON COLUMN ledger.list_change.version IS 'Of which version.';
COMMENT ON COLUMN ledger.list_change.line IS 'Line of the file that has the entry; 0 where it was taken away.';
COMMENT ON COLUMN ledger.list_change.added IS 'True: it is new. False: it is gone.';
COMMENT ON COLUMN ledger.list_change.kind IS 'name, below (all beneath a name, which has an entry of its own), url or address: DNS shows nothing of the last two.';
COMMENT ON COLUMN ledger.list_change.entry IS 'A name with its final dot, the same after *., a URL as it stands, or an address or prefix.';

CREATE TABLE ledger.never_probe (
    digest     bytea       NOT NULL,
    salt       bytea       NOT NULL,
    entered_at timestamptz NOT NULL,
    entered_by text        NOT NULL,
    reason     text        NOT NULL,
    CONSTRAINT a_name_is_never_probed_once PRIMARY KEY (digest),
    CONSTRAINT never_probe_digest_is_a_sha256 CHECK (octet_length(digest) = 32)
);
CREATE TRIGGER only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.never_probe
FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
COMMENT ON TABLE ledger.never_probe IS 'Names that nobody here may ask, as salted hashes: the list tells nobody what it holds.';
COMMENT ON COLUMN ledger.never_probe.digest IS 'HMAC-SHA256 of the name (A-labels, lower case, final dot) under the salt.';
COMMENT ON COLUMN ledger.never_probe.salt IS 'The list''s; the same for all its names.';
COMMENT ON COLUMN ledger.never_probe.entered_at IS 'When it was entered here.';
COMMENT ON COLUMN ledger.never_probe.entered_by IS 'By whom.';
COMMENT ON COLUMN ledger.never_probe.reason IS 'Why, without the name.';

-- Successors ----------------------------------------------------------------------------------------------------------

CREATE TABLE ledger.successor_event (
    order_id text        NOT NULL,
    name     text        NOT NULL,
    at       timestamptz NOT NULL,
    kind     text        NOT NULL,
    family   text        NOT NULL,
    by       text        NOT NULL,
    reason   text        NOT NULL,
    score    integer     NOT NULL,
    grounds  jsonb       NOT NULL,
    CONSTRAINT a_successor_event_happens_once PRIMARY KEY (order_id, name, at, kind, by)
);
CREATE TRIGGER only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.successor_event
FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
COMMENT ON TABLE ledger.successor_event IS 'Names that may be where an ordered site went: queued by the program, accepted or rejected by people.';
COMMENT ON COLUMN ledger.successor_event.order_id IS 'Under which order.';
COMMENT ON COLUMN ledger.successor_event.name IS 'The candidate, with its final dot.';
COMMENT ON COLUMN ledger.successor_event.at IS 'When.';
COMMENT ON COLUMN ledger.successor_event.kind IS 'queued, seconded (one of two persons accepts), accepted or rejected.';
COMMENT ON COLUMN ledger.successor_event.family IS 'Of which site.';
COMMENT ON COLUMN ledger.successor_event.by IS 'Who; empty where it is the program.';
COMMENT ON COLUMN ledger.successor_event.reason IS 'Why, in that person''s words.';
COMMENT ON COLUMN ledger.successor_event.score IS 'The candidate''s score then.';
COMMENT ON COLUMN ledger.successor_event.grounds IS 'What the score was made of then.';

-- What days came to -----------------------------------------------------------------------------------------------------

-- Samples that were folded before say of nobody who supports them, and count no day until `collector rebuild`.
ALTER TABLE derived.sample
ADD COLUMN enrolled integer NOT NULL DEFAULT 0,
ADD COLUMN dissenting integer NOT NULL DEFAULT 0,
ADD COLUMN supporters text[] NOT NULL DEFAULT '{}';
COMMENT ON COLUMN derived.sample.enrolled IS 'Vantages that were to bear on the question.';
COMMENT ON COLUMN derived.sample.dissenting IS 'Vantages that decided something else.';
COMMENT ON COLUMN derived.sample.supporters IS 'Ids of the vantages that support the state.';

ALTER TABLE derived.finding_day
ADD COLUMN version integer NOT NULL DEFAULT 1,
ADD COLUMN reason_id text NOT NULL DEFAULT '',
ADD COLUMN would_be text,
ADD COLUMN counted boolean NOT NULL DEFAULT false,
ADD COLUMN vantages integer NOT NULL DEFAULT 0,
ADD COLUMN custodians text[] NOT NULL DEFAULT '{}',
ADD COLUMN samples_blocked integer NOT NULL DEFAULT 0,
ADD COLUMN amount_beside numeric,
ADD COLUMN reason_values text[] NOT NULL DEFAULT '{}',
ADD COLUMN seen text NOT NULL DEFAULT 'undetermined';
COMMENT ON COLUMN derived.finding_day.reason_values IS 'Values in the wording of the reason, as key=value.';
COMMENT ON COLUMN derived.finding_day.seen IS 'What the samples come to by themselves, as if the day were due and all of it verified.';
COMMENT ON COLUMN derived.finding_day.version IS 'The version of the order whose terms were in force.';
COMMENT ON COLUMN derived.finding_day.reason_id IS 'Why, as an id (collector.compliance.reasons).';
COMMENT ON COLUMN derived.finding_day.would_be IS 'What the day would be if every fact it needs were verified, where that is something else.';
COMMENT ON COLUMN derived.finding_day.counted IS 'True: it is not_compliant and everything it rests on is verified.';
COMMENT ON COLUMN derived.finding_day.vantages IS 'Fewest vantages that agreed on a countable sample.';
COMMENT ON COLUMN derived.finding_day.custodians IS 'Who keeps the vantages that agreed, sorted.';
COMMENT ON COLUMN derived.finding_day.samples_blocked IS 'Samples that meet the day rule for compliance.';
COMMENT ON COLUMN derived.finding_day.amount_beside IS 'What the day would cost by the highest reading, beside what is counted.';

ALTER TABLE derived.finding
ADD COLUMN days_partly_compliant integer NOT NULL DEFAULT 0,
ADD COLUMN days_not_testable integer NOT NULL DEFAULT 0,
ADD COLUMN days_would_be integer NOT NULL DEFAULT 0,
ADD COLUMN amount_would_be numeric,
ADD COLUMN missing text[] NOT NULL DEFAULT '{}',
-- The table is empty until this: nothing was found before.
-- squawk-ignore ban-drop-constraint
DROP CONSTRAINT nothing_is_counted_on_unverified_terms,
-- squawk-ignore constraint-missing-not-valid
ADD CONSTRAINT nothing_is_counted_on_unverified_terms CHECK (verified OR coalesce(amount_counted, 0) = 0);
COMMENT ON COLUMN derived.finding.amount_counted IS 'Penalty of the counted days; 0 while a value it needs is not verified.';
COMMENT ON COLUMN derived.finding.days_partly_compliant IS 'Of the days due, on which both was seen.';
COMMENT ON COLUMN derived.finding.days_not_testable IS 'Of the days due, on which the name was dead or parked.';
COMMENT ON COLUMN derived.finding.days_would_be IS 'Days that would be not_compliant if every value were verified; the counted ones among them.';
COMMENT ON COLUMN derived.finding.amount_would_be IS 'What they would come to, by the lowest reading of what is not settled.';
COMMENT ON COLUMN derived.finding.missing IS 'Values that nobody has verified, and questions that are open.';

CREATE TABLE derived.finding_basis (
    order_id text    NOT NULL,
    version  integer NOT NULL,
    registry bytea   NOT NULL,
    through  date,
    CONSTRAINT an_order_is_found_on_one_basis PRIMARY KEY (order_id),
    CONSTRAINT registry_is_a_sha256 CHECK (octet_length(registry) = 32)
);
COMMENT ON TABLE derived.finding_basis IS 'What the stored days of each order were found from: what differs from it is found anew.';
COMMENT ON COLUMN derived.finding_basis.order_id IS 'Which order.';
COMMENT ON COLUMN derived.finding_basis.version IS 'Its newest version then.';
COMMENT ON COLUMN derived.finding_basis.registry IS 'SHA-256 of the addressees'' resolvers, as the plans list them.';
COMMENT ON COLUMN derived.finding_basis.through IS 'The last day that was over; null before the first.';

CREATE TABLE derived.unfound_plan (
    plan_number integer NOT NULL,
    turn        integer NOT NULL DEFAULT 1,
    CONSTRAINT a_plan_is_to_be_found_once PRIMARY KEY (plan_number)
);
COMMENT ON TABLE derived.unfound_plan IS 'Plans of which a round was judged since their day was found: a process that dies leaves none of them out.';
COMMENT ON COLUMN derived.unfound_plan.plan_number IS 'Which plan.';
COMMENT ON COLUMN derived.unfound_plan.turn IS 'How often since: who finds its day meanwhile leaves what came later.';

-- Migrations run before the collector serves.
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX plan_by_start ON ledger.plan (starts_at);
COMMENT ON INDEX ledger.plan_by_start IS 'To find the plans of a day.';

CREATE TABLE derived.finding_reading (
    order_id           text    NOT NULL,
    operator           text    NOT NULL,
    name               text    NOT NULL,
    reading            text    NOT NULL,
    starts_on          date,
    due_on             date,
    days_due           integer NOT NULL,
    days_not_compliant integer NOT NULL,
    amount             numeric,
    currency           text,
    chosen             boolean NOT NULL,
    CONSTRAINT a_reading_is_made_once PRIMARY KEY (order_id, operator, name, reading),
    CONSTRAINT a_reading_has_a_currency_for_its_amount CHECK ((amount IS NULL) = (currency IS NULL))
);
COMMENT ON TABLE derived.finding_reading IS 'What the same days come to by each event from which time might run. Hypotheses of counting, side by side.';
COMMENT ON COLUMN derived.finding_reading.order_id IS 'Under which order.';
COMMENT ON COLUMN derived.finding_reading.operator IS 'The addressee, as a slug.';
COMMENT ON COLUMN derived.finding_reading.name IS 'Which name.';
COMMENT ON COLUMN derived.finding_reading.reading IS 'order, service, publication, notice or confirmation (the appeal).';
COMMENT ON COLUMN derived.finding_reading.starts_on IS 'Day of that event; null where it is not known.';
COMMENT ON COLUMN derived.finding_reading.due_on IS 'First day that would be due.';
COMMENT ON COLUMN derived.finding_reading.days_due IS 'Days that would be due so far.';
COMMENT ON COLUMN derived.finding_reading.days_not_compliant IS 'Of those, on which the name resolved.';
COMMENT ON COLUMN derived.finding_reading.amount IS 'What they would come to.';
COMMENT ON COLUMN derived.finding_reading.currency IS 'ISO 4217.';
COMMENT ON COLUMN derived.finding_reading.chosen IS 'True: it is the event that the order file names.';

CREATE TABLE derived.day_challenge (
    order_id  text    NOT NULL,
    resolver  text    NOT NULL,
    name      text    NOT NULL,
    day       date    NOT NULL,
    challenge text    NOT NULL,
    standing  text    NOT NULL,
    witness   text,
    detail    text    NOT NULL,
    clause    text    NOT NULL,
    figures   text[]  NOT NULL,
    held      integer NOT NULL,
    plans     integer NOT NULL,
    CONSTRAINT a_challenge_is_met_once_a_day PRIMARY KEY (order_id, resolver, name, day, challenge),
    CONSTRAINT standing_is_one_of_three CHECK (standing IN ('excluded', 'not_excluded', 'not_tested')),
    CONSTRAINT what_is_excluded_has_its_witness CHECK (standing <> 'excluded' OR witness IS NOT NULL),
    CONSTRAINT no_more_samples_exclude_than_count CHECK (held BETWEEN 0 AND plans)
);
COMMENT ON TABLE derived.day_challenge IS 'What the other side may say of each day on which a name resolved, and what stands against it.';
COMMENT ON COLUMN derived.day_challenge.order_id IS 'Under which order.';
COMMENT ON COLUMN derived.day_challenge.resolver IS 'Of which resolver.';
COMMENT ON COLUMN derived.day_challenge.name IS 'Of which name.';
COMMENT ON COLUMN derived.day_challenge.day IS 'Which day.';
COMMENT ON COLUMN derived.day_challenge.challenge IS 'As an id (schema.words.Challenge).';
COMMENT ON COLUMN derived.day_challenge.standing IS 'excluded, not_excluded or not_tested.';
COMMENT ON COLUMN derived.day_challenge.witness IS 'What excludes it: the hex digest of a record, close, batch, plan, token or order.';
COMMENT ON COLUMN derived.day_challenge.detail IS 'In words.';
COMMENT ON COLUMN derived.day_challenge.clause IS 'Which clause says so (collector.compliance.challenge_clauses).';
COMMENT ON COLUMN derived.day_challenge.figures IS 'The figures in its words.';
COMMENT ON COLUMN derived.day_challenge.held IS 'In how many of the samples that count it is excluded.';
COMMENT ON COLUMN derived.day_challenge.plans IS 'How many samples count.';

CREATE TABLE derived.met_until (
    only_one     boolean  NOT NULL DEFAULT true,
    log          smallint NOT NULL,
    size         bigint   NOT NULL,
    equivocation integer  NOT NULL,
    CONSTRAINT days_are_met_up_to_one_place PRIMARY KEY (only_one),
    CONSTRAINT there_is_one_such_place CHECK (only_one)
);
COMMENT ON TABLE derived.met_until IS 'How far the log had been read when days were last met, one row: what it says since then may date them otherwise.';
COMMENT ON COLUMN derived.met_until.only_one IS 'Always true; makes the row the only one.';
COMMENT ON COLUMN derived.met_until.log IS 'The newest log then; 0 if there was none.';
COMMENT ON COLUMN derived.met_until.size IS 'How many of its entries.';
COMMENT ON COLUMN derived.met_until.equivocation IS 'The newest equivocation then.';

-- The alternative measure -------------------------------------------------------------------------------------------------

CREATE TABLE derived.alternative_measure (
    plan_number    integer  NOT NULL,
    probe_no       smallint NOT NULL,
    cell           integer  NOT NULL,
    name           text     NOT NULL,
    address        text     NOT NULL,
    status         integer,
    failure        text,
    headers        jsonb    NOT NULL,
    witness_digest bytea    NOT NULL,
    CONSTRAINT a_measure_is_seen_once_a_round PRIMARY KEY (plan_number, probe_no, cell),
    CONSTRAINT a_measure_has_a_status_or_says_why_not CHECK ((status IS NULL) <> (failure IS NULL)),
    CONSTRAINT measure_witness_is_a_sha256 CHECK (octet_length(witness_digest) = 32)
);
CREATE INDEX alternative_measure_by_name ON derived.alternative_measure (name, plan_number);
COMMENT ON INDEX derived.alternative_measure_by_name IS 'To follow a name through the plans.';
COMMENT ON TABLE derived.alternative_measure IS 'What the site of an ordered name answered over HTTPS: status and headers, no body. No fact about DNS.';
COMMENT ON COLUMN derived.alternative_measure.plan_number IS 'Which plan.';
COMMENT ON COLUMN derived.alternative_measure.probe_no IS 'Whose round.';
COMMENT ON COLUMN derived.alternative_measure.cell IS 'Which cell.';
COMMENT ON COLUMN derived.alternative_measure.name IS 'Which name.';
COMMENT ON COLUMN derived.alternative_measure.address IS 'Whom it was asked of.';
COMMENT ON COLUMN derived.alternative_measure.status IS 'HTTP status; null where none came.';
COMMENT ON COLUMN derived.alternative_measure.failure IS 'Why none came.';
COMMENT ON COLUMN derived.alternative_measure.headers IS 'Those that were kept.';
COMMENT ON COLUMN derived.alternative_measure.witness_digest IS 'Leaf hash of the record.';
COMMENT ON COLUMN ledger.cell.role IS 'target, control, identity, known_good, known_absent, canary, look (a TLS handshake and no question), measure (a site over HTTPS) or time (the root zone''s signed SOA).';
