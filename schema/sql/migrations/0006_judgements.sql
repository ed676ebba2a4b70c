-- What rounds, plans and time came to. Made by the judge and the folds, from the ledger alone.
-- Parent: 0005_append_only.sql sha256:2ace13383525cdf9a8184b693e1e592bc4712cde1e5e046b4a4c11cf57d39e8f

CREATE TABLE derived.conclusion (
    conclusion bigint   NOT NULL,
    resolver   text     NOT NULL,
    name       text     NOT NULL,
    outcome    text     NOT NULL,
    how        text,
    origin     text,
    label      text,
    site       text,
    rule       text     NOT NULL,
    blocked_n  integer  NOT NULL,
    open_n     integer  NOT NULL,
    other_n    integer  NOT NULL,
    endpoints  jsonb    NOT NULL,
    notes      text[]   NOT NULL,
    CONSTRAINT a_conclusion_is_kept_once PRIMARY KEY (conclusion)
);
CREATE INDEX conclusion_by_pair ON derived.conclusion (name, resolver);
COMMENT ON INDEX derived.conclusion_by_pair IS 'To find what was ever concluded of a pair.';
COMMENT ON TABLE derived.conclusion IS 'What verdicts say, each content once: most rounds say what the round before said.';
COMMENT ON COLUMN derived.conclusion.conclusion IS 'First 8 bytes of the SHA-256 of the content: the same in every database.';
COMMENT ON COLUMN derived.conclusion.resolver IS 'Of whom.';
COMMENT ON COLUMN derived.conclusion.name IS 'Of what.';
COMMENT ON COLUMN derived.conclusion.outcome IS 'blocked, open, dead, failing or insufficient.';
COMMENT ON COLUMN derived.conclusion.how IS 'By what answer the name was withheld.';
COMMENT ON COLUMN derived.conclusion.origin IS 'Who is shown to have answered: resolver, path or unattributed.';
COMMENT ON COLUMN derived.conclusion.label IS 'The fingerprint that matched.';
COMMENT ON COLUMN derived.conclusion.site IS 'Which site or server answered.';
COMMENT ON COLUMN derived.conclusion.rule IS 'The rule that decided.';
COMMENT ON COLUMN derived.conclusion.blocked_n IS 'Target cells that say blocked.';
COMMENT ON COLUMN derived.conclusion.open_n IS 'Target cells that say open.';
COMMENT ON COLUMN derived.conclusion.other_n IS 'Target cells that say neither.';
COMMENT ON COLUMN derived.conclusion.endpoints IS 'Outcome per endpoint.';
COMMENT ON COLUMN derived.conclusion.notes IS 'What a reader must know beside the outcome.';

CREATE TABLE derived.verdict (
    conclusion     bigint   NOT NULL,
    answer         bigint,
    plan_number    integer  NOT NULL,
    witness        integer,
    probe_no       smallint NOT NULL,
    witness_digest bytea,
    CONSTRAINT a_round_concludes_once PRIMARY KEY (plan_number, probe_no, conclusion),
    CONSTRAINT verdict_has_its_conclusion FOREIGN KEY (conclusion) REFERENCES derived.conclusion (conclusion),
    CONSTRAINT witness_digest_is_a_sha256 CHECK (octet_length(witness_digest) = 32),
    CONSTRAINT a_witness_has_its_digest CHECK ((witness IS NULL) = (witness_digest IS NULL))
);
CREATE INDEX verdict_by_conclusion ON derived.verdict (conclusion, plan_number);
COMMENT ON INDEX derived.verdict_by_conclusion IS 'To follow a pair through the plans.';
COMMENT ON TABLE derived.verdict IS 'What each round says of each resolver and name.';
COMMENT ON COLUMN derived.verdict.conclusion IS 'What it says.';
COMMENT ON COLUMN derived.verdict.answer IS 'What the witness was answered.';
COMMENT ON COLUMN derived.verdict.plan_number IS 'Which plan.';
COMMENT ON COLUMN derived.verdict.witness IS 'Lowest deciding target cell; null where no cell decides.';
COMMENT ON COLUMN derived.verdict.probe_no IS 'Whose round.';
COMMENT ON COLUMN derived.verdict.witness_digest IS 'Leaf hash of the witness: open that record before quoting the verdict.';

CREATE TABLE derived.judged (
    plan_number  integer  NOT NULL,
    probe_no     smallint NOT NULL,
    root_matches boolean  NOT NULL,
    CONSTRAINT a_round_is_judged_once PRIMARY KEY (plan_number, probe_no)
);
COMMENT ON TABLE derived.judged IS 'Rounds that have been judged.';
COMMENT ON COLUMN derived.judged.plan_number IS 'Which plan.';
COMMENT ON COLUMN derived.judged.probe_no IS 'Whose round.';
COMMENT ON COLUMN derived.judged.root_matches IS 'True: the root recomputed from what arrived is the one in the close. Nothing was left out.';

