-- How long after each notification a resolver began to withhold a name: an interval, since nobody looks all the time.
-- Reads runs, orders, lists and the registry.

CREATE OR REPLACE VIEW analyst.compliance_speed AS
WITH newest AS (
    SELECT DISTINCT ON (legal_order.order_id) legal_order.order_id, legal_order.body
    FROM ledger.legal_order
    ORDER BY legal_order.order_id, legal_order.version DESC
),
addressee AS (
    SELECT
        newest.order_id,
        newest.body,
        slug.operator,
        coalesce(newest.body ->> 'timezone', 'Europe/Rome') AS zone,
        coalesce((own.term ->> 'grace_days')::integer, (newest.body ->> 'grace_days')::integer) AS grace_days,
        coalesce((newest.body ->> 'grace_minutes')::integer, 0) AS grace_minutes
    FROM newest
    CROSS JOIN LATERAL jsonb_array_elements_text(newest.body -> 'addressees') AS slug (operator)
    LEFT JOIN LATERAL (
        SELECT terms.term
        FROM jsonb_array_elements(coalesce(newest.body -> 'terms', '[]')) AS terms (term)
        WHERE terms.term ->> 'operator' = slug.operator
        LIMIT 1
    ) AS own ON true
),
notified AS (
    SELECT
        addressee.order_id,
        addressee.operator,
        finding_reading.name,
        'start' AS event,
        finding_reading.starts_on::timestamp AT TIME ZONE addressee.zone AS notified_at,
        finding_reading.due_on::timestamp AT TIME ZONE addressee.zone AS due_at,
        addressee.zone,
        addressee.grace_days,
        addressee.grace_minutes
    FROM addressee
    INNER JOIN derived.finding_reading
        ON finding_reading.order_id = addressee.order_id AND finding_reading.operator = addressee.operator
            AND finding_reading.chosen AND finding_reading.starts_on IS NOT NULL
    UNION ALL
    SELECT
        addressee.order_id,
        addressee.operator,
        named.name,
        notice.body ->> 'kind',
        (notice.body ->> 'at')::timestamptz,
        NULL::timestamptz,
        addressee.zone,
        addressee.grace_days,
        addressee.grace_minutes
    FROM addressee
    CROSS JOIN LATERAL jsonb_array_elements(coalesce(addressee.body -> 'notice', '[]')) AS notice (body)
    CROSS JOIN LATERAL (
        SELECT jsonb_array_elements_text(notice.body -> 'names') AS name
        UNION
        SELECT scope.entry ->> 'name'
        FROM jsonb_array_elements(coalesce(addressee.body -> 'scope', '[]')) AS scope (entry)
        WHERE jsonb_array_length(coalesce(notice.body -> 'names', '[]')) = 0
    ) AS named
    WHERE notice.body ->> 'operator' = addressee.operator AND notice.body ->> 'kind' <> 'reply'
    UNION ALL
    SELECT
        addressee.order_id,
        addressee.operator,
        list_change.entry,
        'list',
        list_version.notified_at,
        NULL::timestamptz,
        addressee.zone,
        addressee.grace_days,
        addressee.grace_minutes
    FROM addressee
    INNER JOIN ledger.list_version ON list_version.order_id = addressee.order_id AND list_version.notified_at IS NOT NULL
    INNER JOIN ledger.list_change
        ON list_change.order_id = list_version.order_id AND list_change.version = list_version.version
            AND list_change.added AND list_change.kind = 'name'
),
timed AS (
    SELECT
        notified.order_id,
        notified.operator,
        notified.name,
        notified.event,
        notified.notified_at,
        CASE
            WHEN notified.due_at IS NOT NULL THEN notified.due_at
            WHEN notified.grace_minutes > 0 THEN
                (notified.notified_at AT TIME ZONE notified.zone + make_interval(days => notified.grace_days)) AT TIME ZONE notified.zone
                + make_interval(mins => notified.grace_minutes)
            ELSE
                ((notified.notified_at AT TIME ZONE notified.zone)::date + notified.grace_days + 1)::timestamp AT TIME ZONE notified.zone
        END AS limit_at
    FROM notified
),
asked AS (
    SELECT timed.order_id, timed.operator, pair.resolver, timed.name, timed.event, timed.notified_at, timed.limit_at
    FROM timed
    INNER JOIN derived.pair ON pair.name = timed.name
    INNER JOIN LATERAL (
        SELECT resolver.operator_slug
        FROM ledger.resolver
        WHERE resolver.resolver = pair.resolver
        ORDER BY resolver.policy DESC
        LIMIT 1
    ) AS registry ON registry.operator_slug = timed.operator
),
seen AS (
    SELECT
        asked.order_id,
        asked.operator,
        asked.resolver,
        asked.name,
        asked.event,
        asked.notified_at,
        asked.limit_at,
        blocked.started_at AS blocked_at,
        blocked.label,
        blocked.witness_digest AS blocked_witness,
        open.covered_until AS open_at,
        coalesce(blocked.started_at <= asked.notified_at, false) AS already,
        CASE WHEN open.covered_until >= asked.notified_at THEN open.covered_until ELSE asked.notified_at END AS after_at
    FROM asked
    LEFT JOIN LATERAL (
        SELECT run.started_at, run.label, run.witness_digest
        FROM derived.run
        WHERE run.name = asked.name AND run.resolver = asked.resolver AND run.state = 'blocked'
            AND run.covered_until >= asked.notified_at
        ORDER BY run.started_at
        LIMIT 1
    ) AS blocked ON true
    LEFT JOIN LATERAL (
        SELECT run.covered_until
        FROM derived.run
        WHERE run.name = asked.name AND run.resolver = asked.resolver AND run.state = 'open'
            AND (blocked.started_at IS NULL OR run.started_at < blocked.started_at)
        ORDER BY run.started_at DESC
        LIMIT 1
    ) AS open ON true
)
SELECT
    seen.order_id,
    seen.operator,
    seen.resolver,
    seen.name,
    seen.event,
    seen.notified_at,
    seen.limit_at,
    CASE
        WHEN seen.already THEN 'already'
        WHEN seen.blocked_at IS NOT NULL THEN 'later'
        WHEN seen.open_at >= seen.notified_at THEN 'not_yet'
        ELSE 'not_seen'
    END AS standing,
    CASE WHEN seen.already THEN NULL ELSE floor(extract(EPOCH FROM seen.after_at - seen.notified_at))::bigint END AS after_s,
    CASE WHEN seen.already THEN NULL ELSE ceil(extract(EPOCH FROM seen.blocked_at - seen.notified_at))::bigint END AS by_s,
    CASE
        WHEN seen.already OR seen.blocked_at <= seen.limit_at THEN 'yes'
        WHEN seen.open_at >= seen.limit_at AND seen.open_at >= seen.notified_at THEN 'no'
        ELSE 'undecided'
    END AS within_limit,
    CASE WHEN NOT seen.already THEN seen.open_at END AS open_at,
    seen.blocked_at,
    seen.label,
    encode(seen.blocked_witness, 'hex') AS blocked_witness_digest
