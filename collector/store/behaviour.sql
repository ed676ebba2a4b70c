-- How resolvers follow what they are told, what they withhold beside it, and how it is walked around.

-- name: compliance_speed
-- By order, operator, name, resolver and time.
SELECT * FROM analyst.compliance_speed
WHERE ($1::text[] IS NULL OR order_id = ANY ($1)) AND ($2::text[] IS NULL OR operator = ANY ($2))
    AND ($3::text[] IS NULL OR name = ANY ($3))
ORDER BY order_id COLLATE "C", operator COLLATE "C", name COLLATE "C", resolver COLLATE "C", notified_at, event COLLATE "C";

-- name: compliance_speed_by_operator
-- The same, each operator's together.
SELECT * FROM analyst.compliance_speed_by_operator
WHERE ($1::text[] IS NULL OR order_id = ANY ($1)) AND ($2::text[] IS NULL OR operator = ANY ($2))
ORDER BY order_id COLLATE "C", operator COLLATE "C", event COLLATE "C";

-- name: over_blocking
-- What lasts first.
SELECT * FROM analyst.over_blocking
WHERE ($1::text[] IS NULL OR resolver = ANY ($1)) AND ($2::text[] IS NULL OR name = ANY ($2))
ORDER BY ended_at DESC NULLS FIRST, name COLLATE "C", resolver COLLATE "C", since;

-- name: circumvention_spans
-- By name and line, oldest first.
SELECT * FROM analyst.circumvention_spans
WHERE ($1::text[] IS NULL OR name = ANY ($1)) AND ($2::text[] IS NULL OR public_resolver = ANY ($2))
ORDER BY name COLLATE "C", probe COLLATE "C", own_resolver COLLATE "C", public_resolver COLLATE "C", started_at;

-- name: block_reach
-- By name and resolver.
SELECT * FROM analyst.block_reach
WHERE ($1::text[] IS NULL OR resolver = ANY ($1)) AND ($2::text[] IS NULL OR name = ANY ($2))
ORDER BY name COLLATE "C", resolver COLLATE "C";