CREATE TABLE derived.sample (
    plan_number    integer  NOT NULL,
    vantages       integer  NOT NULL,
    networks       integer  NOT NULL,
    absent         integer  NOT NULL,
    indicative     boolean  NOT NULL,
    resolver       text     NOT NULL,
    name           text     NOT NULL,
    state          text     NOT NULL,
    how            text,
    origin         text,
    label          text,
    rule           text     NOT NULL,
    witness_digest bytea,
    notes          text[]   NOT NULL,
    CONSTRAINT a_plan_is_one_sample_of_a_pair PRIMARY KEY (name, resolver, plan_number),
    CONSTRAINT sample_witness_digest_is_a_sha256 CHECK (octet_length(witness_digest) = 32)
);
COMMENT ON TABLE derived.sample IS 'What all vantages together say of a resolver and name in one plan.';
COMMENT ON COLUMN derived.sample.plan_number IS 'Which plan; its start is the sample''s time.';
COMMENT ON COLUMN derived.sample.vantages IS 'Vantages that decide.';
COMMENT ON COLUMN derived.sample.networks IS 'Networks that decide.';
COMMENT ON COLUMN derived.sample.absent IS 'Vantages enrolled for the plan that say nothing.';
COMMENT ON COLUMN derived.sample.indicative IS 'True: by a lowered floor; counts no day.';
COMMENT ON COLUMN derived.sample.resolver IS 'Of whom.';
COMMENT ON COLUMN derived.sample.name IS 'Of what.';
COMMENT ON COLUMN derived.sample.state IS 'blocked, open, mixed, dead, failing or insufficient.';
COMMENT ON COLUMN derived.sample.how IS 'By what answer the name was withheld.';
COMMENT ON COLUMN derived.sample.origin IS 'Who is shown to have answered.';
COMMENT ON COLUMN derived.sample.label IS 'The fingerprint that matched.';
COMMENT ON COLUMN derived.sample.rule IS 'The rule that decided.';
COMMENT ON COLUMN derived.sample.witness_digest IS 'Leaf hash of the record that decided.';
COMMENT ON COLUMN derived.sample.notes IS 'What a reader must know beside the state.';

CREATE TABLE derived.pair (
    resolver    text    NOT NULL,
    name        text    NOT NULL,
    newest_plan integer NOT NULL,
    CONSTRAINT a_pair_is_listed_once PRIMARY KEY (name, resolver)
);
COMMENT ON TABLE derived.pair IS 'Every resolver and name that has samples, with its newest: the matrix without reading samples.';
COMMENT ON COLUMN derived.pair.resolver IS 'Of whom.';
COMMENT ON COLUMN derived.pair.name IS 'Of what.';
COMMENT ON COLUMN derived.pair.newest_plan IS 'Highest plan number with a sample.';

CREATE TABLE derived.run (
    resolver       text        NOT NULL,
    name           text        NOT NULL,
    started_at     timestamptz NOT NULL,
    ended_at       timestamptz,
    covered_until  timestamptz NOT NULL,
    vantages       integer     NOT NULL,
    networks       integer     NOT NULL,
    samples        integer     NOT NULL,
    longest_gap_s  bigint      NOT NULL,
    state          text        NOT NULL,
    how            text,
    origin         text,
    label          text,
    rule           text        NOT NULL,
    witness_digest bytea,
    notes          text[]      NOT NULL,
    CONSTRAINT a_run_of_a_pair_starts_once PRIMARY KEY (name, resolver, started_at),
    CONSTRAINT a_run_says_something CHECK (state <> 'insufficient'),
    CONSTRAINT a_run_is_covered_from_its_start CHECK (covered_until >= started_at),
    CONSTRAINT a_run_is_covered_no_longer_than_it_lasts CHECK (covered_until <= ended_at),
    CONSTRAINT run_witness_digest_is_a_sha256 CHECK (octet_length(witness_digest) = 32)
);
CREATE UNIQUE INDEX a_pair_has_one_open_run ON derived.run (name, resolver) WHERE ended_at IS NULL;
COMMENT ON INDEX derived.a_pair_has_one_open_run IS 'A pair is in one state at a time.';
COMMENT ON TABLE derived.run IS 'Unbroken states of a resolver and name.';
COMMENT ON COLUMN derived.run.resolver IS 'Of whom.';
COMMENT ON COLUMN derived.run.name IS 'Of what.';
COMMENT ON COLUMN derived.run.started_at IS 'Start of the first sample of the sequence that confirmed the state.';
COMMENT ON COLUMN derived.run.ended_at IS 'Start of the next run; null while it lasts.';
COMMENT ON COLUMN derived.run.covered_until IS 'Last sample that supports it: the change lies between this and the next run''s start.';
COMMENT ON COLUMN derived.run.vantages IS 'Vantages that decided, in that sample.';
COMMENT ON COLUMN derived.run.networks IS 'Networks that decided, in that sample.';
COMMENT ON COLUMN derived.run.samples IS 'Samples that support it.';
COMMENT ON COLUMN derived.run.longest_gap_s IS 'Longest time between two of them, in seconds.';
COMMENT ON COLUMN derived.run.state IS 'blocked, open, mixed, dead or failing.';
COMMENT ON COLUMN derived.run.how IS 'By what answer the name was withheld.';
COMMENT ON COLUMN derived.run.origin IS 'Who is shown to have answered.';
COMMENT ON COLUMN derived.run.label IS 'The fingerprint that matched.';
COMMENT ON COLUMN derived.run.rule IS 'The rule that decided the first sample.';
COMMENT ON COLUMN derived.run.witness_digest IS 'Leaf hash of the record that decided the first sample.';
COMMENT ON COLUMN derived.run.notes IS 'What a reader must know beside the state.';
