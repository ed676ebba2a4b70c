-- What the same days come to by each event from which time might run.

CREATE OR REPLACE VIEW analyst.finding_readings AS
SELECT
    finding_reading.order_id,
    finding_reading.operator,
    finding_reading.name,
    finding_reading.reading,
    finding_reading.starts_on,
    finding_reading.due_on,
    finding_reading.days_due,
    finding_reading.days_not_compliant,
    finding_reading.amount,
    finding_reading.currency,
    finding_reading.chosen
FROM derived.finding_reading;

COMMENT ON VIEW analyst.finding_readings IS 'Hypotheses of counting, side by side: what the days come to by each event from which time might run. None is a result.';
COMMENT ON COLUMN analyst.finding_readings.order_id IS 'Under which order.';
COMMENT ON COLUMN analyst.finding_readings.operator IS 'The addressee, as a slug.';
COMMENT ON COLUMN analyst.finding_readings.name IS 'The name that is asked, with its final dot.';
COMMENT ON COLUMN analyst.finding_readings.reading IS 'order, service, publication, notice or confirmation (the appeal).';
COMMENT ON COLUMN analyst.finding_readings.starts_on IS 'Day of that event; null where it is not known.';
COMMENT ON COLUMN analyst.finding_readings.due_on IS 'First day that would be due.';
COMMENT ON COLUMN analyst.finding_readings.days_due IS 'Days that would be due so far.';
COMMENT ON COLUMN analyst.finding_readings.days_not_compliant IS 'Of those, on which the name resolved.';
COMMENT ON COLUMN analyst.finding_readings.amount IS 'What they would come to.';
COMMENT ON COLUMN analyst.finding_readings.currency IS 'ISO 4217.';
COMMENT ON COLUMN analyst.finding_readings.chosen IS 'True: it is the event that the order file names.';
