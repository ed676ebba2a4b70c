-- What the commands and pages show: analyst views and nothing else.

-- name: current_status
-- Of some resolvers and names, or all.
SELECT * FROM analyst.current_status
WHERE ($1::text[] IS NULL OR resolver = ANY ($1)) AND ($2::text[] IS NULL OR name = ANY ($2))
ORDER BY name COLLATE "C", resolver COLLATE "C";

-- name: status_history
-- Of some resolvers and names, or all, oldest first.
SELECT * FROM analyst.status_history
WHERE ($1::text[] IS NULL OR resolver = ANY ($1)) AND ($2::text[] IS NULL OR name = ANY ($2))
ORDER BY name COLLATE "C", resolver COLLATE "C", started_at;

-- name: history_of_pair
-- One resolver and name: reads its runs by their key and nothing else of what was judged.
SELECT * FROM analyst.status_history WHERE resolver = $1 AND name = $2 ORDER BY started_at;

-- name: endpoint_status
-- Of some resolvers and names, or all.
SELECT * FROM analyst.endpoint_status
WHERE ($1::text[] IS NULL OR resolver = ANY ($1)) AND ($2::text[] IS NULL OR name = ANY ($2))
ORDER BY name COLLATE "C", resolver COLLATE "C", endpoint COLLATE "C";

-- name: interceptions
-- Of some probes, or all; newest first.
SELECT * FROM analyst.interceptions
WHERE $1::text[] IS NULL OR probe = ANY ($1)
ORDER BY plan_number DESC, probe COLLATE "C", resolver COLLATE "C", endpoint COLLATE "C"
LIMIT $2;

-- name: name_history
-- Of some names, or all, oldest first.
SELECT * FROM analyst.name_history
WHERE $1::text[] IS NULL OR name = ANY ($1)
ORDER BY name COLLATE "C", started_at;

-- name: coverage
-- Of some probes, or all; of plans above a number; in the order of plans.
SELECT * FROM analyst.coverage
WHERE ($1::text[] IS NULL OR probe = ANY ($1)) AND plan_number > $2
ORDER BY plan_number, probe COLLATE "C"
LIMIT $3;

-- name: circumvention
-- Newest first.
SELECT * FROM analyst.circumvention
WHERE ($1::text[] IS NULL OR name = ANY ($1))
ORDER BY plan_number DESC, probe COLLATE "C", name COLLATE "C", own_resolver COLLATE "C", public_resolver COLLATE "C"
LIMIT $2;

-- name: circumvention_counts
-- In how many rounds, from when to when, on each line.
SELECT name, asn, own_resolver, own_how, public_resolver, count(*) AS rounds, min(at) AS first_at, max(at) AS last_at
FROM analyst.circumvention
GROUP BY name, asn, own_resolver, own_how, public_resolver
ORDER BY name COLLATE "C", asn, own_resolver COLLATE "C", public_resolver COLLATE "C", own_how COLLATE "C";

-- name: findings
-- Of some orders, or all.
SELECT * FROM analyst.findings
WHERE $1::text[] IS NULL OR order_id = ANY ($1)
ORDER BY order_id COLLATE "C", operator COLLATE "C", name COLLATE "C";

-- name: finding_days
-- Of one order.
SELECT * FROM analyst.finding_days WHERE order_id = $1 ORDER BY name COLLATE "C", resolver COLLATE "C", day;

-- name: orders
-- Newest versions.
SELECT * FROM analyst.orders ORDER BY order_id COLLATE "C";

-- name: listed_resolvers
-- The registry.
SELECT * FROM analyst.resolvers ORDER BY resolver COLLATE "C";

-- name: listed_vantages
-- The registry.
SELECT * FROM analyst.vantages ORDER BY probe COLLATE "C";
