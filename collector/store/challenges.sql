-- What may be said against days on which a name resolved, and what it is met from.

-- name: open_verdicts
-- Of some resolvers and names, in some plans: the rounds in which the name resolved.
SELECT verdict.plan_number, encode(plan.plan_id, 'hex') AS plan, vantage.probe, conclusion.resolver, conclusion.name,
    conclusion.outcome, conclusion.how, conclusion.origin, conclusion.label, conclusion.site, conclusion.rule, verdict.witness,
    encode(verdict.witness_digest, 'hex') AS witness_digest, conclusion.blocked_n, conclusion.open_n, conclusion.other_n,
    conclusion.endpoints, conclusion.notes
FROM unnest($1::text[], $2::text[]) AS asked (resolver, name)
INNER JOIN derived.conclusion
    ON conclusion.name = asked.name AND conclusion.resolver = asked.resolver AND conclusion.outcome = 'open'
INNER JOIN derived.verdict ON verdict.conclusion = conclusion.conclusion AND verdict.plan_number = ANY ($3::integer[])
INNER JOIN ledger.plan ON plan.number = verdict.plan_number
INNER JOIN ledger.vantage ON vantage.probe_no = verdict.probe_no
ORDER BY verdict.plan_number, vantage.probe COLLATE "C";

-- name: own_networks
-- In some plans: the vantages to which a resolver answered that answers on its own network only, and a record that shows it.
SELECT verdict.plan_number, vantage.probe, min(encode(verdict.witness_digest, 'hex') COLLATE "C") AS witness_digest
FROM unnest($1::integer[]) AS asked (plan_number)
INNER JOIN derived.verdict ON verdict.plan_number = asked.plan_number
INNER JOIN derived.conclusion ON conclusion.conclusion = verdict.conclusion
INNER JOIN ledger.plan ON plan.number = verdict.plan_number
INNER JOIN ledger.plan_vantage
    ON plan_vantage.plan_number = verdict.plan_number AND plan_vantage.probe_no = verdict.probe_no
INNER JOIN ledger.resolver
    ON resolver.policy = plan.policy AND resolver.resolver = conclusion.resolver AND resolver.on_net_only
        AND plan_vantage.asn = ANY (resolver.asns)
INNER JOIN ledger.vantage ON vantage.probe_no = verdict.probe_no
WHERE conclusion.outcome IN ('open', 'blocked') AND conclusion.origin = 'resolver' AND verdict.witness_digest IS NOT NULL
GROUP BY verdict.plan_number, vantage.probe;

