-- What the sites of names answered over HTTPS, for whoever asks whether an addressee complied in another way than by DNS.

CREATE OR REPLACE VIEW analyst.alternative_measures AS
SELECT
    encode(plan.plan_id, 'hex') AS plan,
    plan.starts_at AS at,
    plan_vantage.probe,
    plan_vantage.asn,
    plan_vantage.country,
    alternative_measure.name,
    alternative_measure.address,
    alternative_measure.status,
    alternative_measure.failure,
    coalesce(alternative_measure.status = 451, false) AS withheld,
    alternative_measure.headers ->> 'server' AS server,
    alternative_measure.headers ->> 'location' AS location,
    alternative_measure.headers,
    encode(alternative_measure.witness_digest, 'hex') AS witness_digest,
    plan.number AS plan_number,
    alternative_measure.cell
FROM derived.alternative_measure
INNER JOIN ledger.plan ON plan.number = alternative_measure.plan_number
INNER JOIN ledger.plan_vantage
    ON plan_vantage.plan_number = alternative_measure.plan_number AND plan_vantage.probe_no = alternative_measure.probe_no;

COMMENT ON VIEW analyst.alternative_measures IS 'What the site of a name answered over HTTPS from a designated vantage: one request, one plan. No fact about DNS; no verdict and no status rests on it.';
COMMENT ON COLUMN analyst.alternative_measures.plan IS 'Id of the plan (hex).';
COMMENT ON COLUMN analyst.alternative_measures.at IS 'Start of the plan, which is the time of everything in it.';
COMMENT ON COLUMN analyst.alternative_measures.probe IS 'Id of the vantage.';
COMMENT ON COLUMN analyst.alternative_measures.asn IS 'Network the vantage stands on.';
COMMENT ON COLUMN analyst.alternative_measures.country IS 'Country of the vantage.';
COMMENT ON COLUMN analyst.alternative_measures.name IS 'Whose site was asked, with its final dot.';
COMMENT ON COLUMN analyst.alternative_measures.address IS 'At which address, one that a control gave for the name.';
COMMENT ON COLUMN analyst.alternative_measures.status IS 'HTTP status; null where none came over a channel whose certificate is good for the name.';
COMMENT ON COLUMN analyst.alternative_measures.failure IS 'Why there is no status.';
COMMENT ON COLUMN analyst.alternative_measures.withheld IS 'True: status 451, unavailable for legal reasons (RFC 7725).';
COMMENT ON COLUMN analyst.alternative_measures.server IS 'The header of that name.';
COMMENT ON COLUMN analyst.alternative_measures.location IS 'Where the site sends those who ask; nobody followed it.';
COMMENT ON COLUMN analyst.alternative_measures.headers IS 'All that were kept: age, cf-mitigated, cf-ray, content-type, date, link, location, server, via.';
COMMENT ON COLUMN analyst.alternative_measures.witness_digest IS 'Leaf hash of the record (hex): open it before quoting the status.';
COMMENT ON COLUMN analyst.alternative_measures.plan_number IS 'Number of the plan.';
COMMENT ON COLUMN analyst.alternative_measures.cell IS 'Number of the question in the plan.';