FROM seen;

COMMENT ON VIEW analyst.compliance_speed IS 'How long after each notification a resolver began to withhold a name: after after_s seconds, and by by_s at the latest.';
COMMENT ON COLUMN analyst.compliance_speed.order_id IS 'Under which order.';
COMMENT ON COLUMN analyst.compliance_speed.operator IS 'The addressee, as a slug.';
COMMENT ON COLUMN analyst.compliance_speed.resolver IS 'Which of its resolvers.';
COMMENT ON COLUMN analyst.compliance_speed.name IS 'The name that is asked, with its final dot.';
COMMENT ON COLUMN analyst.compliance_speed.event IS 'What told the addressee: start (the event from which the order''s time runs), service, notification, demand, or list (a list that was notified has the name as new).';
COMMENT ON COLUMN analyst.compliance_speed.notified_at IS 'When; a day without an hour is taken from its beginning in the order''s time zone.';
COMMENT ON COLUMN analyst.compliance_speed.limit_at IS 'When the time to comply was over.';
COMMENT ON COLUMN analyst.compliance_speed.standing IS 'already (withheld when the notification came), later, not_yet (last seen open, after the notification) or not_seen (nothing is known since).';
COMMENT ON COLUMN analyst.compliance_speed.after_s IS 'Seconds from the notification to the last sample that was open before the first that was blocked; 0 where none lies between. Null where it was withheld already.';
COMMENT ON COLUMN analyst.compliance_speed.by_s IS 'Seconds from the notification to the first sample that was blocked; null while there is none.';
COMMENT ON COLUMN analyst.compliance_speed.within_limit IS 'yes, no, or undecided where the limit lies between the two.';
COMMENT ON COLUMN analyst.compliance_speed.open_at IS 'The last sample that was open before the first that was blocked.';
COMMENT ON COLUMN analyst.compliance_speed.blocked_at IS 'The first sample that was blocked.';
COMMENT ON COLUMN analyst.compliance_speed.label IS 'The fingerprint that matched there, for example a list other than the order''s.';
COMMENT ON COLUMN analyst.compliance_speed.blocked_witness_digest IS 'Leaf hash (hex) of the record that decided it.';