-- name: lines
-- In some plans: what the batch that closed each round says of the line that it came over.
SELECT round.plan_number, vantage.probe, encode(batch.batch_id, 'hex') AS batch, host(batch.source) AS source, batch.header #>> '{net,route}' AS route,
    ARRAY(SELECT jsonb_array_elements_text(batch.header #> '{net,resolvers}')) AS handed_out
FROM ledger.round
INNER JOIN ledger.batch ON batch.batch = round.batch
INNER JOIN ledger.vantage ON vantage.probe_no = round.probe_no
WHERE round.plan_number = ANY ($1::integer[]);

-- name: first_lines
-- The same of each vantage's first batch: batches are numbered as they came.
SELECT vantage.probe, encode(batch.batch_id, 'hex') AS batch, host(batch.source) AS source, batch.header #>> '{net,route}' AS route,
    ARRAY(SELECT jsonb_array_elements_text(batch.header #> '{net,resolvers}')) AS handed_out
FROM ledger.vantage
CROSS JOIN LATERAL (
    SELECT first.batch_id, first.source, first.header
    FROM ledger.batch AS first
    WHERE first.probe_no = vantage.probe_no AND first.number = 1
    ORDER BY first.received_at, first.batch_id LIMIT 1
) AS batch;

-- name: closes
-- In some plans: the closes that count, whether the root is what came, whether anything disputes them, and where each stands in its
-- probe's logs: once by log, with the first of its entries that covers it. A restart repeats a close in the next chain.
SELECT round.plan_number, vantage.probe, coalesce(judged.root_matches, false) AS sealed,
    encode(substring(batch.leaves FROM round.line * 32 + 1 FOR 32), 'hex') AS leaf,
    EXISTS (
        SELECT FROM ledger.equivocation
        WHERE equivocation.probe_no = round.probe_no AND (
            substring(batch.leaves FROM round.line * 32 + 1 FOR 32) = ANY (equivocation.digests)
            OR EXISTS (
                SELECT FROM ledger.batch_round
                INNER JOIN ledger.batch AS part ON part.batch = batch_round.batch
                WHERE batch_round.plan_number = round.plan_number AND batch_round.probe_no = round.probe_no
                    AND part.batch_id = ANY (equivocation.digests)
            )
        )
    ) OR EXISTS (
        SELECT FROM ledger.probe_log AS other
        WHERE other.probe_no = round.probe_no AND other.plan_id = plan.plan_id
            AND other.leaf <> substring(batch.leaves FROM round.line * 32 + 1 FOR 32)
    ) AS disputed,
    place.chain, place.index AS place, covering.log, covering.index AS entry, before.batch AS seen_batch, before.line AS seen_line
FROM ledger.round
INNER JOIN ledger.plan ON plan.number = round.plan_number
INNER JOIN ledger.batch ON batch.batch = round.batch
INNER JOIN ledger.vantage ON vantage.probe_no = round.probe_no
LEFT JOIN derived.judged ON judged.plan_number = round.plan_number AND judged.probe_no = round.probe_no
LEFT JOIN ledger.probe_log AS place
    ON place.probe_no = round.probe_no AND place.plan_id = plan.plan_id
        AND place.leaf = substring(batch.leaves FROM round.line * 32 + 1 FOR 32)
LEFT JOIN LATERAL (
    SELECT log.log, entry.index
    FROM ledger.log
    CROSS JOIN LATERAL (
        SELECT log_entry.index
        FROM ledger.probe_checkpoint AS head
        INNER JOIN ledger.log_entry
            ON log_entry.log = log.log AND log_entry.kind = 'probe_checkpoint'
                AND log_entry.ref = vantage.probe || '/' || head.chain || '/' || head.size
        WHERE head.probe_no = round.probe_no AND head.chain = place.chain AND head.size > place.index
        ORDER BY head.size LIMIT 1
    ) AS entry
) AS covering ON true
LEFT JOIN LATERAL (
    SELECT seen.batch, seen.line
    FROM ledger.probe_log AS seen
    WHERE seen.probe_no = round.probe_no AND seen.chain = place.chain AND seen.kind = 'seen' AND seen.index < place.index
    ORDER BY seen.index DESC LIMIT 1
) AS before ON true
WHERE round.plan_number = ANY ($1::integer[])
ORDER BY round.plan_number, vantage.probe COLLATE "C", covering.log, covering.index, place.chain COLLATE "C", place.index;

-- name: plan_entries
-- Where some plans stand in each log.
SELECT plan.number AS plan_number, log_entry.log, log_entry.index
FROM unnest($1::integer[]) AS plan (number)
CROSS JOIN ledger.log
INNER JOIN ledger.log_entry
    ON log_entry.log = log.log AND log_entry.kind = 'plan' AND log_entry.ref = plan.number::text;

-- name: stamp_entries
-- The time stamps that a log names, from an index on.
SELECT index, line FROM ledger.log_entry WHERE log = $1 AND kind = 'stamp' AND index >= $2 ORDER BY index;

-- name: names_in
-- What was said of some names in some plans.
SELECT name_sample.plan_number, plan.starts_at AS at, name_sample.name, name_said.ground, name_said.name_servers, name_said.soa,
    name_said.parked, name_sample.vantages
FROM derived.name_sample
INNER JOIN derived.name_said ON name_said.said = name_sample.said
INNER JOIN ledger.plan ON plan.number = name_sample.plan_number
WHERE name_sample.name = ANY ($1::text[]) AND name_sample.plan_number = ANY ($2::integer[]);

-- name: order_digests
-- The versions of an order, each as its digest in the log is taken.
SELECT version, encode(sha256(convert_to(body::text, 'UTF8')), 'hex') AS digest FROM ledger.legal_order WHERE order_id = $1;

-- name: forget_challenges
-- Of the rows that were found anew.
DELETE FROM derived.day_challenge
USING unnest($2::text[], $3::text[], $4::date[]) AS met (resolver, name, day)
WHERE day_challenge.order_id = $1 AND day_challenge.resolver = met.resolver AND day_challenge.name = met.name
    AND day_challenge.day = met.day;

-- name: insert_challenges
-- In place of those.
INSERT INTO derived.day_challenge (
    order_id, resolver, name, day, challenge, standing, witness, detail, clause, figures, held, plans
)
SELECT order_id, resolver, name, day, challenge, standing, witness, detail, clause, figures, held, plans
FROM jsonb_to_recordset($1::jsonb) AS met (
    order_id text, resolver text, name text, day date, challenge text, standing text, witness text, detail text, clause text,
    figures text[], held integer, plans integer
);

-- name: challenges
-- Of an order, and of one name or day where that is asked for.
SELECT order_id, resolver, name, day, challenge, standing, witness, detail, clause, figures, held, plans
FROM derived.day_challenge
WHERE order_id = $1 AND ($2::text[] IS NULL OR name = ANY ($2)) AND ($3::date IS NULL OR day = $3)
ORDER BY name COLLATE "C", resolver COLLATE "C", day, challenge COLLATE "C";

-- name: read_up_to
-- How far the newest log and the equivocations go, and how far they were read when days were last met.
SELECT
    coalesce((SELECT max(log.log) FROM ledger.log), 0) AS log,
    coalesce((
        SELECT max(log_entry.index) + 1 FROM ledger.log_entry WHERE log_entry.log = (SELECT max(log.log) FROM ledger.log)
    ), 0) AS size,
    coalesce((SELECT max(equivocation.equivocation) FROM ledger.equivocation), 0) AS equivocation,
    coalesce((SELECT met_until.log FROM derived.met_until), 0) AS log_read,
    coalesce((SELECT met_until.size FROM derived.met_until), 0) AS size_read,
    coalesce((SELECT met_until.equivocation FROM derived.met_until), 0) AS equivocation_read;

-- name: put_read_up_to
-- One row.
INSERT INTO derived.met_until (log, size, equivocation) VALUES ($1, $2, $3)
ON CONFLICT (only_one) DO UPDATE
SET log = excluded.log, size = excluded.size, equivocation = excluded.equivocation;

-- name: stamps_since
-- The stretch of each log that a newly named stamp covers and no earlier one of its authority did.
SELECT log_entry.log, stamp.size,
    coalesce((
        SELECT max(earlier.size) FROM ledger.stamp AS earlier
        WHERE earlier.log = stamp.log AND earlier.authority = stamp.authority AND earlier.size < stamp.size
    ), 0) AS since
FROM ledger.log_entry
INNER JOIN ledger.stamp ON stamp.log = log_entry.log AND encode(stamp.token, 'hex') = log_entry.ref
WHERE log_entry.kind = 'stamp' AND (log_entry.log > $1 OR (log_entry.log = $1 AND log_entry.index >= $2));

-- name: covered_by_entries
-- When the plans start that entries of a stretch of a log cover: those published in it, and those whose close a head in it is the
-- first to cover.
SELECT DISTINCT plan.starts_at
FROM ledger.log_entry
INNER JOIN ledger.plan ON plan.number = CASE WHEN log_entry.kind = 'plan' THEN log_entry.ref::integer END
WHERE log_entry.log = $1 AND log_entry.index >= $2 AND log_entry.index < $3 AND log_entry.kind = 'plan'
UNION
SELECT DISTINCT plan.starts_at
FROM ledger.log_entry
INNER JOIN ledger.vantage ON vantage.probe = split_part(log_entry.ref, '/', 1)
INNER JOIN LATERAL (
    SELECT split_part(log_entry.ref, '/', 2) AS chain, split_part(log_entry.ref, '/', 3)::integer AS size
) AS head ON true
CROSS JOIN LATERAL (
    SELECT coalesce(max(probe_checkpoint.size), 0) AS size
    FROM ledger.probe_checkpoint
    WHERE probe_checkpoint.probe_no = vantage.probe_no AND probe_checkpoint.chain = head.chain
        AND probe_checkpoint.size < head.size
) AS before
INNER JOIN ledger.probe_log
    ON probe_log.probe_no = vantage.probe_no AND probe_log.chain = head.chain AND probe_log.index >= before.size
        AND probe_log.index < head.size
INNER JOIN ledger.plan ON plan.plan_id = probe_log.plan_id
WHERE log_entry.log = $1 AND log_entry.index >= $2 AND log_entry.index < $3 AND log_entry.kind = 'probe_checkpoint';

-- name: disputed_since
-- When the plans start that newly noted equivocations are about.
SELECT DISTINCT plan.starts_at
FROM ledger.equivocation
INNER JOIN ledger.probe_log ON probe_log.probe_no = equivocation.probe_no AND probe_log.leaf = ANY (equivocation.digests)
INNER JOIN ledger.plan ON plan.plan_id = probe_log.plan_id
WHERE equivocation.equivocation > $1
UNION
SELECT DISTINCT plan.starts_at
FROM ledger.equivocation
INNER JOIN ledger.batch ON batch.batch_id = ANY (equivocation.digests)
INNER JOIN ledger.batch_round ON batch_round.batch = batch.batch
INNER JOIN ledger.plan ON plan.number = batch_round.plan_number
WHERE equivocation.equivocation > $1;

-- name: dump_day_challenge
-- What may be said against days.
SELECT * FROM derived.day_challenge ORDER BY order_id COLLATE "C", resolver COLLATE "C", name COLLATE "C", day, challenge COLLATE "C";
