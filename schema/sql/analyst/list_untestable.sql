-- What lists hold now that no answer of a resolver can show: URLs and addresses.

CREATE OR REPLACE VIEW analyst.list_untestable AS
SELECT
    newest.order_id,
    newest.entry,
    newest.kind,
    CASE newest.kind
        WHEN 'url' THEN 'a part of a site: resolvers are asked for whole names only'
        ELSE 'an address: resolvers are asked for names only'
    END AS why,
    newest.version AS since_version,
    list_version.entered_at AS since,
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
WHERE newest.added AND newest.kind IN ('url', 'address');

COMMENT ON VIEW analyst.list_untestable IS 'What lists hold now that no answer of a resolver can show: URLs and addresses.';
COMMENT ON COLUMN analyst.list_untestable.order_id IS 'Under which order.';
COMMENT ON COLUMN analyst.list_untestable.entry IS 'The URL as it stands, or the address or prefix.';
COMMENT ON COLUMN analyst.list_untestable.kind IS 'url or address.';
COMMENT ON COLUMN analyst.list_untestable.why IS 'Why DNS shows nothing of it.';
COMMENT ON COLUMN analyst.list_untestable.since_version IS 'The version of the list that added it last.';
COMMENT ON COLUMN analyst.list_untestable.since IS 'When that version was entered here.';
COMMENT ON COLUMN analyst.list_untestable.line IS 'Line of that version''s file.';
