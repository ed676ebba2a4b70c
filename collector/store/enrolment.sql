-- Who may deliver, and with which keys.

-- name: holdings
-- Every key of every probe. Revoked is for good, suspended until a later resumed.
SELECT encode(vantage_key.key_id, 'hex') AS key_id, vantage_key.public_key, vantage.probe,
    EXISTS (
        SELECT FROM ledger.vantage_event
        WHERE vantage_event.probe_no = vantage.probe_no AND vantage_event.kind = 'revoked'
    ) AS revoked,
    coalesce((
        SELECT vantage_event.kind = 'suspended' FROM ledger.vantage_event
        WHERE vantage_event.probe_no = vantage.probe_no AND vantage_event.kind <> 'revoked'
        ORDER BY vantage_event.at DESC, vantage_event.kind DESC LIMIT 1
    ), false) AS suspended,
    NOT EXISTS (
        SELECT FROM ledger.vantage_key AS later
        WHERE later.probe_no = vantage_key.probe_no AND later.vantage_key > vantage_key.vantage_key
    ) AS newest
FROM ledger.vantage_key
INNER JOIN ledger.vantage ON vantage.probe_no = vantage_key.probe_no
ORDER BY vantage_key.vantage_key;

-- name: insert_key
-- Only the newest key of a probe changes it; no row if it is not that, or the key is or was anybody's.
INSERT INTO ledger.vantage_key (probe_no, public_key, key_id, since, by_key_id, signature)
SELECT before.probe_no, $3::bytea, sha256($3), $5, before.key_id, $4
FROM ledger.vantage_key AS before
INNER JOIN ledger.vantage ON vantage.probe_no = before.probe_no
WHERE vantage.probe = $1 AND before.key_id = decode($2, 'hex') AND NOT EXISTS (
    SELECT FROM ledger.vantage_key AS later
    WHERE later.probe_no = before.probe_no AND later.vantage_key > before.vantage_key
) AND NOT EXISTS (SELECT FROM ledger.collector_key WHERE collector_key.key_id = sha256($3))
ON CONFLICT DO NOTHING
RETURNING key_id;

-- name: changed_by
-- Whether a change was taken before.
SELECT EXISTS (
    SELECT FROM ledger.vantage_key
    INNER JOIN ledger.vantage ON vantage.probe_no = vantage_key.probe_no
    WHERE vantage.probe = $1 AND vantage_key.by_key_id = decode($2, 'hex') AND vantage_key.public_key = $3
);

-- name: lock_vantage
-- Keys of a probe change one at a time.
SELECT probe_no FROM ledger.vantage WHERE probe = $1 FOR NO KEY UPDATE;

-- name: insert_invitation
-- A token is made once.
INSERT INTO ledger.invitation (token_sha256, probe, asn, operator, country, custodian, made_at, expires_at)
VALUES (sha256($1), $2, $3, $4, $5, $6, $7, $8);

-- name: invitation
-- What a token stands for; locked, so that it is used once. `used_by` is the key that used it.
SELECT invitation.probe, invitation.asn, invitation.operator, invitation.country, invitation.custodian, invitation.expires_at,
    (
        SELECT vantage.public_key FROM ledger.invitation_use
        INNER JOIN ledger.vantage ON vantage.probe_no = invitation_use.probe_no
        WHERE invitation_use.token_sha256 = invitation.token_sha256
    ) AS used_by
FROM ledger.invitation
WHERE invitation.token_sha256 = sha256($1)
FOR NO KEY UPDATE OF invitation;

-- name: insert_use
-- With the enrolment.
INSERT INTO ledger.invitation_use (token_sha256, probe_no, at) VALUES (sha256($1), $2, $3);
