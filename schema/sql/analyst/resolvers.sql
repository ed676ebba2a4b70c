-- The registry: each resolver as the newest policy that lists it has it.

CREATE OR REPLACE VIEW analyst.resolvers AS
SELECT DISTINCT ON (resolver.resolver)
    resolver.resolver,
    resolver.operator,
    resolver.operator_slug,
    resolver.kind,
    resolver.asns,
    resolver.on_net_only,
    resolver.twin,
    resolver.endpoints
FROM ledger.resolver
ORDER BY resolver.resolver, resolver.policy DESC;

COMMENT ON VIEW analyst.resolvers IS 'The resolvers that are watched, and the controls.';
COMMENT ON COLUMN analyst.resolvers.resolver IS 'Id of the resolver.';
COMMENT ON COLUMN analyst.resolvers.operator IS 'Who answers for it.';
COMMENT ON COLUMN analyst.resolvers.operator_slug IS 'The operator in the form that is compared.';
COMMENT ON COLUMN analyst.resolvers.kind IS 'public, isp or control.';
COMMENT ON COLUMN analyst.resolvers.asns IS 'Networks of the operator.';
COMMENT ON COLUMN analyst.resolvers.on_net_only IS 'True: answers only on the operator''s own network.';
COMMENT ON COLUMN analyst.resolvers.twin IS 'The same service unfiltered.';
COMMENT ON COLUMN analyst.resolvers.endpoints IS 'Ways to reach it.';
