-- Names that a resolver withholds and no order to its operator covers, or none does any more. Whoever may be covered counts as
-- covered: of same_label_any_tld any label of the name will do here. A list may have more names than can be compared each with
-- each: what covers a name is looked up for it alone.

CREATE OR REPLACE VIEW analyst.over_blocking AS
WITH withheld AS (
    SELECT
        run.resolver,
        registry.operator_slug AS operator,
        run.name,
        string_to_array(run.name, '.') AS labels,  -- the last is empty: names end with a dot
        run.started_at,
        run.ended_at,
        run.covered_until,
        run.how,
        run.label,
        run.witness_digest,
        run.notes
    FROM derived.run
    INNER JOIN LATERAL (
        SELECT resolver.operator_slug, resolver.kind
        FROM ledger.resolver
        WHERE resolver.resolver = run.resolver
        ORDER BY resolver.policy DESC
        LIMIT 1
    ) AS registry ON registry.kind <> 'control'
    WHERE run.state = 'blocked' AND run.origin = 'resolver'
),
newest AS (
    SELECT DISTINCT ON (legal_order.order_id) legal_order.order_id, legal_order.body
    FROM ledger.legal_order
    ORDER BY legal_order.order_id, legal_order.version DESC
),
bound AS (
    SELECT
        newest.order_id,
        newest.body,
        slug.operator,
        coalesce(newest.body ->> 'instrument', 'injunction') AS instrument,
        coalesce(newest.body ->> 'timezone', 'Europe/Rome') AS zone,
        (newest.body ->> 'issued_on')::date AS since,
        least((newest.body ->> 'valid_to')::date, (
            SELECT (terms.term ->> 'ends_on')::date
            FROM jsonb_array_elements(coalesce(newest.body -> 'terms', '[]')) AS terms (term)
            WHERE terms.term ->> 'operator' = slug.operator
            LIMIT 1
        )) AS until
    FROM newest
    CROSS JOIN LATERAL jsonb_array_elements_text(newest.body -> 'addressees') AS slug (operator)
    WHERE coalesce(newest.body ->> 'instrument', 'injunction') <> 'watch'
),
ruled AS (
    SELECT bound.order_id, bound.operator, bound.instrument, bound.zone, bound.since, bound.until, scope.entry
    FROM bound
    CROSS JOIN LATERAL jsonb_array_elements(coalesce(bound.body -> 'scope', '[]')) AS scope (entry)
),
told AS (
    SELECT
        withheld.resolver,
        withheld.operator,
        withheld.name,
        withheld.started_at,
        withheld.ended_at,
        withheld.covered_until,
        withheld.how,
        withheld.label,
        withheld.witness_digest,
        withheld.notes,
        settled.order_id,
        settled.until,
        settled.zone,
        settled.in_force,
        settled.demanded
    FROM withheld
    CROSS JOIN LATERAL (
        SELECT
            (array_agg(covered.order_id ORDER BY covered.until DESC NULLS FIRST, covered.order_id))[1] AS order_id,
            (array_agg(covered.until ORDER BY covered.until DESC NULLS FIRST, covered.order_id))[1] AS until,
            (array_agg(covered.zone ORDER BY covered.until DESC NULLS FIRST, covered.order_id))[1] AS zone,
            bool_or(
                covered.instrument <> 'demand'
                AND (covered.until IS NULL OR covered.until >= (withheld.covered_until AT TIME ZONE covered.zone)::date)
            ) AS in_force,
            bool_or(covered.instrument = 'demand') AS demanded
        FROM (
            SELECT ruled.order_id, ruled.instrument, ruled.zone, ruled.until
            FROM ruled
            WHERE ruled.operator = withheld.operator AND CASE ruled.entry ->> 'rule'
                WHEN 'subtree' THEN
                    withheld.name = ruled.entry ->> 'name'
                    OR right(withheld.name, length(ruled.entry ->> 'name') + 1) = '.' || (ruled.entry ->> 'name')
                WHEN 'same_label_any_tld' THEN
                    split_part(regexp_replace(ruled.entry ->> 'name', '^www\.', ''), '.', 1) = ANY (withheld.labels)
                ELSE
                    withheld.name = ruled.entry ->> 'name'
                    OR EXISTS (
                        SELECT FROM jsonb_array_elements(coalesce(ruled.entry -> 'attached', '[]')) AS attached (one)
                        WHERE attached.one ->> 'name' = withheld.name
                    )
            END
            UNION ALL
            SELECT bound.order_id, bound.instrument, bound.zone, least(bound.until, listed.removed_on)
            FROM bound
            CROSS JOIN LATERAL (
                SELECT CASE WHEN list_change.added THEN NULL ELSE
                    (coalesce(list_version.notified_at, list_version.entered_at) AT TIME ZONE bound.zone)::date END AS removed_on
                FROM ledger.list_change
                INNER JOIN ledger.list_version
                    ON list_version.order_id = list_change.order_id AND list_version.version = list_change.version
                WHERE list_change.order_id = bound.order_id AND list_change.entry = withheld.name
                ORDER BY list_change.version DESC
                LIMIT 1
            ) AS listed
            WHERE bound.operator = withheld.operator
            UNION ALL
            SELECT bound.order_id, bound.instrument, bound.zone, bound.until
            FROM bound
            CROSS JOIN LATERAL (
                SELECT
                FROM ledger.list_change
                WHERE list_change.order_id = bound.order_id AND list_change.kind = 'below' AND list_change.added
                    AND list_change.entry = ANY (ARRAY(
                        SELECT '*.' || array_to_string(withheld.labels[above.first :], '.')
                        FROM generate_series(2, cardinality(withheld.labels) - 1) AS above (first)
                    ))
                LIMIT 1  -- and by the list's key
            ) AS listed
            WHERE bound.operator = withheld.operator
        ) AS covered
    ) AS settled
)
SELECT
    told.resolver,
    told.operator,
    told.name,
    CASE
        WHEN told.order_id IS NULL THEN 'never_ordered'
        WHEN told.demanded AND told.until IS NULL THEN 'demand_only'
        ELSE 'no_longer_ordered'
    END AS reason,
    told.label,
    'other_authority' = ANY (told.notes) AS other_authority,
    told.how,
    greatest(told.started_at, CASE WHEN told.until IS NOT NULL THEN (told.until + 1)::timestamp AT TIME ZONE told.zone END) AS since,
    told.covered_until,
    told.ended_at,
    told.order_id,
    told.until AS ordered_until,
    reach.applies,
    reach.blocked_in,
    reach.open_in,
    encode(told.witness_digest, 'hex') AS witness_digest
