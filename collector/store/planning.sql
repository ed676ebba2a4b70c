-- What the planner must know of the ledger before it publishes.

-- name: docket_mark
-- Moves whenever something was entered that changes what is to be asked, or by whom.
SELECT
    (SELECT count(*) FROM ledger.legal_order) AS orders,
    (SELECT count(*) FROM ledger.list_version) AS lists,
    (SELECT count(*) FROM ledger.never_probe) AS never,
    (SELECT count(*) FROM ledger.successor_event) AS successors;

-- name: newest_docket_plan
-- The plan of a whole docket that starts last.
SELECT payload FROM ledger.plan WHERE docket ORDER BY starts_at DESC LIMIT 1;

-- name: plans_since
-- Plans that start after a time, by their start.
SELECT number, starts_at, window_s, docket FROM ledger.plan WHERE starts_at > $1 ORDER BY starts_at, number;

-- name: names_ahead
-- Names that published plans still ask after a time, and the last start at which each is asked.
SELECT asked.name, bool_and(ahead.sweep) AS swept_only, max(ahead.last) AS last
FROM (
    SELECT plan.question_set, bool_and(policy.sweep) AS sweep, max(plan.starts_at) AS last
    FROM ledger.plan
    INNER JOIN ledger.policy ON policy.policy = plan.policy
    WHERE plan.starts_at > $1
    GROUP BY plan.question_set
) AS ahead
CROSS JOIN LATERAL (
    SELECT DISTINCT cell.name FROM ledger.cell
    WHERE cell.question_set = ahead.question_set AND cell.role IN ('target', 'control')
) AS asked
GROUP BY asked.name;

-- name: asked_since
-- When plans that start after a time ask some names of those who are judged: the last start of each.
SELECT asked.name, max(plan.last) AS last
FROM (SELECT question_set, max(starts_at) AS last FROM ledger.plan WHERE starts_at > $2 GROUP BY question_set) AS plan
CROSS JOIN LATERAL (
    SELECT DISTINCT cell.name FROM ledger.cell
    WHERE cell.question_set = plan.question_set AND cell.role = 'target' AND cell.name = ANY ($1::text[])
) AS asked
GROUP BY asked.name;

-- name: last_planned
-- The newest plan of each of some question sets.
SELECT encode(question_set.digest, 'hex') AS digest, max(plan.number) AS number
FROM ledger.question_set
INNER JOIN ledger.plan ON plan.question_set = question_set.question_set
WHERE question_set.digest = ANY ($1::bytea[])
GROUP BY question_set.digest;

-- name: lists_notified
-- Names that a list gained since a time, where somebody said when they were notified; the newest first.
SELECT list_change.entry AS name, max(list_version.entered_at) AS entered_at
FROM ledger.list_version
INNER JOIN ledger.list_change
    ON list_change.order_id = list_version.order_id AND list_change.version = list_version.version
WHERE list_version.notified_at IS NOT NULL AND list_version.entered_at > $1
    AND list_change.added AND list_change.kind = 'name'
GROUP BY list_change.entry
ORDER BY max(list_version.entered_at) DESC, list_change.entry COLLATE "C"
LIMIT $2;

-- name: changed_in_sweeps
-- Names of which a sweep since a time said something else than was last known of the resolver, and when; a refusal or silence
-- where the name was open too, which decides nothing as long as it was met once. Each pair by its index, as samples are
-- kept by name.
SELECT fresh.name, max(plan.starts_at) AS changed_at
FROM ledger.plan
INNER JOIN ledger.policy ON policy.policy = plan.policy
CROSS JOIN LATERAL (
    SELECT DISTINCT cell.name, cell.resolver FROM ledger.cell
    WHERE cell.question_set = plan.question_set AND cell.role = 'target'
) AS asked
INNER JOIN derived.sample AS fresh
    ON fresh.name = asked.name AND fresh.resolver = asked.resolver AND fresh.plan_number = plan.number
CROSS JOIN LATERAL (
    SELECT before.state FROM derived.sample AS before
    WHERE before.name = fresh.name AND before.resolver = fresh.resolver AND before.plan_number < fresh.plan_number
        AND before.state IN ('blocked', 'open')
    ORDER BY before.plan_number DESC
    LIMIT 1
) AS known
WHERE plan.starts_at > $1 AND policy.sweep AND (
    (fresh.state IN ('blocked', 'open', 'mixed') AND fresh.state <> known.state)
    OR (fresh.state = 'insufficient' AND known.state = 'open' AND EXISTS (
        SELECT FROM derived.conclusion
        INNER JOIN derived.verdict ON verdict.conclusion = conclusion.conclusion AND verdict.plan_number = plan.number
        WHERE conclusion.name = fresh.name AND conclusion.resolver = fresh.resolver AND conclusion.rule = 'not_repeated'
    ))
)
GROUP BY fresh.name
ORDER BY max(plan.starts_at) DESC, fresh.name COLLATE "C";
