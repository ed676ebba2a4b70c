-- Signed heads of the collector's logs, and who vouches for them.

CREATE OR REPLACE VIEW analyst.checkpoints AS
SELECT
    checkpoint.size,
    checkpoint.signed_at,
    encode(checkpoint.root, 'hex') AS root,
    (
        SELECT count(*)::integer FROM ledger.cosignature
        WHERE cosignature.log = checkpoint.log AND cosignature.size = checkpoint.size
    ) AS cosignatures,
    stamped.stamps,
    stamped.first_stamp_at,
    log.origin
FROM ledger.checkpoint
INNER JOIN ledger.log ON log.log = checkpoint.log
CROSS JOIN LATERAL (
    SELECT count(*)::integer AS stamps, min(stamp.gen_at) AS first_stamp_at
    FROM ledger.stamp
    WHERE stamp.log = checkpoint.log AND stamp.size = checkpoint.size
) AS stamped;

COMMENT ON VIEW analyst.checkpoints IS 'Signed heads of the collector''s logs.';
COMMENT ON COLUMN analyst.checkpoints.size IS 'How many lines.';
COMMENT ON COLUMN analyst.checkpoints.signed_at IS 'When, by the collector''s clock.';
COMMENT ON COLUMN analyst.checkpoints.root IS 'Root over the lines (hex).';
COMMENT ON COLUMN analyst.checkpoints.cosignatures IS 'How many witnesses saw it.';
COMMENT ON COLUMN analyst.checkpoints.stamps IS 'How many authorities stamped it.';
COMMENT ON COLUMN analyst.checkpoints.first_stamp_at IS 'Earliest time in a token; null where none came yet.';
COMMENT ON COLUMN analyst.checkpoints.origin IS 'Of which log.';
