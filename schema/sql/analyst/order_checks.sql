-- Who compared which value of an order with its document.

CREATE OR REPLACE VIEW analyst.order_checks AS
SELECT
    newest.order_id,
    checks.entry ->> 'field' AS field,
    checks.entry ->> 'value' AS value,
    checks.entry ->> 'document' AS document,
    checks.entry ->> 'page' AS page,
    checks.entry ->> 'by' AS checked_by,
    (checks.entry ->> 'on')::date AS checked_on
FROM (
    SELECT DISTINCT ON (legal_order.order_id) legal_order.order_id, legal_order.body
    FROM ledger.legal_order
    ORDER BY
        legal_order.order_id,
        coalesce(legal_order.body ->> 'terms_from', legal_order.body ->> 'issued_on')::date DESC,
        legal_order.version DESC
) AS newest
CROSS JOIN LATERAL jsonb_array_elements(coalesce(newest.body -> 'check', '[]')) AS checks (entry);

COMMENT ON VIEW analyst.order_checks IS 'Who compared which value of an order with its document.';
COMMENT ON COLUMN analyst.order_checks.order_id IS 'Of which order: of the terms that were in force last.';
COMMENT ON COLUMN analyst.order_checks.field IS 'Which value, as orders show calls it.';
COMMENT ON COLUMN analyst.order_checks.value IS 'Its text then; a value that was changed since must be compared again.';
COMMENT ON COLUMN analyst.order_checks.document IS 'SHA-256 (hex) of the document.';
COMMENT ON COLUMN analyst.order_checks.page IS 'Where in it.';
COMMENT ON COLUMN analyst.order_checks.checked_by IS 'By whom.';
COMMENT ON COLUMN analyst.order_checks.checked_on IS 'When.';
