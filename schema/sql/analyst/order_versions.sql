-- Every version of every order: who entered it, when and why.

CREATE OR REPLACE VIEW analyst.order_versions AS
SELECT
    legal_order.order_id,
    legal_order.version,
    terms.terms_from,
    legal_order.version = max(legal_order.version) OVER (
        PARTITION BY legal_order.order_id, terms.terms_from
    ) AS holds,
    legal_order.entered_at,
    legal_order.entered_by,
    legal_order.reason,
    encode(legal_order.document, 'hex') AS document,
    encode(legal_order.digest, 'hex') AS digest,
    legal_order.file IS NOT NULL AS from_file
FROM ledger.legal_order
CROSS JOIN LATERAL (
    SELECT coalesce(legal_order.body ->> 'terms_from', legal_order.body ->> 'issued_on')::date AS terms_from
) AS terms;

COMMENT ON VIEW analyst.order_versions IS 'Every version of every order: who entered it, when and why.';
COMMENT ON COLUMN analyst.order_versions.order_id IS 'Id, as in the order file.';
COMMENT ON COLUMN analyst.order_versions.version IS 'From 1; nothing of one is ever changed.';
COMMENT ON COLUMN analyst.order_versions.terms_from IS 'First day on which its terms were in force; a later version with the same day corrects it.';
COMMENT ON COLUMN analyst.order_versions.holds IS 'True: no later version corrects it.';
COMMENT ON COLUMN analyst.order_versions.entered_at IS 'When.';
COMMENT ON COLUMN analyst.order_versions.entered_by IS 'Who; empty where a program did.';
COMMENT ON COLUMN analyst.order_versions.reason IS 'Why.';
COMMENT ON COLUMN analyst.order_versions.document IS 'SHA-256 (hex) of what it was made from: the document, or a receipt; null where none was named.';
COMMENT ON COLUMN analyst.order_versions.digest IS 'SHA-256 (hex) of the file, or of what a command made.';
COMMENT ON COLUMN analyst.order_versions.from_file IS 'True: a file was given; false: a command or a scenario made it.';
