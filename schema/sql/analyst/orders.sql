-- Orders, each by its newest version.

CREATE OR REPLACE VIEW analyst.orders AS
SELECT DISTINCT ON (legal_order.order_id)
    legal_order.order_id,
    legal_order.version,
    legal_order.body ->> 'title' AS title,
    legal_order.body ->> 'authority' AS authority,
    (legal_order.body ->> 'issued_on')::date AS issued_on,
    (legal_order.body ->> 'starts_on')::date AS starts_on,
    (legal_order.body ->> 'grace_days')::integer AS grace_days,
    coalesce(legal_order.body -> 'addressees', '[]') AS addressees,
    encode(legal_order.digest, 'hex') AS digest,
    legal_order.entered_at
FROM ledger.legal_order
ORDER BY legal_order.order_id, legal_order.version DESC;

COMMENT ON VIEW analyst.orders IS 'Orders, each by its newest version.';
COMMENT ON COLUMN analyst.orders.order_id IS 'Id, as in the order file.';
COMMENT ON COLUMN analyst.orders.version IS 'From 1.';
COMMENT ON COLUMN analyst.orders.title IS 'In words.';
COMMENT ON COLUMN analyst.orders.authority IS 'Who issued it.';
COMMENT ON COLUMN analyst.orders.issued_on IS 'When.';
COMMENT ON COLUMN analyst.orders.starts_on IS 'From when its terms run.';
COMMENT ON COLUMN analyst.orders.grace_days IS 'Days until it is due.';
COMMENT ON COLUMN analyst.orders.addressees IS 'Whom it obliges: operators as slugs.';
COMMENT ON COLUMN analyst.orders.digest IS 'SHA-256 (hex) of the file.';
COMMENT ON COLUMN analyst.orders.entered_at IS 'When this version was entered.';
