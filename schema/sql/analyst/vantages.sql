-- The probes and the places they measure from.

CREATE OR REPLACE VIEW analyst.vantages AS
SELECT
    vantage.probe,
    vantage.asn,
    vantage.operator,
    vantage.country,
    vantage.custodian,
    vantage.enrolled_at,
    (
        SELECT min(vantage_event.at) FROM ledger.vantage_event
        WHERE vantage_event.probe_no = vantage.probe_no AND vantage_event.kind = 'revoked'
    ) AS revoked_at,
    coalesce((
        SELECT vantage_event.kind = 'suspended' FROM ledger.vantage_event
        WHERE vantage_event.probe_no = vantage.probe_no AND vantage_event.kind <> 'revoked'
        ORDER BY vantage_event.at DESC, vantage_event.kind DESC LIMIT 1
    ), false) AS suspended,
    encode(vantage.key_id, 'hex') AS key_id
FROM ledger.vantage;

COMMENT ON VIEW analyst.vantages IS 'The probes and the places they measure from.';
COMMENT ON COLUMN analyst.vantages.probe IS 'Id of the vantage.';
COMMENT ON COLUMN analyst.vantages.asn IS 'Network the vantage stands on.';
COMMENT ON COLUMN analyst.vantages.operator IS 'Of that network.';
COMMENT ON COLUMN analyst.vantages.country IS 'ISO 3166-1 alpha-2.';
COMMENT ON COLUMN analyst.vantages.custodian IS 'Who keeps the machine and can be asked about it.';
COMMENT ON COLUMN analyst.vantages.enrolled_at IS 'From when on its batches were taken.';
COMMENT ON COLUMN analyst.vantages.revoked_at IS 'From when on they are refused for good.';
COMMENT ON COLUMN analyst.vantages.suspended IS 'True: they are refused until it is resumed.';
COMMENT ON COLUMN analyst.vantages.key_id IS 'SHA-256 of its key (hex).';
