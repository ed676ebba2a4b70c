-- Where a block applies: from which countries and at which sites the name was withheld, in the newest plan of each pair.

CREATE OR REPLACE VIEW analyst.block_reach AS
WITH said AS (
    SELECT
        pair.resolver,
        pair.name,
        pair.newest_plan,
        array_agg(DISTINCT plan_vantage.country ORDER BY plan_vantage.country) FILTER (WHERE conclusion.outcome = 'blocked') AS blocked_in,
        array_agg(DISTINCT plan_vantage.country ORDER BY plan_vantage.country) FILTER (WHERE conclusion.outcome = 'open') AS open_in,
        array_agg(DISTINCT conclusion.site ORDER BY conclusion.site)
            FILTER (WHERE conclusion.outcome = 'blocked' AND conclusion.site IS NOT NULL) AS blocked_sites,
        array_agg(DISTINCT conclusion.site ORDER BY conclusion.site)
            FILTER (WHERE conclusion.outcome = 'open' AND conclusion.site IS NOT NULL) AS open_sites
    FROM derived.pair
    INNER JOIN derived.verdict ON verdict.plan_number = pair.newest_plan
    INNER JOIN derived.conclusion
        ON conclusion.conclusion = verdict.conclusion AND conclusion.name = pair.name AND conclusion.resolver = pair.resolver
            AND conclusion.origin = 'resolver'
    INNER JOIN ledger.plan_vantage
        ON plan_vantage.plan_number = verdict.plan_number AND plan_vantage.probe_no = verdict.probe_no
    GROUP BY pair.resolver, pair.name, pair.newest_plan
),
listed AS (
    SELECT
        said.resolver,
        said.name,
        said.newest_plan,
        coalesce(said.blocked_in, '{}') AS blocked_in,
        coalesce(said.open_in, '{}') AS open_in,
        coalesce(said.blocked_sites, '{}') AS blocked_sites,
        coalesce(said.open_sites, '{}') AS open_sites
    FROM said
)
SELECT
    listed.resolver,
    listed.name,
    plan.starts_at AS at,
    CASE
        WHEN listed.blocked_in && listed.open_in THEN 'some_sites'
        WHEN cardinality(listed.open_in) > 0 THEN 'territory_only'
        WHEN cardinality(listed.blocked_in) > 1 THEN 'everywhere'
        ELSE 'not_known'
    END AS applies,
    listed.blocked_in,
    listed.open_in,
    listed.blocked_sites,
    listed.open_sites
FROM listed
INNER JOIN ledger.plan ON plan.number = listed.newest_plan
WHERE cardinality(listed.blocked_in) > 0;

COMMENT ON VIEW analyst.block_reach IS 'Where a block applies, by the newest plan that asked: only what the resolver itself is shown to have answered. What was not asked from abroad is not known.';
COMMENT ON COLUMN analyst.block_reach.resolver IS 'Id of the resolver.';
COMMENT ON COLUMN analyst.block_reach.name IS 'The name that is asked, with its final dot.';
COMMENT ON COLUMN analyst.block_reach.at IS 'Start of that plan.';
COMMENT ON COLUMN analyst.block_reach.applies IS 'everywhere (withheld from every country asked, two at least), territory_only (answered from other countries), some_sites (both within one country) or not_known (asked from one country only).';
COMMENT ON COLUMN analyst.block_reach.blocked_in IS 'Countries of the vantages from which it was withheld.';
COMMENT ON COLUMN analyst.block_reach.open_in IS 'Countries of the vantages to which it was answered.';
COMMENT ON COLUMN analyst.block_reach.blocked_sites IS 'Sites that withheld it, by their own word.';
COMMENT ON COLUMN analyst.block_reach.open_sites IS 'Sites that answered it, by their own word.';
