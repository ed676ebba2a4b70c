-- What independent operators said of each name, one state after the other. Reads runs alone.

CREATE OR REPLACE VIEW analyst.name_history AS
SELECT
    name_run.name,
    name_run.ground,
    name_run.name_servers,
    name_run.soa,
    name_run.parked,
    name_run.started_at,
    name_run.covered_until,
    name_run.vantages,
    name_run.samples,
    name_run.changed
FROM derived.name_run;

COMMENT ON VIEW analyst.name_history IS 'What independent operators said of each name, one state after the other: a name that dies, comes back or goes to another owner shows here.';
COMMENT ON COLUMN analyst.name_history.name IS 'The name that is asked, with its final dot.';
COMMENT ON COLUMN analyst.name_history.ground IS 'alive, dead (it does not exist) or nodata (it exists and has no address).';
COMMENT ON COLUMN analyst.name_history.name_servers IS 'Name servers that at least two operators agree on, sorted; empty where that is not known.';
COMMENT ON COLUMN analyst.name_history.soa IS 'Primary name server and mailbox of the SOA they agree on; empty where that is not known.';
COMMENT ON COLUMN analyst.name_history.parked IS 'True: a parking service answers.';
COMMENT ON COLUMN analyst.name_history.started_at IS 'Start of the first plan that says so.';
COMMENT ON COLUMN analyst.name_history.covered_until IS 'Start of the last plan that says so: the change to the next row lies between this and its started_at.';
COMMENT ON COLUMN analyst.name_history.vantages IS 'Vantages that say so in that plan.';
COMMENT ON COLUMN analyst.name_history.samples IS 'Plans that say so; in each at least two thirds of the vantages that decide agree.';
COMMENT ON COLUMN analyst.name_history.changed IS 'What differs from what was known before: ground, name_servers, soa, parked. name_servers and soa together: registered anew, or moved.';
