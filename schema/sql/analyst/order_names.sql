-- The names of each order's newest version.

CREATE OR REPLACE VIEW analyst.order_names AS
SELECT
    newest.order_id,
    rtrim(lower(scope.value ->> 'name'), '.') || '.' AS name,
    scope.value ->> 'rule' AS rule,
    scope.value ->> 'family' AS family,
    coalesce((scope.value ->> 'verified')::boolean, false) AS verified
FROM (
    SELECT DISTINCT ON (legal_order.order_id) legal_order.order_id, legal_order.body
    FROM ledger.legal_order
    ORDER BY legal_order.order_id, legal_order.version DESC
) AS newest
CROSS JOIN LATERAL jsonb_array_elements(coalesce(newest.body -> 'scope', '[]')) AS scope (value);

COMMENT ON VIEW analyst.order_names IS 'The names each order covers, and how far.';
COMMENT ON COLUMN analyst.order_names.order_id IS 'Under which order.';
COMMENT ON COLUMN analyst.order_names.name IS 'With its final dot.';
COMMENT ON COLUMN analyst.order_names.rule IS 'exact, subtree, same_label_any_tld, listed_alias or adjudicated.';
COMMENT ON COLUMN analyst.order_names.family IS 'The site the name belongs to.';
COMMENT ON COLUMN analyst.order_names.verified IS 'True: a named person has compared it with the document.';
