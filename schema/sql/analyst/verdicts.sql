-- What each round says of each resolver and name.

CREATE OR REPLACE VIEW analyst.verdicts AS
SELECT
    encode(plan.plan_id, 'hex') AS plan,
    plan.starts_at AS at,
    plan_vantage.probe,
    plan_vantage.asn,
    plan_vantage.country,
    conclusion.resolver,
    conclusion.name,
    conclusion.outcome,
    conclusion.how,
    conclusion.origin,
    conclusion.label,
    conclusion.site,
    conclusion.blocked_n,
    conclusion.open_n,
    conclusion.other_n,
    conclusion.endpoints,
    conclusion.notes,
    conclusion.rule,
    verdict.witness,
    encode(verdict.witness_digest, 'hex') AS witness_digest,
    plan.number AS plan_number
FROM derived.verdict
INNER JOIN derived.conclusion ON conclusion.conclusion = verdict.conclusion
INNER JOIN ledger.plan ON plan.number = verdict.plan_number
INNER JOIN ledger.plan_vantage
    ON plan_vantage.plan_number = verdict.plan_number AND plan_vantage.probe_no = verdict.probe_no;

COMMENT ON VIEW analyst.verdicts IS 'What each round says of each resolver and name: one probe, one plan.';
COMMENT ON COLUMN analyst.verdicts.plan IS 'Id of the plan (hex).';
COMMENT ON COLUMN analyst.verdicts.at IS 'Start of the plan, which is the time of everything in it.';
COMMENT ON COLUMN analyst.verdicts.probe IS 'Id of the vantage.';
COMMENT ON COLUMN analyst.verdicts.asn IS 'Network the vantage stands on.';
COMMENT ON COLUMN analyst.verdicts.country IS 'Country of the vantage.';
COMMENT ON COLUMN analyst.verdicts.resolver IS 'Id of the resolver.';
COMMENT ON COLUMN analyst.verdicts.name IS 'The name that is asked, with its final dot.';
COMMENT ON COLUMN analyst.verdicts.outcome IS 'blocked, open, dead, failing or insufficient.';
COMMENT ON COLUMN analyst.verdicts.how IS 'By what answer the name is withheld: nxdomain, nodata, refused, servfail, timeout, address, cname, null_address or loopback.';
COMMENT ON COLUMN analyst.verdicts.origin IS 'Who is shown to have answered: resolver, path or unattributed. Blame nobody without resolver.';
COMMENT ON COLUMN analyst.verdicts.label IS 'The fingerprint that matched, for example a list other than the order''s.';
COMMENT ON COLUMN analyst.verdicts.site IS 'Which site or server answered, by its own word.';
COMMENT ON COLUMN analyst.verdicts.blocked_n IS 'Target cells that say blocked.';
COMMENT ON COLUMN analyst.verdicts.open_n IS 'Target cells that say open.';
COMMENT ON COLUMN analyst.verdicts.other_n IS 'Target cells that say neither.';
COMMENT ON COLUMN analyst.verdicts.endpoints IS 'Outcome per endpoint.';
COMMENT ON COLUMN analyst.verdicts.notes IS 'What a reader must know beside the outcome.';
COMMENT ON COLUMN analyst.verdicts.rule IS 'Id of the rule that decided.';
COMMENT ON COLUMN analyst.verdicts.witness IS 'Cell that decided, the lowest; null where none does.';
COMMENT ON COLUMN analyst.verdicts.witness_digest IS 'Leaf hash (hex) of the record that decided: open that record before quoting the row.';
COMMENT ON COLUMN analyst.verdicts.plan_number IS 'Number of the plan.';
