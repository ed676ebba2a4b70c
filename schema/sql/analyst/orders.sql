-- Orders, each by the terms that were in force last, as they were corrected last.

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
    legal_order.entered_at,
    coalesce(legal_order.body ->> 'instrument', 'injunction') AS instrument,
    coalesce(legal_order.body ->> 'territory', 'IT') AS territory,
    coalesce(legal_order.body ->> 'terms_from', legal_order.body ->> 'issued_on')::date AS terms_from,
    coalesce(legal_order.body ->> 'starts_from', 'order') AS starts_from,
    (legal_order.body ->> 'valid_to')::date AS valid_to,
    legal_order.body -> 'document' ->> 'sha256' AS document,
    coalesce((legal_order.body ->> 'persons')::integer, 1) AS persons,
    jsonb_array_length(coalesce(legal_order.body -> 'unknown', '[]')) AS open_questions,
    legal_order.entered_by,
    legal_order.reason
FROM ledger.legal_order
ORDER BY
    legal_order.order_id,
    coalesce(legal_order.body ->> 'terms_from', legal_order.body ->> 'issued_on')::date DESC,
    legal_order.version DESC;

COMMENT ON VIEW analyst.orders IS 'Orders, each by the terms that were in force last, as they were corrected last.';
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
COMMENT ON COLUMN analyst.orders.instrument IS 'injunction or authority_order; demand and watch oblige nobody.';
COMMENT ON COLUMN analyst.orders.territory IS 'Country (ISO 3166-1) in which it holds; empty where that is not said.';
COMMENT ON COLUMN analyst.orders.terms_from IS 'First day on which these terms were in force.';
COMMENT ON COLUMN analyst.orders.starts_from IS 'The event from which time runs: order, service, publication, notice or confirmation.';
COMMENT ON COLUMN analyst.orders.valid_to IS 'Its last day; null where no end is known.';
COMMENT ON COLUMN analyst.orders.document IS 'SHA-256 (hex) of the document that the values are compared with.';
COMMENT ON COLUMN analyst.orders.persons IS 'How many people must have compared a value with it.';
COMMENT ON COLUMN analyst.orders.open_questions IS 'Questions to be answered before any day is counted.';
COMMENT ON COLUMN analyst.orders.entered_by IS 'Who entered this version; empty where a program did.';
COMMENT ON COLUMN analyst.orders.reason IS 'Why there is this version.';
