// The closed vocabularies that stand in a bundle.

export const ROLE = [
  "target", "control", "identity", "known_good", "known_absent", "canary", "look", "measure", "time",
];
export const PROFILE = ["stub", "edns", "dnssec"];
export const KIND = ["public", "isp", "control"];
export const FAILURE = [
  "timeout", "refused_connection", "unreachable", "reset", "closed", "tls_failed", "tls_untrusted", "http_status",
  "framing", "too_large", "local_error",
];
export const GAP = ["ceiling", "breaker", "quota", "crashed", "not_running", "never_probe", "transport_unavailable"];
export const OUTCOME = ["blocked", "open", "dead", "failing", "insufficient"];
export const HOW = [
  "nxdomain", "nodata", "refused", "servfail", "timeout", "address", "cname", "null_address", "loopback",
];
export const ORIGIN = ["resolver", "path", "unattributed"];
export const STATE = ["blocked", "open", "mixed", "dead", "failing", "insufficient"];
export const NOTE = [
  "path_interferes", "transports_differ", "types_differ", "addresses_differ", "profiles_differ", "pool", "dead_name",
  "parked", "may_be_cached", "network_only", "more_than_one_answer", "controls_missing", "controls_disagree",
  "known_good_fails", "known_absent_answered", "other_authority", "indicative",
  "sweep",
];
export const SCOPERULE = ["exact", "subtree", "same_label_any_tld", "listed_alias", "adjudicated"];
export const STARTSFROM = ["order", "service", "publication", "notice", "confirmation"];
export const INSTRUMENT = ["injunction", "authority_order", "demand", "watch"];
export const PER = ["order", "name", "service"];
export const NOTICEKIND = ["service", "notification", "demand", "reply"];
export const TRANSPORT = ["udp", "tcp", "tls", "https", "quic"];
export const CHALLENGE = [
  "path", "stale_cache", "other_site", "outside_territory", "other_measure", "name_not_the_site", "clock",
  "line_changed", "treated_specially", "controls_not_independent", "custody",
];
export const CONFIDENCE = ["high", "medium", "low"];
