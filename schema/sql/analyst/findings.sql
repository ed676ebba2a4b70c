-- What the days add up to.

CREATE OR REPLACE VIEW analyst.findings AS
SELECT
    finding.order_id,
    finding.operator,
    finding.name,
    finding.due_on,
    finding.days_due,
    finding.days_compliant,
    finding.days_not_compliant,
    finding.days_undetermined,
    finding.amount_counted,
    finding.currency,
    finding.verified
FROM derived.finding;

COMMENT ON VIEW analyst.findings IS 'What the days of each order, operator and name add up to. Only not_compliant days are ever counted.';
COMMENT ON COLUMN analyst.findings.order_id IS 'Under which order.';
COMMENT ON COLUMN analyst.findings.operator IS 'The addressee, as a slug.';
COMMENT ON COLUMN analyst.findings.name IS 'The name that is asked, with its final dot.';
COMMENT ON COLUMN analyst.findings.due_on IS 'First day that is due.';
COMMENT ON COLUMN analyst.findings.days_due IS 'Days due so far.';
COMMENT ON COLUMN analyst.findings.days_compliant IS 'Of those, compliant.';
COMMENT ON COLUMN analyst.findings.days_not_compliant IS 'Of those, on which the name resolved.';
COMMENT ON COLUMN analyst.findings.days_undetermined IS 'Of those, undetermined.';
COMMENT ON COLUMN analyst.findings.amount_counted IS 'Penalty of the counted days; null while a term it needs is not verified.';
COMMENT ON COLUMN analyst.findings.currency IS 'ISO 4217.';
COMMENT ON COLUMN analyst.findings.verified IS 'True: every value this rests on was compared with the document.';
