-- Lists of names under orders, every version, with what it changed.

CREATE OR REPLACE VIEW analyst.lists AS
SELECT
    list_version.order_id,
    list_version.version,
    list_version.version = max(list_version.version) OVER (PARTITION BY list_version.order_id) AS newest,
    list_version.format,
    list_version.header_number,
    list_version.header_day,
    list_version.entries,
    changed.added,
    changed.removed,
    list_version.repeated,
    list_version.odd_lines,
    list_version.notified_at,
    list_version.entered_at,
    list_version.entered_by,
    list_version.reason,
    list_version.file_name,
    list_version.header,
    encode(list_version.digest, 'hex') AS digest
FROM ledger.list_version
CROSS JOIN LATERAL (
    SELECT
        count(*) FILTER (WHERE list_change.added) AS added,
        count(*) FILTER (WHERE NOT list_change.added) AS removed
    FROM ledger.list_change
    WHERE list_change.order_id = list_version.order_id AND list_change.version = list_version.version
) AS changed;

COMMENT ON VIEW analyst.lists IS 'Lists of names under orders, every version, with what it changed.';
COMMENT ON COLUMN analyst.lists.order_id IS 'Under which order.';
COMMENT ON COLUMN analyst.lists.version IS 'From 1.';
COMMENT ON COLUMN analyst.lists.newest IS 'True: this version is in force.';
COMMENT ON COLUMN analyst.lists.format IS 'agcom, hosts, rpz, plain or csv.';
COMMENT ON COLUMN analyst.lists.header_number IS 'Number of the list, out of its header.';
COMMENT ON COLUMN analyst.lists.header_day IS 'Day of the list, out of its header.';
COMMENT ON COLUMN analyst.lists.entries IS 'How many entries it has.';
COMMENT ON COLUMN analyst.lists.added IS 'How many of them the version before did not have.';
COMMENT ON COLUMN analyst.lists.removed IS 'How many of the version before it has no more.';
COMMENT ON COLUMN analyst.lists.repeated IS 'Lines that say again what another says.';
COMMENT ON COLUMN analyst.lists.odd_lines IS 'Numbers of the lines that were not understood, and are no entries.';
COMMENT ON COLUMN analyst.lists.notified_at IS 'When its new names were notified, if somebody said so.';
COMMENT ON COLUMN analyst.lists.entered_at IS 'When it was entered here.';
COMMENT ON COLUMN analyst.lists.entered_by IS 'By whom.';
COMMENT ON COLUMN analyst.lists.reason IS 'Why.';
COMMENT ON COLUMN analyst.lists.file_name IS 'What the file was called.';
COMMENT ON COLUMN analyst.lists.header IS 'Its first line where that is a header, as it stood; else empty.';
COMMENT ON COLUMN analyst.lists.digest IS 'SHA-256 (hex) of the file.';
