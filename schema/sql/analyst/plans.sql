-- What was published, and what for.

CREATE OR REPLACE VIEW analyst.plans AS
SELECT
    encode(plan.plan_id, 'hex') AS plan,
    plan.number,
    plan.starts_at AS at,
    plan.window_s,
    CASE WHEN plan.docket THEN 'docket' WHEN policy.sweep THEN 'sweep' ELSE 'urgent' END AS kind,
    asked.names,
    (SELECT count(*)::integer FROM ledger.plan_vantage WHERE plan_vantage.plan_number = plan.number) AS vantages,
    plan.published_at
FROM ledger.plan
INNER JOIN ledger.policy ON policy.policy = plan.policy
CROSS JOIN LATERAL (
    SELECT count(DISTINCT cell.name)::integer AS names FROM ledger.cell
    WHERE cell.question_set = plan.question_set AND cell.role IN ('target', 'control')
) AS asked;

COMMENT ON VIEW analyst.plans IS 'Plans as they were published. Read some by plan or time: the names of each are counted.';
COMMENT ON COLUMN analyst.plans.plan IS 'Its id (hex).';
COMMENT ON COLUMN analyst.plans.number IS 'In the order of publication; for each resolver and name, of the starts too.';
COMMENT ON COLUMN analyst.plans.at IS 'When every probe starts it.';
COMMENT ON COLUMN analyst.plans.window_s IS 'Seconds the round may take.';
COMMENT ON COLUMN analyst.plans.kind IS 'docket: every name of it; urgent: names that had just been entered; sweep: names of lists, or a first look; counts no day.';
COMMENT ON COLUMN analyst.plans.names IS 'How many names are asked, but for those that every plan asks.';
COMMENT ON COLUMN analyst.plans.vantages IS 'How many are enrolled for it.';
COMMENT ON COLUMN analyst.plans.published_at IS 'When it was stored.';
