-- How soon each operator follows what it is told. Of intervals, a quantile of their lower ends and one of their upper ends
-- hold the quantile of what lies in them.

CREATE OR REPLACE VIEW analyst.compliance_speed_by_operator AS
SELECT
    compliance_speed.order_id,
    compliance_speed.operator,
    compliance_speed.event,
    count(*) AS notifications,
    count(*) FILTER (WHERE compliance_speed.standing = 'already') AS already,
    count(*) FILTER (WHERE compliance_speed.standing = 'later') AS later,
    count(*) FILTER (WHERE compliance_speed.standing = 'not_yet') AS not_yet,
    count(*) FILTER (WHERE compliance_speed.standing = 'not_seen') AS not_seen,
    percentile_disc(0.5) WITHIN GROUP (ORDER BY compliance_speed.after_s)
        FILTER (WHERE compliance_speed.standing IN ('later', 'not_yet')) AS median_after_s,
    nullif(percentile_disc(0.5) WITHIN GROUP (ORDER BY coalesce(compliance_speed.by_s, 'infinity'::double precision))
        FILTER (WHERE compliance_speed.standing IN ('later', 'not_yet')), 'infinity')::bigint AS median_by_s,
    percentile_disc(0.9) WITHIN GROUP (ORDER BY compliance_speed.after_s)
        FILTER (WHERE compliance_speed.standing IN ('later', 'not_yet')) AS p90_after_s,
    nullif(percentile_disc(0.9) WITHIN GROUP (ORDER BY coalesce(compliance_speed.by_s, 'infinity'::double precision))
        FILTER (WHERE compliance_speed.standing IN ('later', 'not_yet')), 'infinity')::bigint AS p90_by_s,
    count(*) FILTER (WHERE compliance_speed.within_limit = 'yes') AS within,
    count(*) FILTER (WHERE compliance_speed.within_limit = 'no') AS beyond,
    count(*) FILTER (WHERE compliance_speed.within_limit = 'undecided') AS undecided,
    round(count(*) FILTER (WHERE compliance_speed.within_limit = 'yes')::numeric / count(*), 4) AS share_at_least,
    round(count(*) FILTER (WHERE compliance_speed.within_limit <> 'no')::numeric / count(*), 4) AS share_at_most
FROM analyst.compliance_speed
GROUP BY compliance_speed.order_id, compliance_speed.operator, compliance_speed.event;

COMMENT ON VIEW analyst.compliance_speed_by_operator IS 'How soon each operator follows what it is told: how many notifications, resolvers and names, their median and 90th percentile as intervals, and the share within the limit.';
COMMENT ON COLUMN analyst.compliance_speed_by_operator.order_id IS 'Under which order.';
COMMENT ON COLUMN analyst.compliance_speed_by_operator.operator IS 'The addressee, as a slug.';
COMMENT ON COLUMN analyst.compliance_speed_by_operator.event IS 'What told it: start, service, notification, demand or list.';
COMMENT ON COLUMN analyst.compliance_speed_by_operator.notifications IS 'Rows of analyst.compliance_speed: a notification, a resolver and a name each.';
COMMENT ON COLUMN analyst.compliance_speed_by_operator.already IS 'Of those, withheld when the notification came.';
COMMENT ON COLUMN analyst.compliance_speed_by_operator.later IS 'Of those, withheld after it.';
COMMENT ON COLUMN analyst.compliance_speed_by_operator.not_yet IS 'Of those, last seen open after it.';
COMMENT ON COLUMN analyst.compliance_speed_by_operator.not_seen IS 'Of those, of which nothing is known since.';
COMMENT ON COLUMN analyst.compliance_speed_by_operator.median_after_s IS 'Half of those withheld later or not yet took at least so many seconds.';
COMMENT ON COLUMN analyst.compliance_speed_by_operator.median_by_s IS 'Half of them took at most so many; null where half of them are not withheld yet.';
COMMENT ON COLUMN analyst.compliance_speed_by_operator.p90_after_s IS 'One in ten of them took at least so many seconds.';
COMMENT ON COLUMN analyst.compliance_speed_by_operator.p90_by_s IS 'Nine in ten of them took at most so many; null where more than one in ten is not withheld yet.';
COMMENT ON COLUMN analyst.compliance_speed_by_operator.within IS 'Withheld within the limit.';
COMMENT ON COLUMN analyst.compliance_speed_by_operator.beyond IS 'Still open at the limit or later.';
COMMENT ON COLUMN analyst.compliance_speed_by_operator.undecided IS 'The limit lies between the last sample that was open and the first that was blocked.';
COMMENT ON COLUMN analyst.compliance_speed_by_operator.share_at_least IS 'Share within the limit if all that is undecided was late.';
COMMENT ON COLUMN analyst.compliance_speed_by_operator.share_at_most IS 'Share within the limit if all that is undecided was in time.';
