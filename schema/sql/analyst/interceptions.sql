-- Where another than the resolver was shown to answer on port 53, in which round, and by what that is shown.

CREATE OR REPLACE VIEW analyst.interceptions AS
SELECT
    encode(plan.plan_id, 'hex') AS plan,
    plan.starts_at AS at,
    plan_vantage.probe,
    plan_vantage.asn,
    plan_vantage.country,
    intercepted.resolver,
    intercepted.endpoint,
    intercepted.signs,
    plan.number AS plan_number
FROM derived.interception
INNER JOIN derived.intercepted ON intercepted.intercepted = interception.intercepted
INNER JOIN ledger.plan ON plan.number = interception.plan_number
INNER JOIN ledger.plan_vantage
    ON plan_vantage.plan_number = interception.plan_number AND plan_vantage.probe_no = interception.probe_no;

COMMENT ON VIEW analyst.interceptions IS 'Endpoints at which another than the resolver was shown to answer: one probe, one plan. What is not listed was not shown, which is no word that nothing stood on the path.';
COMMENT ON COLUMN analyst.interceptions.plan IS 'Id of the plan (hex).';
COMMENT ON COLUMN analyst.interceptions.at IS 'Start of the plan, which is the time of everything in it.';
COMMENT ON COLUMN analyst.interceptions.probe IS 'Id of the vantage.';
COMMENT ON COLUMN analyst.interceptions.asn IS 'Network the vantage stands on.';
COMMENT ON COLUMN analyst.interceptions.country IS 'Country of the vantage.';
COMMENT ON COLUMN analyst.interceptions.resolver IS 'Id of the resolver that was asked and did not answer, or not alone.';
COMMENT ON COLUMN analyst.interceptions.endpoint IS 'Where it was asked.';
COMMENT ON COLUMN analyst.interceptions.signs IS 'By what it is shown: identity (id.server or NSID is another''s), whoami (questions leave from another network), distance (another IP TTL), datagrams (different answers to one question), stop_page (of another network), canary (an address that runs no DNS answers).';
COMMENT ON COLUMN analyst.interceptions.plan_number IS 'Number of the plan.';
