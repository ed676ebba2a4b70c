-- Two things that a probe's key signed and of which only one can be so.

CREATE OR REPLACE VIEW analyst.equivocations AS
SELECT
    vantage.probe,
    equivocation.what,
    ARRAY(SELECT encode(digest, 'hex') FROM unnest(equivocation.digests) WITH ORDINALITY AS named (digest, place) ORDER BY place)
        AS digests,
    equivocation.at
FROM ledger.equivocation
INNER JOIN ledger.vantage ON vantage.probe_no = equivocation.probe_no;

COMMENT ON VIEW analyst.equivocations IS 'Two things that a probe''s key signed and of which only one can be so; the probe was suspended.';
COMMENT ON COLUMN analyst.equivocations.probe IS 'Whose key.';
COMMENT ON COLUMN analyst.equivocations.what IS 'batch, close or head.';
COMMENT ON COLUMN analyst.equivocations.digests IS 'Of both (hex).';
COMMENT ON COLUMN analyst.equivocations.at IS 'When it was noticed.';
