-- What the program queued and people decided, as it happened.

CREATE OR REPLACE VIEW analyst.successor_events AS
SELECT
    successor_event.order_id,
    successor_event.family,
    successor_event.name,
    successor_event.at,
    successor_event.kind,
    successor_event.by,
    successor_event.reason,
    successor_event.score,
    successor_event.grounds
FROM ledger.successor_event;

COMMENT ON VIEW analyst.successor_events IS 'What became of names that may be where an ordered site went: queued by the program, decided by people.';
COMMENT ON COLUMN analyst.successor_events.order_id IS 'Under which order.';
COMMENT ON COLUMN analyst.successor_events.family IS 'Of which site.';
COMMENT ON COLUMN analyst.successor_events.name IS 'The candidate, with its final dot.';
COMMENT ON COLUMN analyst.successor_events.at IS 'When.';
COMMENT ON COLUMN analyst.successor_events.kind IS 'queued, seconded (one of several persons accepts), accepted or rejected.';
COMMENT ON COLUMN analyst.successor_events.by IS 'Who; empty where it is the program.';
COMMENT ON COLUMN analyst.successor_events.reason IS 'Why, in that person''s words.';
COMMENT ON COLUMN analyst.successor_events.score IS 'The candidate''s score then.';
COMMENT ON COLUMN analyst.successor_events.grounds IS 'What the score was made of then.';
