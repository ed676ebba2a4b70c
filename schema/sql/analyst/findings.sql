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
    finding.verified,
    finding.days_partly_compliant,
    finding.days_not_testable,
    finding.days_would_be,
    finding.amount_would_be,
    finding.missing
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
COMMENT ON COLUMN analyst.findings.amount_counted IS 'Penalty of the counted days; 0 while a value it needs is not verified.';
COMMENT ON COLUMN analyst.findings.currency IS 'ISO 4217.';
COMMENT ON COLUMN analyst.findings.verified IS 'True: every value this rests on was compared with the document.';
COMMENT ON COLUMN analyst.findings.days_partly_compliant IS 'Of the days due, on which both was seen.';
COMMENT ON COLUMN analyst.findings.days_not_testable IS 'Of the days due, on which the name was dead or parked.';
COMMENT ON COLUMN analyst.findings.days_would_be IS 'Days that would be not_compliant if every value were verified; the counted ones among them.';
COMMENT ON COLUMN analyst.findings.amount_would_be IS 'What they would come to, by the lowest reading of what is not settled.';
COMMENT ON COLUMN analyst.findings.missing IS 'Values that nobody has verified, and questions that are open.';
