-- The lines of the log that this collector writes now.

CREATE OR REPLACE VIEW analyst.log AS
SELECT
    log_entry.index,
    log_entry.kind,
    log_entry.ref,
    convert_from(log_entry.line, 'UTF8')::jsonb ->> 'at' AS at,
    encode(log_entry.leaf, 'hex') AS leaf,
    convert_from(log_entry.line, 'UTF8') AS line
FROM ledger.log_entry
WHERE log_entry.log = (SELECT max(log.log) FROM ledger.log);

COMMENT ON VIEW analyst.log IS 'The collector''s log, one row a line: everything that evidence rests on, in the order in which it entered.';
COMMENT ON COLUMN analyst.log.index IS 'Place in the log, from 0.';
COMMENT ON COLUMN analyst.log.kind IS 'What entered: log, policy, questions, enrolment, key, standing, order, stamp, plan, equivocation, probe_checkpoint.';
COMMENT ON COLUMN analyst.log.ref IS 'Which one.';
COMMENT ON COLUMN analyst.log.at IS 'Time in the line, where it has one; the collector''s word.';
COMMENT ON COLUMN analyst.log.leaf IS 'SHA-256(0x00 || line), hex.';
COMMENT ON COLUMN analyst.log.line IS 'The line.';
