-- How long a block could be walked around on one line: spans of plans, one after the other, in each of which the line's own
-- resolver withheld a name and a public one answered it. Plans in which either was not decided neither end a span nor count.

CREATE OR REPLACE VIEW analyst.circumvention_spans AS
WITH decided AS (
    SELECT
        plan.number,
        plan.starts_at AS at,
        plan_vantage.probe,
        plan_vantage.asn,
        own.name,
        own.resolver AS own_resolver,
        other.resolver AS public_resolver,
        own.outcome = 'blocked' AND other.outcome = 'open' AS around,
        other_verdict.witness_digest
    FROM derived.verdict AS own_verdict
    INNER JOIN derived.conclusion AS own
        ON own.conclusion = own_verdict.conclusion AND own.outcome IN ('blocked', 'open') AND own.origin = 'resolver'
    INNER JOIN ledger.plan ON plan.number = own_verdict.plan_number
    INNER JOIN ledger.plan_vantage
        ON plan_vantage.plan_number = own_verdict.plan_number AND plan_vantage.probe_no = own_verdict.probe_no
    INNER JOIN ledger.resolver AS own_registry
        ON own_registry.policy = plan.policy AND own_registry.resolver = own.resolver AND own_registry.kind = 'isp'
            AND plan_vantage.asn = ANY (own_registry.asns)
    INNER JOIN derived.verdict AS other_verdict
        ON other_verdict.plan_number = own_verdict.plan_number AND other_verdict.probe_no = own_verdict.probe_no
    INNER JOIN derived.conclusion AS other
        ON other.conclusion = other_verdict.conclusion AND other.name = own.name AND other.outcome IN ('blocked', 'open')
            AND other.origin = 'resolver'
    INNER JOIN ledger.resolver AS other_registry
        ON other_registry.policy = plan.policy AND other_registry.resolver = other.resolver AND other_registry.kind = 'public'
),
stepped AS (
    SELECT
        decided.*,
        row_number() OVER whole - row_number() OVER alike AS island,
        lead(decided.at) OVER whole AS next_at,
        lead(decided.around) OVER whole AS next_around
    FROM decided
    WINDOW
        whole AS (PARTITION BY decided.probe, decided.name, decided.own_resolver, decided.public_resolver ORDER BY decided.at, decided.number),
        alike AS (
            PARTITION BY decided.probe, decided.name, decided.own_resolver, decided.public_resolver, decided.around
            ORDER BY decided.at, decided.number
        )
)
SELECT
    stepped.name,
    stepped.probe,
    stepped.asn,
    stepped.own_resolver,
    stepped.public_resolver,
    min(stepped.at) AS started_at,
    max(stepped.at) AS covered_until,
    max(stepped.next_at) FILTER (WHERE NOT stepped.next_around) AS ended_at,
    count(*) AS plans,
    extract(EPOCH FROM max(stepped.at) - min(stepped.at))::bigint AS lasted_s,
    coalesce(max(extract(EPOCH FROM stepped.next_at - stepped.at)) FILTER (WHERE stepped.next_around), 0)::bigint AS longest_gap_s,
    encode((array_agg(stepped.witness_digest ORDER BY stepped.at))[1], 'hex') AS first_witness_digest,
    encode((array_agg(stepped.witness_digest ORDER BY stepped.at DESC))[1], 'hex') AS last_witness_digest
FROM stepped
WHERE stepped.around
GROUP BY stepped.name, stepped.probe, stepped.asn, stepped.own_resolver, stepped.public_resolver, stepped.island;

COMMENT ON VIEW analyst.circumvention_spans IS 'How long a block could be walked around: on one line, plan after plan, its own resolver withheld a name and a public one answered it.';
COMMENT ON COLUMN analyst.circumvention_spans.name IS 'The name that is asked, with its final dot.';
COMMENT ON COLUMN analyst.circumvention_spans.probe IS 'Id of the vantage.';
COMMENT ON COLUMN analyst.circumvention_spans.asn IS 'Network the vantage stands on.';
COMMENT ON COLUMN analyst.circumvention_spans.own_resolver IS 'The resolver of the line''s own operator.';
COMMENT ON COLUMN analyst.circumvention_spans.public_resolver IS 'The public resolver that answered, shown to be itself by a verified channel.';
COMMENT ON COLUMN analyst.circumvention_spans.started_at IS 'First plan of the span.';
COMMENT ON COLUMN analyst.circumvention_spans.covered_until IS 'Last plan of the span.';
COMMENT ON COLUMN analyst.circumvention_spans.ended_at IS 'The next plan that was decided otherwise; null where there is none yet.';
COMMENT ON COLUMN analyst.circumvention_spans.plans IS 'How many plans show it.';
COMMENT ON COLUMN analyst.circumvention_spans.lasted_s IS 'Seconds from the first to the last.';
COMMENT ON COLUMN analyst.circumvention_spans.longest_gap_s IS 'Longest time between two of them, in seconds.';
COMMENT ON COLUMN analyst.circumvention_spans.first_witness_digest IS 'Leaf hash (hex) of the record in which the public resolver answered, in the first plan.';
COMMENT ON COLUMN analyst.circumvention_spans.last_witness_digest IS 'The same of the last plan.';
