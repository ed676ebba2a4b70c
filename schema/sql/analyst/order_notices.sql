-- What passed between the parties: service, notification of names, demands and replies.

CREATE OR REPLACE VIEW analyst.order_notices AS
SELECT
    newest.order_id,
    notices.number,
    notices.entry ->> 'kind' AS kind,
    notices.entry ->> 'operator' AS operator,
    (notices.entry ->> 'at')::timestamptz AS at,
    ARRAY(SELECT jsonb_array_elements_text(coalesce(notices.entry -> 'names', '[]'))) AS names,
    notices.entry ->> 'receipt' AS receipt,
    coalesce(notices.entry ->> 'receipt_name', '') AS receipt_name,
    coalesce(notices.entry ->> 'note', '') AS note,
    notices.entry ->> 'by' AS entered_by
FROM (
    SELECT DISTINCT ON (legal_order.order_id) legal_order.order_id, legal_order.body
    FROM ledger.legal_order
    ORDER BY
        legal_order.order_id,
        coalesce(legal_order.body ->> 'terms_from', legal_order.body ->> 'issued_on')::date DESC,
        legal_order.version DESC
) AS newest
CROSS JOIN LATERAL
    jsonb_array_elements(coalesce(newest.body -> 'notice', '[]')) WITH ORDINALITY AS notices (entry, number);

COMMENT ON VIEW analyst.order_notices IS 'What passed between the parties: service, notification of names, demands and replies.';
COMMENT ON COLUMN analyst.order_notices.order_id IS 'Under which order: of the terms that were in force last.';
COMMENT ON COLUMN analyst.order_notices.number IS 'From 1; orders verify calls it notice N.';
COMMENT ON COLUMN analyst.order_notices.kind IS 'service, notification, demand or reply.';
COMMENT ON COLUMN analyst.order_notices.operator IS 'To or from which addressee, as a slug.';
COMMENT ON COLUMN analyst.order_notices.at IS 'When.';
COMMENT ON COLUMN analyst.order_notices.names IS 'Which names; empty means all.';
COMMENT ON COLUMN analyst.order_notices.receipt IS 'SHA-256 (hex) of what shows it.';
COMMENT ON COLUMN analyst.order_notices.receipt_name IS 'What that file was called.';
COMMENT ON COLUMN analyst.order_notices.note IS 'In words.';
COMMENT ON COLUMN analyst.order_notices.entered_by IS 'Who entered it.';
