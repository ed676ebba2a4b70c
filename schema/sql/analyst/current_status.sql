-- What is to be said now of each resolver and name: the open run, unless its support has grown old.
-- Reads one row of each pair, sample and run, never verdicts or observations. Time goes on while nobody is heard: by the
-- clock where data are measured, by the newest plan that was judged in a lab, whose time is its own.

CREATE OR REPLACE VIEW analyst.current_status AS
WITH clock AS MATERIALIZED (
    SELECT CASE WHEN (SELECT deployment.lab FROM ledger.deployment) IS FALSE THEN now()
        ELSE (SELECT plan.starts_at FROM ledger.plan WHERE plan.number = (SELECT max(judged.plan_number) FROM derived.judged))
    END AS at
)
SELECT
    pair.resolver,
    registry.operator,
    pair.name,
    CASE WHEN fresh.yes THEN run.state ELSE 'insufficient' END AS state,
    CASE WHEN fresh.yes THEN run.started_at END AS since,
    run.covered_until,
    CASE WHEN fresh.yes THEN run.how END AS how,
    CASE WHEN fresh.yes THEN run.origin END AS origin,
    CASE WHEN fresh.yes THEN run.label END AS label,
    CASE WHEN fresh.yes THEN run.vantages ELSE newest.vantages END AS vantages,
    CASE WHEN fresh.yes THEN run.networks ELSE newest.networks END AS networks,
    newest.absent,
    CASE WHEN fresh.yes THEN run.notes ELSE newest.notes END AS notes,
    plan.starts_at AS sampled_at,
    CASE WHEN fresh.yes THEN run.rule ELSE newest.rule END AS rule,
    CASE WHEN fresh.yes THEN encode(run.witness_digest, 'hex') END AS witness_digest,
    newest.indicative
FROM derived.pair
INNER JOIN derived.sample AS newest
    ON newest.name = pair.name AND newest.resolver = pair.resolver AND newest.plan_number = pair.newest_plan
INNER JOIN ledger.plan ON plan.number = pair.newest_plan
INNER JOIN ledger.policy ON policy.policy = plan.policy
LEFT JOIN derived.run ON run.name = pair.name AND run.resolver = pair.resolver AND run.ended_at IS NULL
CROSS JOIN clock
CROSS JOIN LATERAL (
    SELECT coalesce(run.covered_until >= greatest(plan.starts_at, clock.at) - policy.fresh_s * interval '1 second', false)
        AS yes
) AS fresh
LEFT JOIN LATERAL (
    SELECT resolver.operator
    FROM ledger.resolver
    WHERE resolver.resolver = pair.resolver
    ORDER BY resolver.policy DESC
    LIMIT 1
) AS registry ON true;

COMMENT ON VIEW analyst.current_status IS 'What is to be said now of each resolver and name.';
COMMENT ON COLUMN analyst.current_status.resolver IS 'Id of the resolver.';
COMMENT ON COLUMN analyst.current_status.operator IS 'Who answers for it, by the newest registry that lists it.';
COMMENT ON COLUMN analyst.current_status.name IS 'The name that is asked, with its final dot.';
COMMENT ON COLUMN analyst.current_status.state IS 'blocked, open, mixed, dead, failing; or insufficient when nothing was ever decided or the last support is older than the policy allows, whether others said otherwise or nobody said anything.';
COMMENT ON COLUMN analyst.current_status.since IS 'Start of the first sample of the sequence that confirmed the state; null when insufficient.';
COMMENT ON COLUMN analyst.current_status.covered_until IS 'Last sample that supports the state, or supported the last one there was; null when nothing was ever decided.';
COMMENT ON COLUMN analyst.current_status.how IS 'By what answer the name is withheld: nxdomain, nodata, refused, servfail, timeout, address, cname, null_address or loopback.';
COMMENT ON COLUMN analyst.current_status.origin IS 'Who is shown to have answered: resolver, path or unattributed. Blame nobody without resolver.';
COMMENT ON COLUMN analyst.current_status.label IS 'The fingerprint that matched, for example a list other than the order''s.';
COMMENT ON COLUMN analyst.current_status.vantages IS 'Vantages that decided the last supporting sample.';
COMMENT ON COLUMN analyst.current_status.networks IS 'Networks that decided it.';
COMMENT ON COLUMN analyst.current_status.absent IS 'Vantages enrolled for the newest plan that say nothing.';
COMMENT ON COLUMN analyst.current_status.notes IS 'What a reader must know beside the state.';
COMMENT ON COLUMN analyst.current_status.sampled_at IS 'Start of the newest plan that asks this.';
COMMENT ON COLUMN analyst.current_status.rule IS 'Id of the rule that decided.';
COMMENT ON COLUMN analyst.current_status.witness_digest IS 'Leaf hash (hex) of the record that decided the first sample: open that record before quoting the row; null when insufficient.';
COMMENT ON COLUMN analyst.current_status.indicative IS 'True: by a lowered floor. Counts no day, is evidence of nothing.';
