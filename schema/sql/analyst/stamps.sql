-- Time-stamp tokens, and how late they came.

CREATE OR REPLACE VIEW analyst.stamps AS
SELECT
    stamp.authority,
    stamp.qualified,
    stamp.size,
    stamp.gen_at,
    extract(epoch FROM stamp.gen_at - checkpoint.signed_at)::double precision AS lateness_s,
    (
        SELECT count(*)::integer FROM ledger.stamp_trouble
        WHERE stamp_trouble.log = stamp.log AND stamp_trouble.size = stamp.size AND stamp_trouble.authority = stamp.authority
    ) AS failed_tries,
    encode(stamp.token, 'hex') AS token,
    log.origin
FROM ledger.stamp
INNER JOIN ledger.checkpoint ON checkpoint.log = stamp.log AND checkpoint.size = stamp.size
INNER JOIN ledger.log ON log.log = stamp.log;

COMMENT ON VIEW analyst.stamps IS 'Time-stamp tokens over checkpoints.';
COMMENT ON COLUMN analyst.stamps.authority IS 'Who stamped.';
COMMENT ON COLUMN analyst.stamps.qualified IS 'Whether the settings call it qualified (eIDAS art. 42).';
COMMENT ON COLUMN analyst.stamps.size IS 'Size of the checkpoint.';
COMMENT ON COLUMN analyst.stamps.gen_at IS 'Time in the token.';
COMMENT ON COLUMN analyst.stamps.lateness_s IS 'Seconds from the checkpoint''s signature to that time, by two clocks.';
COMMENT ON COLUMN analyst.stamps.failed_tries IS 'Tries with the same authority that failed before.';
COMMENT ON COLUMN analyst.stamps.token IS 'SHA-256 of the reply (hex): its name in the log and in plans.';
COMMENT ON COLUMN analyst.stamps.origin IS 'Of which log.';
