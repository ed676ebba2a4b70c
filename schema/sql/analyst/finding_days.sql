-- What each day came to.

CREATE OR REPLACE VIEW analyst.finding_days AS
SELECT
    finding_day.order_id,
    finding_day.operator,
    finding_day.resolver,
    finding_day.name,
    finding_day.day,
    finding_day.finding,
    finding_day.reason,
    finding_day.state,
    finding_day.networks,
    finding_day.samples_planned,
    finding_day.samples_countable,
    encode(finding_day.first_witness, 'hex') AS first_witness,
    encode(finding_day.last_witness, 'hex') AS last_witness,
    finding_day.rule,
    finding_day.amount,
    finding_day.currency,
    finding_day.version,
    finding_day.reason_id,
    finding_day.would_be,
    finding_day.counted,
    finding_day.vantages,
    finding_day.custodians,
    finding_day.samples_blocked,
    finding_day.amount_beside,
    finding_day.reason_values,
    finding_day.seen
FROM derived.finding_day;

COMMENT ON VIEW analyst.finding_days IS 'What each day that is over came to, per order, resolver and name: only what is counted costs anything.';
COMMENT ON COLUMN analyst.finding_days.order_id IS 'Under which order.';
COMMENT ON COLUMN analyst.finding_days.operator IS 'The addressee, as a slug.';
COMMENT ON COLUMN analyst.finding_days.resolver IS 'Which of its resolvers.';
COMMENT ON COLUMN analyst.finding_days.name IS 'The name that is asked, with its final dot.';
COMMENT ON COLUMN analyst.finding_days.day IS 'Europe/Rome: 23 to 25 hours.';
COMMENT ON COLUMN analyst.finding_days.finding IS 'compliant, not_compliant, partly_compliant, not_testable, undetermined, not_due or over_blocking. not_compliant reads: name resolved on a due day.';
COMMENT ON COLUMN analyst.finding_days.reason IS 'Why, for people.';
COMMENT ON COLUMN analyst.finding_days.state IS 'What was seen most of the day.';
COMMENT ON COLUMN analyst.finding_days.networks IS 'Fewest networks that decided a countable sample.';
COMMENT ON COLUMN analyst.finding_days.samples_planned IS 'Plans of the day that ask the pair.';
COMMENT ON COLUMN analyst.finding_days.samples_countable IS 'Samples that meet the day rule.';
COMMENT ON COLUMN analyst.finding_days.first_witness IS 'Leaf hash (hex) of the record that decided the first of them.';
COMMENT ON COLUMN analyst.finding_days.last_witness IS 'Leaf hash (hex) of the record that decided the last of them.';
COMMENT ON COLUMN analyst.finding_days.rule IS 'The day rule.';
COMMENT ON COLUMN analyst.finding_days.amount IS 'Penalty counted for the day; 0 where the day is counted with another row, or nothing can be counted yet.';
COMMENT ON COLUMN analyst.finding_days.currency IS 'ISO 4217.';
COMMENT ON COLUMN analyst.finding_days.version IS 'The version of the order whose terms were in force.';
COMMENT ON COLUMN analyst.finding_days.reason_id IS 'Why, as an id of sp-009.';
COMMENT ON COLUMN analyst.finding_days.would_be IS 'What the day would be if every fact it needs were verified, where that is something else.';
COMMENT ON COLUMN analyst.finding_days.counted IS 'True: it is not_compliant and everything it rests on is verified.';
COMMENT ON COLUMN analyst.finding_days.vantages IS 'Fewest vantages that agreed on a countable sample.';
COMMENT ON COLUMN analyst.finding_days.custodians IS 'Who keeps the vantages that agreed.';
COMMENT ON COLUMN analyst.finding_days.samples_blocked IS 'Samples that meet the day rule for compliance.';
COMMENT ON COLUMN analyst.finding_days.amount_beside IS 'What the day would cost by the highest reading, beside what is counted.';
COMMENT ON COLUMN analyst.finding_days.reason_values IS 'Values in the wording of the reason, as key=value.';
COMMENT ON COLUMN analyst.finding_days.seen IS 'What the samples come to by themselves, as if the day were due and all of it verified. Counts nothing.';
