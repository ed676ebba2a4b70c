-- The states of each resolver and name, one after the other. Reads runs and the registry, nothing else.

CREATE OR REPLACE VIEW analyst.status_history AS
SELECT
    run.resolver,
    registry.operator,
    run.name,
    run.state,
    run.started_at,
    run.ended_at,
    run.covered_until,
    run.how,
    run.origin,
    run.label,
    run.vantages,
    run.networks,
    run.samples,
    run.longest_gap_s,
    run.rule,
    encode(run.witness_digest, 'hex') AS witness_digest,
    run.notes
FROM derived.run
LEFT JOIN LATERAL (
    SELECT resolver.operator
    FROM ledger.resolver
    WHERE resolver.resolver = run.resolver
    ORDER BY resolver.policy DESC
    LIMIT 1
) AS registry ON true;

COMMENT ON VIEW analyst.status_history IS 'The states of each resolver and name, one after the other.';
COMMENT ON COLUMN analyst.status_history.resolver IS 'Id of the resolver.';
COMMENT ON COLUMN analyst.status_history.operator IS 'Who answers for it, by the newest registry that lists it.';
COMMENT ON COLUMN analyst.status_history.name IS 'The name that is asked, with its final dot.';
COMMENT ON COLUMN analyst.status_history.state IS 'blocked, open, mixed, dead or failing.';
COMMENT ON COLUMN analyst.status_history.started_at IS 'Start of the first sample of the sequence that confirmed the state.';
COMMENT ON COLUMN analyst.status_history.ended_at IS 'Start of the next state; null while this one lasts.';
COMMENT ON COLUMN analyst.status_history.covered_until IS 'Last sample that supports it: the change to the next lies between this and ended_at.';
COMMENT ON COLUMN analyst.status_history.how IS 'By what answer the name is withheld: nxdomain, nodata, refused, servfail, timeout, address, cname, null_address or loopback.';
COMMENT ON COLUMN analyst.status_history.origin IS 'Who is shown to have answered: resolver, path or unattributed. Blame nobody without resolver.';
COMMENT ON COLUMN analyst.status_history.label IS 'The fingerprint that matched, for example a list other than the order''s.';
COMMENT ON COLUMN analyst.status_history.vantages IS 'Vantages that decided the last supporting sample.';
COMMENT ON COLUMN analyst.status_history.networks IS 'Networks that decided it.';
COMMENT ON COLUMN analyst.status_history.samples IS 'Samples that support the state.';
COMMENT ON COLUMN analyst.status_history.longest_gap_s IS 'Longest time between two of them, in seconds.';
COMMENT ON COLUMN analyst.status_history.rule IS 'Id of the rule that decided the first sample.';
COMMENT ON COLUMN analyst.status_history.witness_digest IS 'Leaf hash (hex) of the record that decided the first sample: open that record before quoting the row.';
COMMENT ON COLUMN analyst.status_history.notes IS 'What a reader must know beside the state.';
