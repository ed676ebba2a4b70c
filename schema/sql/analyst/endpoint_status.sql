-- What each way to a resolver says: the newest plan in which any vantage decides, and since when without a break.
-- Of outcomes, blocked, open and dead decide; failing only where nothing else was seen. What another is shown to have
-- answered there says nothing of the resolver. Reads all verdicts.

CREATE OR REPLACE VIEW analyst.endpoint_status AS
WITH said AS MATERIALIZED (
    SELECT conclusion.conclusion, conclusion.resolver, conclusion.name, each.key AS endpoint, each.value AS outcome,
        each.value IN ('blocked', 'open', 'dead') AS decides
    FROM derived.conclusion
    CROSS JOIN LATERAL jsonb_each_text(conclusion.endpoints) AS each
    WHERE EXISTS (SELECT FROM derived.verdict WHERE verdict.conclusion = conclusion.conclusion)
),
folded AS (
    SELECT said.resolver, said.endpoint, said.name, verdict.plan_number,
        CASE count(DISTINCT said.outcome) FILTER (WHERE said.decides)
            WHEN 0 THEN 'failing'
            WHEN 1 THEN min(said.outcome) FILTER (WHERE said.decides)
            ELSE 'mixed'
        END AS state,
        CASE WHEN bool_or(said.decides) THEN count(*) FILTER (WHERE said.decides) ELSE count(*) END AS vantages,
        CASE WHEN bool_or(said.decides) THEN count(DISTINCT plan_vantage.asn) FILTER (WHERE said.decides)
            ELSE count(DISTINCT plan_vantage.asn) END AS networks
    FROM derived.verdict
    INNER JOIN said ON said.conclusion = verdict.conclusion
    INNER JOIN ledger.plan_vantage
        ON plan_vantage.plan_number = verdict.plan_number AND plan_vantage.probe_no = verdict.probe_no
    WHERE said.outcome <> 'insufficient'
        AND NOT EXISTS (
            SELECT FROM derived.interception
            INNER JOIN derived.intercepted ON intercepted.intercepted = interception.intercepted
            WHERE interception.plan_number = verdict.plan_number AND interception.probe_no = verdict.probe_no
                AND intercepted.resolver = said.resolver AND intercepted.endpoint = said.endpoint
        )
    GROUP BY said.resolver, said.endpoint, said.name, verdict.plan_number
),
compared AS (
    SELECT folded.*, first_value(folded.state) OVER newest_first AS newest_state,
        first_value(folded.plan_number) OVER newest_first AS newest_plan
    FROM folded
    WINDOW newest_first AS (PARTITION BY folded.resolver, folded.endpoint, folded.name ORDER BY folded.plan_number DESC)
),
counted AS (
    SELECT compared.*, count(*) FILTER (WHERE compared.state <> compared.newest_state) OVER (
        PARTITION BY compared.resolver, compared.endpoint, compared.name ORDER BY compared.plan_number DESC
    ) AS breaks
    FROM compared
),
unbroken AS (
    SELECT counted.resolver, counted.endpoint, counted.name, min(counted.state) AS state,
        min(counted.plan_number) AS first_plan,
        max(counted.vantages) FILTER (WHERE counted.plan_number = counted.newest_plan) AS vantages,
        max(counted.networks) FILTER (WHERE counted.plan_number = counted.newest_plan) AS networks
    FROM counted
    WHERE counted.breaks = 0
    GROUP BY counted.resolver, counted.endpoint, counted.name
)
SELECT
    asked.resolver,
    asked.endpoint,
    split_part(asked.endpoint, ':', 1) AS transport,
    CASE WHEN split_part(asked.endpoint, ':', 2) LIKE '[%' THEN 6 ELSE 4 END AS family,
    asked.name,
    coalesce(unbroken.state, 'insufficient') AS state,
    plan.starts_at AS since,
    coalesce(unbroken.vantages, 0) AS vantages,
    coalesce(unbroken.networks, 0) AS networks
FROM (SELECT DISTINCT said.resolver, said.endpoint, said.name FROM said) AS asked
LEFT JOIN unbroken
    ON unbroken.resolver = asked.resolver AND unbroken.endpoint = asked.endpoint AND unbroken.name = asked.name
LEFT JOIN ledger.plan ON plan.number = unbroken.first_plan;

COMMENT ON VIEW analyst.endpoint_status IS 'What each way to a resolver says of each name, by the newest plan that decides. Without hysteresis: one odd round shows. Rounds in which another was shown to answer there are left out.';
COMMENT ON COLUMN analyst.endpoint_status.resolver IS 'Id of the resolver.';
COMMENT ON COLUMN analyst.endpoint_status.endpoint IS 'One way to reach it.';
COMMENT ON COLUMN analyst.endpoint_status.transport IS 'udp, tcp, tls, https or quic.';
COMMENT ON COLUMN analyst.endpoint_status.family IS '4 or 6.';
COMMENT ON COLUMN analyst.endpoint_status.name IS 'The name that is asked, with its final dot.';
COMMENT ON COLUMN analyst.endpoint_status.state IS 'blocked, open, dead, mixed (vantages differ), failing; insufficient when nothing was ever decided here.';
COMMENT ON COLUMN analyst.endpoint_status.since IS 'Start of the first plan of the unbroken sequence that says so; null when insufficient.';
COMMENT ON COLUMN analyst.endpoint_status.vantages IS 'Vantages that say so in the newest plan that decides.';
COMMENT ON COLUMN analyst.endpoint_status.networks IS 'Their networks.';
