-- Same line, same name, same round: the line's own resolver blocks and a public one answers.
-- The public one is named only where a verified channel shows that it answered itself: what a device on the line answers
-- in its place is no way around. On its own line, what the line does is the operator's doing.

CREATE OR REPLACE VIEW analyst.circumvention AS
SELECT
    plan.starts_at AS at,
    encode(plan.plan_id, 'hex') AS plan,
    plan_vantage.probe,
    plan_vantage.asn,
    own.name,
    own.resolver AS own_resolver,
    own.how AS own_how,
    open.resolver AS public_resolver,
    answer.addresses,
    encode(own_verdict.witness_digest, 'hex') AS own_witness_digest,
    encode(open_verdict.witness_digest, 'hex') AS public_witness_digest,
    plan.number AS plan_number
FROM derived.verdict AS own_verdict
INNER JOIN derived.conclusion AS own ON own.conclusion = own_verdict.conclusion AND own.outcome = 'blocked' AND own.origin = 'resolver'
INNER JOIN ledger.plan ON plan.number = own_verdict.plan_number
INNER JOIN ledger.plan_vantage
    ON plan_vantage.plan_number = own_verdict.plan_number AND plan_vantage.probe_no = own_verdict.probe_no
INNER JOIN ledger.resolver AS own_registry
    ON own_registry.policy = plan.policy AND own_registry.resolver = own.resolver AND own_registry.kind = 'isp'
        AND plan_vantage.asn = ANY (own_registry.asns)
INNER JOIN derived.verdict AS open_verdict
    ON open_verdict.plan_number = own_verdict.plan_number AND open_verdict.probe_no = own_verdict.probe_no
INNER JOIN derived.conclusion AS open
    ON open.conclusion = open_verdict.conclusion AND open.outcome = 'open' AND open.origin = 'resolver'
        AND open.name = own.name
INNER JOIN ledger.resolver AS open_registry
    ON open_registry.policy = plan.policy AND open_registry.resolver = open.resolver AND open_registry.kind = 'public'
LEFT JOIN ledger.answer ON answer.answer = open_verdict.answer;

COMMENT ON VIEW analyst.circumvention IS 'Where a block can be walked around: on one line, in one round, its own resolver blocks a name and a public one answers it.';
COMMENT ON COLUMN analyst.circumvention.at IS 'Start of the plan, which is the time of everything in it.';
COMMENT ON COLUMN analyst.circumvention.plan IS 'Id of the plan (hex).';
COMMENT ON COLUMN analyst.circumvention.probe IS 'Id of the vantage.';
COMMENT ON COLUMN analyst.circumvention.asn IS 'Network the vantage stands on.';
COMMENT ON COLUMN analyst.circumvention.name IS 'The name that is asked, with its final dot.';
COMMENT ON COLUMN analyst.circumvention.own_resolver IS 'The resolver of the line''s own operator.';
COMMENT ON COLUMN analyst.circumvention.own_how IS 'By what answer it withholds the name.';
COMMENT ON COLUMN analyst.circumvention.public_resolver IS 'The public resolver that answers, shown to be itself by a verified channel.';
COMMENT ON COLUMN analyst.circumvention.addresses IS 'What it answered, in the record that decided.';
COMMENT ON COLUMN analyst.circumvention.own_witness_digest IS 'Leaf hash (hex) of the record that shows the block.';
COMMENT ON COLUMN analyst.circumvention.public_witness_digest IS 'Leaf hash (hex) of the record that shows the answer.';
COMMENT ON COLUMN analyst.circumvention.plan_number IS 'Number of the plan.';
