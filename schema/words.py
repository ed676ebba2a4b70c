"""The closed vocabularies: every word that travels, is stored or is shown, once."""

from __future__ import annotations

from enum import StrEnum


class Transport(StrEnum):
    """How a question is carried to an endpoint."""

    UDP = "udp"
    TCP = "tcp"
    TLS = "tls"
    HTTPS = "https"
    QUIC = "quic"


#: Transports on which a certificate says who answered.
VERIFIABLE = frozenset({Transport.TLS, Transport.HTTPS, Transport.QUIC})


class Profile(StrEnum):
    """How a question is put."""

    STUB = "stub"  # no EDNS, as a plain stub resolver asks
    EDNS = "edns"  # EDNS with NSID, DO=0
    DNSSEC = "dnssec"  # EDNS with NSID, DO=1


class Role(StrEnum):
    """Why a cell is in the plan."""

    TARGET = "target"
    CONTROL = "control"
    IDENTITY = "identity"
    KNOWN_GOOD = "known_good"
    KNOWN_ABSENT = "known_absent"
    CANARY = "canary"
    LOOK = "look"  # nothing is asked: a handshake with a site's address, for its certificate
    MEASURE = "measure"  # a site is asked over HTTPS, for status and headers: says nothing of DNS
    TIME = "time"  # the root zone's signed SOA and its keys: what is signed did not exist before its signature


class Kind(StrEnum):
    """What a resolver is in the registry."""

    PUBLIC = "public"
    ISP = "isp"
    CONTROL = "control"


class Failure(StrEnum):
    """Why a question has no usable answer; the probe saw it, nobody judged it."""

    TIMEOUT = "timeout"
    REFUSED_CONNECTION = "refused_connection"
    UNREACHABLE = "unreachable"
    RESET = "reset"
    CLOSED = "closed"
    TLS_FAILED = "tls_failed"
    TLS_UNTRUSTED = "tls_untrusted"
    HTTP_STATUS = "http_status"
    FRAMING = "framing"
    TOO_LARGE = "too_large"
    LOCAL_ERROR = "local_error"


class Gap(StrEnum):
    """Why a cell was not asked; only a probe writes gaps."""

    CEILING = "ceiling"
    BREAKER = "breaker"
    QUOTA = "quota"
    CRASHED = "crashed"
    NOT_RUNNING = "not_running"
    NEVER_PROBE = "never_probe"
    TRANSPORT_UNAVAILABLE = "transport_unavailable"


class Outcome(StrEnum):
    """What one round says of one resolver and name."""

    BLOCKED = "blocked"
    OPEN = "open"
    DEAD = "dead"
    FAILING = "failing"
    INSUFFICIENT = "insufficient"


class How(StrEnum):
    """By what answer a name was withheld."""

    NXDOMAIN = "nxdomain"
    NODATA = "nodata"
    REFUSED = "refused"
    SERVFAIL = "servfail"
    TIMEOUT = "timeout"
    ADDRESS = "address"
    CNAME = "cname"
    NULL_ADDRESS = "null_address"
    LOOPBACK = "loopback"


class Origin(StrEnum):
    """Who is shown to have given the answer."""

    RESOLVER = "resolver"
    PATH = "path"
    UNATTRIBUTED = "unattributed"


class Sign(StrEnum):
    """By what it is shown that another than the resolver answers at an endpoint on port 53."""

    IDENTITY = "identity"  # id.server or NSID is none of the operator's, or somebody else's
    WHOAMI = "whoami"  # questions leave for the name servers from another network
    DISTANCE = "distance"  # answers about a name come from another distance (IP TTL) than the endpoint's others
    DATAGRAMS = "datagrams"  # one question got different datagrams
    STOP_PAGE = "stop_page"  # the page of a network that is not the resolver's
    CANARY = "canary"  # an address that runs no DNS answers on this transport


