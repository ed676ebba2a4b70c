-- What the other side may say of each day on which a name resolved, and what stands against it.

CREATE OR REPLACE VIEW analyst.day_challenges AS
SELECT
    day_challenge.order_id,
    registry.operator,
    day_challenge.resolver,
    day_challenge.name,
    day_challenge.day,
    day_challenge.challenge,
    day_challenge.standing,
    day_challenge.witness,
    day_challenge.detail,
    day_challenge.clause,
    day_challenge.held,
    day_challenge.plans
FROM derived.day_challenge
LEFT JOIN LATERAL (
    SELECT resolver.operator_slug AS operator
    FROM ledger.resolver
    WHERE resolver.resolver = day_challenge.resolver
    ORDER BY resolver.policy DESC
    LIMIT 1
) AS registry ON true;

COMMENT ON VIEW analyst.day_challenges IS 'What the other side may say of each day on which a name resolved (or would have, were all verified), and what stands against it: eleven rows a day.';
COMMENT ON COLUMN analyst.day_challenges.order_id IS 'Under which order.';
COMMENT ON COLUMN analyst.day_challenges.operator IS 'The addressee, as a slug.';
COMMENT ON COLUMN analyst.day_challenges.resolver IS 'Which of its resolvers.';
COMMENT ON COLUMN analyst.day_challenges.name IS 'The name that is asked, with its final dot.';
COMMENT ON COLUMN analyst.day_challenges.day IS 'Which day.';
COMMENT ON COLUMN analyst.day_challenges.challenge IS 'path, stale_cache, other_site, outside_territory, other_measure, name_not_the_site, clock, line_changed, treated_specially, controls_not_independent or custody.';
COMMENT ON COLUMN analyst.day_challenges.standing IS 'excluded (the witness shows that it was not so), not_excluded (it may have been so) or not_tested (nobody looked).';
COMMENT ON COLUMN analyst.day_challenges.witness IS 'What excludes it: hex digest of a record, a close, a batch, a plan, a time stamp or a version of the order.';
COMMENT ON COLUMN analyst.day_challenges.detail IS 'Why, in words.';
COMMENT ON COLUMN analyst.day_challenges.clause IS 'Id of the clause that says so, permanent.';
COMMENT ON COLUMN analyst.day_challenges.held IS 'In how many of the day''s countable samples it is excluded.';
COMMENT ON COLUMN analyst.day_challenges.plans IS 'How many samples of the day count.';
