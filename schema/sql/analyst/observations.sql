-- Records as rows. Name a day: only its partition is read then.
-- The digest is cut out of the batch's leaves, which are stored so that this costs one small read.

CREATE OR REPLACE VIEW analyst.observations AS
SELECT
    plan.starts_at + observation.at_ms * interval '1 millisecond' AS at,
    encode(plan.plan_id, 'hex') AS plan,
    observation.cell,
    vantage.probe,
    coalesce(plan_vantage.asn, vantage.asn) AS asn,
    cell.role,
    cell.resolver,
    cell.transport,
    cell.endpoint,
    cell.name,
    cell.qtype AS type,
    cell.profile,
    answer.rcode,
    answer.addresses,
    answer.ede,
    observation.rtt_us,
    failure_word.word AS failure,
    gap_word.word AS gap,
    encode(substr(batch.leaves, observation.line * 32 + 1, 32), 'hex') AS record_digest,
    cell.repeat,
    cell.family,
    answer.flags,
    answer.cnames,
    answer.messages,
    encode(batch.batch_id, 'hex') AS batch,
    observation.line,
    observation.plan_number,
    observation.plan_day AS day
FROM ledger.observation
INNER JOIN ledger.plan ON plan.number = observation.plan_number
INNER JOIN ledger.cell ON cell.question_set = plan.question_set AND cell.cell = observation.cell
INNER JOIN ledger.vantage ON vantage.probe_no = observation.probe_no
INNER JOIN ledger.batch ON batch.batch = observation.batch
INNER JOIN ledger.failure_word ON failure_word.code = observation.failure
INNER JOIN ledger.gap_word ON gap_word.code = observation.gap
LEFT JOIN ledger.plan_vantage
    ON plan_vantage.plan_number = observation.plan_number AND plan_vantage.probe = vantage.probe
LEFT JOIN ledger.answer ON answer.answer = observation.answer;

COMMENT ON VIEW analyst.observations IS 'What each probe sent and received for each cell. For SQL: the evidence is the record itself, found by batch and line.';
COMMENT ON COLUMN analyst.observations.at IS 'When the probe says it asked; null when its clock was more than 24 days off.';
COMMENT ON COLUMN analyst.observations.plan IS 'Id of the plan (hex).';
COMMENT ON COLUMN analyst.observations.cell IS 'Number of the question in the plan.';
COMMENT ON COLUMN analyst.observations.probe IS 'Id of the vantage.';
COMMENT ON COLUMN analyst.observations.asn IS 'Network the vantage stands on.';
COMMENT ON COLUMN analyst.observations.role IS 'target, control, identity, known_good, known_absent, canary, look (a TLS handshake and no question), measure (a site over HTTPS: status and headers stand in alternative_measures) or time (the root zone''s signed SOA).';
COMMENT ON COLUMN analyst.observations.resolver IS 'Who was asked.';
COMMENT ON COLUMN analyst.observations.transport IS 'udp, tcp, tls, https or quic.';
COMMENT ON COLUMN analyst.observations.endpoint IS 'Where it was asked.';
COMMENT ON COLUMN analyst.observations.name IS 'The name that is asked, with its final dot.';
COMMENT ON COLUMN analyst.observations.type IS 'A, AAAA, TXT ...';
COMMENT ON COLUMN analyst.observations.profile IS 'stub, edns or dnssec.';
COMMENT ON COLUMN analyst.observations.rcode IS 'By its IANA name; null when no message can be read.';
COMMENT ON COLUMN analyst.observations.addresses IS 'A or AAAA at the end of the CNAME chain, of the first message that can be read.';
COMMENT ON COLUMN analyst.observations.ede IS 'Extended DNS error codes (RFC 8914).';
COMMENT ON COLUMN analyst.observations.rtt_us IS 'Microseconds to the first message.';
COMMENT ON COLUMN analyst.observations.failure IS 'Why there is no usable answer.';
COMMENT ON COLUMN analyst.observations.gap IS 'Why the cell was not asked.';
COMMENT ON COLUMN analyst.observations.record_digest IS 'Leaf hash of the record (hex).';
COMMENT ON COLUMN analyst.observations.repeat IS 'From 0.';
COMMENT ON COLUMN analyst.observations.family IS '4 or 6: the endpoint''s.';
COMMENT ON COLUMN analyst.observations.flags IS 'aa tc ra ad, those that were set.';
COMMENT ON COLUMN analyst.observations.cnames IS 'The CNAME chain.';
COMMENT ON COLUMN analyst.observations.messages IS 'How many messages came: more than one is worth a look.';
COMMENT ON COLUMN analyst.observations.batch IS 'Id of the batch that holds the record (hex).';
COMMENT ON COLUMN analyst.observations.line IS 'Line of the record in the batch, from 0.';
COMMENT ON COLUMN analyst.observations.plan_number IS 'Number of the plan.';
COMMENT ON COLUMN analyst.observations.day IS 'Day of the plan in UTC: name it to read one partition.';