FROM told
LEFT JOIN LATERAL (
    SELECT block_reach.applies, block_reach.blocked_in, block_reach.open_in
    FROM analyst.block_reach
    WHERE block_reach.resolver = told.resolver AND block_reach.name = told.name
    LIMIT 1  -- a pair has one; so it is asked for that pair alone
) AS reach ON told.ended_at IS NULL
WHERE told.in_force IS NOT TRUE;

COMMENT ON VIEW analyst.over_blocking IS 'Names that a resolver is shown to withhold and that no order to its operator covers, or none does any more. What other instruments may oblige it to is not known here: read the label first.';
COMMENT ON COLUMN analyst.over_blocking.resolver IS 'Id of the resolver.';
COMMENT ON COLUMN analyst.over_blocking.operator IS 'Its operator, as a slug.';
COMMENT ON COLUMN analyst.over_blocking.name IS 'The name that is asked, with its final dot.';
COMMENT ON COLUMN analyst.over_blocking.reason IS 'never_ordered (no order here covers it), no_longer_ordered (the order ended, or the name was taken off its list) or demand_only (somebody asked for it by letter).';
COMMENT ON COLUMN analyst.over_blocking.label IS 'The fingerprint that matched: under whose list it is withheld, where that is known.';
COMMENT ON COLUMN analyst.over_blocking.other_authority IS 'True: the block is of another authority''s list.';
COMMENT ON COLUMN analyst.over_blocking.how IS 'By what answer the name is withheld.';
COMMENT ON COLUMN analyst.over_blocking.since IS 'First sample that was blocked, or the day after the order''s last.';
COMMENT ON COLUMN analyst.over_blocking.covered_until IS 'Last sample that was blocked.';
COMMENT ON COLUMN analyst.over_blocking.ended_at IS 'When another state began; null while it lasts.';
COMMENT ON COLUMN analyst.over_blocking.order_id IS 'The order that covered it, or the letter.';
COMMENT ON COLUMN analyst.over_blocking.ordered_until IS 'Last day on which it did.';
COMMENT ON COLUMN analyst.over_blocking.applies IS 'Where the block applies now: everywhere, territory_only, some_sites or not_known.';
COMMENT ON COLUMN analyst.over_blocking.blocked_in IS 'Countries from which it is withheld.';
COMMENT ON COLUMN analyst.over_blocking.open_in IS 'Countries to which it is answered.';
COMMENT ON COLUMN analyst.over_blocking.witness_digest IS 'Leaf hash (hex) of the record that decided the first sample.';
