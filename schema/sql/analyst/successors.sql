-- Each candidate by what happened to it last.

CREATE OR REPLACE VIEW analyst.successors AS
SELECT
    latest.order_id,
    latest.family,
    latest.name,
    CASE
        WHEN latest.kind = 'queued' AND cardinality(coalesce(seconded.people, '{}')) > 0 THEN 'seconded'
        ELSE latest.kind
    END AS state,
    latest.score,
    latest.grounds,
    first_queued.at AS queued_at,
    latest.at AS changed_at,
    latest.by,
    latest.reason,
    coalesce(seconded.people, '{}') AS seconded_by
FROM (
    SELECT DISTINCT ON (successor_event.order_id, successor_event.name)
        successor_event.order_id,
        successor_event.name,
        successor_event.family,
        successor_event.kind,
        successor_event.at,
        successor_event.by,
        successor_event.reason,
        successor_event.score,
        successor_event.grounds
    FROM ledger.successor_event
    ORDER BY successor_event.order_id, successor_event.name, successor_event.at DESC
) AS latest
LEFT JOIN LATERAL (
    SELECT min(successor_event.at) AS at
    FROM ledger.successor_event
    WHERE successor_event.order_id = latest.order_id AND successor_event.name = latest.name
        AND successor_event.kind = 'queued'
) AS first_queued ON true
LEFT JOIN LATERAL (
    SELECT array_agg(successor_event.by ORDER BY successor_event.at) AS people
    FROM ledger.successor_event
    WHERE successor_event.order_id = latest.order_id AND successor_event.name = latest.name
        AND successor_event.kind = 'seconded'
        AND NOT EXISTS (
            SELECT FROM ledger.successor_event AS later
            WHERE later.order_id = latest.order_id AND later.name = latest.name
                AND later.kind = 'rejected' AND later.at >= successor_event.at
        )
) AS seconded ON true;

COMMENT ON VIEW analyst.successors IS 'Names that may be where an ordered site went, each as it stands. None is asked for under the order, and none counts, before a person accepts it.';
COMMENT ON COLUMN analyst.successors.order_id IS 'Under which order.';
COMMENT ON COLUMN analyst.successors.family IS 'Of which site.';
COMMENT ON COLUMN analyst.successors.name IS 'The candidate, with its final dot.';
COMMENT ON COLUMN analyst.successors.state IS 'queued, seconded (one of several persons accepts), accepted or rejected.';
COMMENT ON COLUMN analyst.successors.score IS 'Its score when that happened.';
COMMENT ON COLUMN analyst.successors.grounds IS 'What the score was made of: ground, value, member of the site, how many others share it, weight.';
COMMENT ON COLUMN analyst.successors.queued_at IS 'When a person was first asked to look at it.';
COMMENT ON COLUMN analyst.successors.changed_at IS 'When it came to stand as it does.';
COMMENT ON COLUMN analyst.successors.by IS 'Who brought that about; empty where it is the program.';
COMMENT ON COLUMN analyst.successors.reason IS 'Why, in that person''s words.';
COMMENT ON COLUMN analyst.successors.seconded_by IS 'Who accepts it so far where the order asks for several persons.';