class Ground(StrEnum):
    """What independent operators agree on about a name."""

    ALIVE = "alive"
    DEAD = "dead"  # it does not exist
    NODATA = "nodata"  # it exists and has no address
    DISAGREE = "disagree"
    MISSING = "missing"  # too few answered


class State(StrEnum):
    """What all vantages together say of a resolver and name over time."""

    BLOCKED = "blocked"
    OPEN = "open"
    MIXED = "mixed"
    DEAD = "dead"
    FAILING = "failing"
    INSUFFICIENT = "insufficient"


class Finding(StrEnum):
    """What one day came to under one order."""

    COMPLIANT = "compliant"
    NOT_COMPLIANT = "not_compliant"
    PARTLY_COMPLIANT = "partly_compliant"
    NOT_TESTABLE = "not_testable"
    UNDETERMINED = "undetermined"
    NOT_DUE = "not_due"
    OVER_BLOCKING = "over_blocking"


class Note(StrEnum):
    """What a reader must know beside a verdict's outcome."""

    PATH_INTERFERES = "path_interferes"  # something on the path is shown to answer port 53
    TRANSPORTS_DIFFER = "transports_differ"  # port 53 and the verified channel differ, nothing shown on the path
    TYPES_DIFFER = "types_differ"  # A and other types of the name come out differently
    ADDRESSES_DIFFER = "addresses_differ"  # endpoints of one kind come out differently
    PROFILES_DIFFER = "profiles_differ"  # with DO=1 the answer is another
    POOL = "pool"  # repeats of one question come out differently
    DEAD_NAME = "dead_name"  # blocked, and the name exists nowhere else either
    PARKED = "parked"  # the controls answer with a parking service
    MAY_BE_CACHED = "may_be_cached"  # a cache explains the open answer
    NETWORK_ONLY = "network_only"  # open by the network of the address alone
    MORE_THAN_ONE_ANSWER = "more_than_one_answer"  # one question, several different datagrams
    CONTROLS_MISSING = "controls_missing"  # fewer than two independent controls answered
    CONTROLS_DISAGREE = "controls_disagree"  # the controls contradict each other
    KNOWN_GOOD_FAILS = "known_good_fails"  # the endpoint does not answer the name that always answers
    KNOWN_ABSENT_ANSWERED = "known_absent_answered"  # the endpoint invents answers for names that do not exist
    OTHER_AUTHORITY = "other_authority"  # the block is of a list that is not the order's
    INDICATIVE = "indicative"  # below the evidence floor by configuration
    SWEEP = "sweep"  # of a round that goes through long lists: counts no day


class Challenge(StrEnum):
    """What may be said against a day on which a name resolved; an order can require that given ones be excluded."""

    PATH = "path"  # somebody on the path answered in the resolver's place
    STALE_CACHE = "stale_cache"  # a cache explains the open answer
    OTHER_SITE = "other_site"  # another site of the resolver answered than the one that users reach
    OUTSIDE_TERRITORY = "outside_territory"  # it was asked from where the order does not reach
    OTHER_MEASURE = "other_measure"  # the operator complied by another measure, such as HTTP 451
    NAME_NOT_THE_SITE = "name_not_the_site"  # the name was dead, parked, or had been registered anew by somebody else
    CLOCK = "clock"  # the vantage's clock was wrong
    LINE_CHANGED = "line_changed"  # the vantage was on another line than it says
    TREATED_SPECIALLY = "treated_specially"  # the resolver answers probes otherwise than users
    CONTROLS_NOT_INDEPENDENT = "controls_not_independent"  # those that say what is true depend on one another
    CUSTODY = "custody"  # the records may have been changed on their way


class Standing(StrEnum):
    """What stands against a challenge on one day."""

    EXCLUDED = "excluded"  # something that a person can open says that it was not so
    NOT_EXCLUDED = "not_excluded"  # looked at, and it may have been so
    NOT_TESTED = "not_tested"  # nobody looked
