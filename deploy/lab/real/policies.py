"""What is done to which name: one description, from which each program's configuration is rendered.

Each policy has two names, one in an unsigned zone and one in a signed zone: BIND by default gives the truth about a
signed name to whoever asks with DO=1.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final, NamedTuple


class Software(StrEnum):
    """The programs under test."""

    UNBOUND = "unbound"
    BIND = "bind"
    KNOT = "knot"
    POWERDNS = "powerdns"
    DNSDIST = "dnsdist"


class Policy(StrEnum):
    """What a program is told to do with a name."""

    HONEST = "honest"
    NXDOMAIN = "nxdomain"
    NODATA = "nodata"
    PAGE = "page"  # a CNAME to the page of an authority
    ADDRESS = "address"  # the address of such a page
    NULL = "null"  # 0.0.0.0 and ::
    REFUSED = "refused"
    DROP = "drop"
    TCP_ONLY = "tcp-only"  # cut short over UDP, so that the client comes back over TCP, and then the truth
    EDE_15 = "ede-15"  # NXDOMAIN with an extended error (RFC 8914): blocked, censored, filtered
    EDE_16 = "ede-16"
    EDE_17 = "ede-17"


class Rule(NamedTuple):
    """One name and what is done to it; names end with a dot."""

    name: str
    policy: Policy


UNSIGNED_ZONE: Final = "policy.it."
SIGNED_ZONE: Final = "signed-policy.it."
ZONES: Final = (UNSIGNED_ZONE, SIGNED_ZONE)
#: The page that is answered: state gambling monopoly, the best known of them (shared facts: blocking.md section 3).
PAGE_NAME: Final = "sito-inibito-giochi.adm.gov.it."
PAGE_ADDRESS: Final = "217.175.53.72"
NULL_V4, NULL_V6 = "0.0.0.0", "::"  # noqa: S104 - an answer, nothing listens there
EDE_CODES: Final = {Policy.EDE_15: 15, Policy.EDE_16: 16, Policy.EDE_17: 17}
EDE_TEXT: Final = "Tribunale di Milano"

#: The names of the Milan order; the access provider blocks them, the public resolvers do not.
DOCKET: Final = ("kickasstorrents.to.", "limetorrents.pro.", "ilcorsaronero.pro.")
DEAD_NAME: Final = "dead-name.pro."
PROVIDER: Final = Software.BIND
_PROVIDER_RULES: Final = tuple(
    Rule(name, policy) for name, policy in zip(DOCKET, (Policy.ADDRESS, Policy.NXDOMAIN, Policy.NULL), strict=True)
)

#: Why a program does not carry out a policy: what it can do is its own, and a row of the table says so.
CANNOT: Final[dict[tuple[Software, Policy], str]] = {
    (Software.UNBOUND, Policy.EDE_15): "Unbound 1.17 attaches no extended error to a policy answer",
    (Software.UNBOUND, Policy.EDE_16): "Unbound 1.17 attaches no extended error to a policy answer",
    (Software.UNBOUND, Policy.EDE_17): "Unbound 1.17 attaches no extended error to a policy answer",
    (Software.BIND, Policy.EDE_15): "BIND 9.18 has no `ede` in response-policy; later releases have",
    (Software.BIND, Policy.EDE_16): "BIND 9.18 has no `ede` in response-policy; later releases have",
    (Software.BIND, Policy.EDE_17): "BIND 9.18 has no `ede` in response-policy; later releases have",
    (Software.DNSDIST, Policy.EDE_15): "dnsdist 1.7 sets no extended error; from 1.9",
    (Software.DNSDIST, Policy.EDE_16): "dnsdist 1.7 sets no extended error; from 1.9",
    (Software.DNSDIST, Policy.EDE_17): "dnsdist 1.7 sets no extended error; from 1.9",
}


def names_of(policy: Policy) -> tuple[str, str]:
    """The name in the unsigned zone and the one in the signed zone."""
    return f"{policy}.{UNSIGNED_ZONE}", f"{policy}.{SIGNED_ZONE}"


def rules_of(software: Software) -> tuple[Rule, ...]:
    """What *software* is told; what it cannot do is left out."""
    told = tuple(
        Rule(name, policy)
        for policy in Policy
        if policy is not Policy.HONEST and (software, policy) not in CANNOT
        for name in names_of(policy)
    )
    return told + (_PROVIDER_RULES if software is PROVIDER else ())
