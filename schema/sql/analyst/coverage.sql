-- What became of each round that has begun. What was asked, what was not and why not known add up to the cells.
-- In a lab time is its own: a plan has begun when anything of it, or of a later one, has come in.

CREATE OR REPLACE VIEW analyst.coverage AS
WITH heard AS (
    SELECT greatest((SELECT max(batch_round.plan_number) FROM ledger.batch_round), (SELECT max(round.plan_number) FROM ledger.round))
        AS newest
)
SELECT
    encode(plan.plan_id, 'hex') AS plan,
    plan.starts_at AS at,
    plan_vantage.probe,
    plan_vantage.cells,
    counted.observed,
    counted.gaps,
    plan_vantage.cells - counted.observed - counted.gaps AS missing,
    round.plan_number IS NOT NULL AS closed,
    coalesce(judged.root_matches, false) AS sealed,
    plan.number AS plan_number,
    another.endpoints AS intercepted
FROM ledger.plan_vantage
INNER JOIN ledger.plan ON plan.number = plan_vantage.plan_number
CROSS JOIN heard
LEFT JOIN ledger.round ON round.plan_number = plan_vantage.plan_number AND round.probe_no = plan_vantage.probe_no
LEFT JOIN derived.judged ON judged.plan_number = plan_vantage.plan_number AND judged.probe_no = plan_vantage.probe_no
CROSS JOIN LATERAL (
    SELECT least(coalesce(sum(batch_round.observed), 0), plan_vantage.cells)::integer AS observed,
        coalesce(sum(batch_round.gaps), 0)::integer AS gap_lines
    FROM ledger.batch_round
    WHERE batch_round.plan_number = plan_vantage.plan_number AND batch_round.probe_no = plan_vantage.probe_no
) AS arrived
CROSS JOIN LATERAL (
    SELECT coalesce(array_agg(intercepted.endpoint ORDER BY intercepted.endpoint COLLATE "C"), '{}') AS endpoints
    FROM derived.interception
    INNER JOIN derived.intercepted ON intercepted.intercepted = interception.intercepted
    WHERE interception.plan_number = plan_vantage.plan_number AND interception.probe_no = plan_vantage.probe_no
) AS another
CROSS JOIN LATERAL (
    SELECT arrived.observed,
        greatest(least(coalesce(round.cells - round.observed, arrived.gap_lines), plan_vantage.cells - arrived.observed), 0) AS gaps
) AS counted
WHERE CASE WHEN (SELECT deployment.lab FROM ledger.deployment) THEN plan.number <= heard.newest ELSE plan.starts_at <= now() END;

COMMENT ON VIEW analyst.coverage IS 'What became of each round that has begun: a row per plan and enrolled vantage. cells = observed + gaps + missing.';
COMMENT ON COLUMN analyst.coverage.plan IS 'Id of the plan (hex).';
COMMENT ON COLUMN analyst.coverage.at IS 'Start of the plan, which is the time of everything in it.';
COMMENT ON COLUMN analyst.coverage.probe IS 'Id of the vantage.';
COMMENT ON COLUMN analyst.coverage.cells IS 'Cells that apply to the vantage.';
COMMENT ON COLUMN analyst.coverage.observed IS 'Cells whose record is here.';
COMMENT ON COLUMN analyst.coverage.gaps IS 'Cells the probe says it did not ask, with its reason.';
COMMENT ON COLUMN analyst.coverage.missing IS 'Cells of which nothing is known (yet).';
COMMENT ON COLUMN analyst.coverage.closed IS 'True: the probe has closed the round.';
COMMENT ON COLUMN analyst.coverage.sealed IS 'True: the root in the close was recomputed from what is here, and is equal. Nothing was left out.';
COMMENT ON COLUMN analyst.coverage.plan_number IS 'Number of the plan.';
COMMENT ON COLUMN analyst.coverage.intercepted IS 'Endpoints at which another than the resolver was shown to answer in this round; empty where that was not shown.';
