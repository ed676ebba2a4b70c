-- The names that lists hold now.

CREATE OR REPLACE VIEW analyst.list_names AS
SELECT
    newest.order_id,
    newest.entry AS name,
    newest.kind,
    newest.version AS since_version,
    list_version.entered_at AS since,
    list_version.header_day AS listed_on,
    list_version.notified_at,
    newest.line
FROM (
    SELECT DISTINCT ON (list_change.order_id, list_change.entry)
        list_change.order_id,
        list_change.entry,
        list_change.version,
        list_change.added,
        list_change.kind,
        list_change.line
    FROM ledger.list_change
    ORDER BY list_change.order_id, list_change.entry, list_change.version DESC
) AS newest
INNER JOIN ledger.list_version
    ON newest.order_id = list_version.order_id AND newest.version = list_version.version
WHERE newest.added AND newest.kind IN ('name', 'below');

COMMENT ON VIEW analyst.list_names IS 'The names that lists hold now.';
COMMENT ON COLUMN analyst.list_names.order_id IS 'Under which order.';
COMMENT ON COLUMN analyst.list_names.name IS 'With its final dot; after *. where it is all below the name.';
COMMENT ON COLUMN analyst.list_names.kind IS 'name, or below: all beneath a name, which has an entry of its own.';
COMMENT ON COLUMN analyst.list_names.since_version IS 'The version of the list that added it last.';
COMMENT ON COLUMN analyst.list_names.since IS 'When that version was entered here.';
COMMENT ON COLUMN analyst.list_names.listed_on IS 'Day of that version, out of its header.';
COMMENT ON COLUMN analyst.list_names.notified_at IS 'When the new names of that version were notified, if somebody said so.';
COMMENT ON COLUMN analyst.list_names.line IS 'Line of that version''s file.';
