-- The rules of each order's last terms, and the names that people attached to them. A rule is verified by as many people as
-- the order asks for: who entered the file that calls it so, and who compared its present text with the order's document.

CREATE OR REPLACE VIEW analyst.order_names AS
WITH versions AS (
    SELECT
        legal_order.order_id,
        legal_order.version,
        legal_order.body,
        coalesce(legal_order.body ->> 'terms_from', legal_order.body ->> 'issued_on')::date AS terms_from,
        CASE WHEN legal_order.file IS NOT NULL OR legal_order.entered_by = '' THEN legal_order.version END AS of_file,
        legal_order.entered_by
    FROM ledger.legal_order
),
newest AS (
    SELECT DISTINCT ON (versions.order_id)
        versions.order_id,
        versions.body,
        coalesce(
            (
                SELECT given.entered_by
                FROM versions AS given
                WHERE given.order_id = versions.order_id AND given.terms_from = versions.terms_from AND given.of_file <= versions.version
                ORDER BY given.of_file DESC
                LIMIT 1
            ),
            versions.entered_by
        ) AS vouched_by
    FROM versions
    ORDER BY versions.order_id, versions.terms_from DESC, versions.version DESC
),
rules AS (
    SELECT
        newest.order_id,
        scope.number,
        scope.entry,
        rtrim(lower(scope.entry ->> 'name'), '.') || '.' AS name,
        coalesce((newest.body ->> 'persons')::integer, 1) <= (
            -- Who has no name may be any of the others. Two spellings of one name are one person.
            SELECT greatest(count(DISTINCT people.person) FILTER (WHERE people.person <> ''), least(count(*), 1))
            FROM (
                SELECT
                    (
                        SELECT coalesce(string_agg(words.word, ' ' ORDER BY words.word), '')
                        FROM regexp_split_to_table(
                            lower(regexp_replace(normalize(told.person, NFKD), '[\u0300-\u036f\u200b-\u200f]', '', 'g')),
                            '[[:space:][:punct:]]+'
                        ) AS words (word)
                        WHERE words.word <> ''
                    ) AS person
                FROM (
                    SELECT newest.vouched_by AS person
                    WHERE coalesce((scope.entry ->> 'verified')::boolean, false)
                    UNION ALL
                    SELECT checks.entry ->> 'by'
                    FROM jsonb_array_elements(coalesce(newest.body -> 'check', '[]')) AS checks (entry)
                    WHERE
                        checks.entry ->> 'field' = 'scope ' || rtrim(scope.entry ->> 'name', '.') || ' ' || (scope.entry ->> 'rule')
                        AND checks.entry ->> 'value' = (scope.entry ->> 'name') || ' ' || (scope.entry ->> 'rule')
                        AND coalesce(newest.body -> 'document' ->> 'sha256', checks.entry ->> 'document') = checks.entry ->> 'document'
                ) AS told
            ) AS people
        ) AS verified
    FROM newest
    CROSS JOIN LATERAL jsonb_array_elements(coalesce(newest.body -> 'scope', '[]')) WITH ORDINALITY AS scope (entry, number)
)
SELECT
    rules.order_id,
    rules.name,
    rules.entry ->> 'rule' AS rule,
    rules.entry ->> 'family' AS family,
    rules.verified,
    rules.number,
    NULL::text AS attached_to,
    NULL::date AS attached_on,
    NULL::text AS attached_by,
    NULL::text AS reason,
    NULL::text AS evidence
FROM rules
UNION ALL
SELECT
    rules.order_id,
    attached.entry ->> 'name' AS name,
    rules.entry ->> 'rule' AS rule,
    rules.entry ->> 'family' AS family,
    rules.verified,
    rules.number,
    rules.name AS attached_to,
    (attached.entry ->> 'on')::date AS attached_on,
    attached.entry ->> 'by' AS attached_by,
    attached.entry ->> 'reason' AS reason,
    attached.entry ->> 'evidence' AS evidence
FROM rules
CROSS JOIN LATERAL jsonb_array_elements(coalesce(rules.entry -> 'attached', '[]')) AS attached (entry);

COMMENT ON VIEW analyst.order_names IS 'The names each order covers, and how far; those of its list are in list_names.';
COMMENT ON COLUMN analyst.order_names.order_id IS 'Under which order.';
COMMENT ON COLUMN analyst.order_names.name IS 'With its final dot.';
COMMENT ON COLUMN analyst.order_names.rule IS 'exact, subtree, same_label_any_tld, listed_alias or adjudicated.';
COMMENT ON COLUMN analyst.order_names.family IS 'The site the name belongs to.';
COMMENT ON COLUMN analyst.order_names.verified IS 'True: as many people as the order asks for have compared the rule with the document.';
COMMENT ON COLUMN analyst.order_names.number IS 'Number of the rule in the order, from 1.';
COMMENT ON COLUMN analyst.order_names.attached_to IS 'Of a name that was attached later: the name whose site it is of. Else null.';
COMMENT ON COLUMN analyst.order_names.attached_on IS 'Since when; it is due from a notice that names it, never before.';
COMMENT ON COLUMN analyst.order_names.attached_by IS 'By whom.';
COMMENT ON COLUMN analyst.order_names.reason IS 'Why.';
COMMENT ON COLUMN analyst.order_names.evidence IS 'On what evidence.';
