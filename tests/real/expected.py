"""What each program's answer to each policy has to be judged as, with the reason: written down, never computed.

Measured with the packages of Debian 12 (Unbound 1.17.1, BIND 9.18.49, Knot Resolver 5.6.0, PowerDNS Recursor 4.8.8,
dnsdist 1.7.3). The first row that fits a cell decides what is expected of it.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from deploy.lab.real.policies import DEAD_NAME, DOCKET, Policy, Software
from schema.words import How, Note, Outcome, Transport

_EVERY: Final = tuple(Software)
_STREAMS: Final = (Transport.TCP, Transport.TLS, Transport.HTTPS)
#: The pools are a row of their own: two servers behind one address, of which one answers NXDOMAIN.
POOL: Final = "pool"
_NO_EDE: Final = (Software.UNBOUND, Software.BIND, Software.DNSDIST)
_EDE: Final = (Policy.EDE_15, Policy.EDE_16, Policy.EDE_17)


class Expected(NamedTuple):
    """What a policy, carried out by any of *software* and asked over any of *transports*, comes to.

    Empty `transports`: over each alone and over all together; None among them is all together.
    """

    subjects: tuple[str, ...]  # policies, or names that stand for themselves
    outcome: Outcome
    how: How | None
    reason: str
    software: tuple[Software, ...] = _EVERY
    transports: tuple[Transport | None, ...] = ()
    notes: tuple[Note, ...] = ()


EXPECTED: Final = (
    Expected((Policy.HONEST,), Outcome.OPEN, None, "no policy"),
    Expected(
        (Policy.NXDOMAIN,), Outcome.BLOCKED, How.NXDOMAIN,
        "the name lives elsewhere; the shapes differ (AA and no SOA, SOA in ADDITIONAL, EDE 15, bare)",
    ),
    Expected((Policy.NODATA,), Outcome.BLOCKED, How.NODATA, "the name has addresses elsewhere"),
    Expected(
        (Policy.PAGE,), Outcome.OPEN, None,
        "Knot Resolver ignores a CNAME to a page in a policy zone and answers honestly",
        software=(Software.KNOT,),
    ),
    Expected(
        (Policy.PAGE,), Outcome.BLOCKED, How.CNAME,
        "an alias to an authority's page; Unbound, BIND and PowerDNS add its address, dnsdist does not",
    ),
    Expected(
        (Policy.ADDRESS,), Outcome.BLOCKED, How.ADDRESS,
        "the address of an authority's page; dnsdist spoofs only the type it has an address for, and AAAA is honest",
        software=(Software.DNSDIST,), notes=(Note.TYPES_DIFFER,),
    ),
    Expected((Policy.ADDRESS,), Outcome.BLOCKED, How.ADDRESS, "the address of an authority's page"),
    Expected((Policy.NULL,), Outcome.BLOCKED, How.NULL_ADDRESS, "0.0.0.0 and ::"),
    Expected(
        (Policy.REFUSED,), Outcome.BLOCKED, How.REFUSED,
        "this name only and more than once; BIND (a zone nobody may query) and Knot add EDE 18",
    ),
    Expected(
        (Policy.DROP,), Outcome.BLOCKED, How.SERVFAIL,
        "Knot Resolver answers SERVFAIL with EDE 18 instead of staying silent",
        software=(Software.KNOT,),
    ),
    Expected(
        (Policy.DROP,), Outcome.INSUFFICIENT, None,
        "on a stream Unbound and dnsdist hang up (dnsdist on HTTPS: an HTTP error): a lost connection is no answer",
        software=(Software.UNBOUND, Software.DNSDIST),
        transports=_STREAMS,
    ),
    Expected((Policy.DROP,), Outcome.BLOCKED, How.TIMEOUT, "silence about this name only, more than once; it names nobody, since no certificate vouches for it"),
    Expected(
        (Policy.TCP_ONLY,), Outcome.INSUFFICIENT, None,
        "cut short over UDP: no answer yet", transports=(Transport.UDP,),
    ),
    Expected((Policy.TCP_ONLY,), Outcome.OPEN, None, "the truth to whoever comes over a stream (the front of QUIC does)"),
    Expected(_EDE, Outcome.OPEN, None, "the program cannot say it, so nothing is done to the name", software=_NO_EDE),
    Expected(_EDE, Outcome.BLOCKED, How.NXDOMAIN, "NXDOMAIN; whoever asks with EDNS is told that it is a block"),
    Expected((DOCKET[0],), Outcome.BLOCKED, How.ADDRESS, "the access provider's page", software=(Software.BIND,)),
    Expected((DOCKET[1],), Outcome.BLOCKED, How.NXDOMAIN, "the access provider's policy", software=(Software.BIND,)),
    Expected((DOCKET[2],), Outcome.BLOCKED, How.NULL_ADDRESS, "the access provider's policy", software=(Software.BIND,)),
    Expected(DOCKET, Outcome.OPEN, None, "public resolvers do not block it here"),
    Expected((DEAD_NAME,), Outcome.DEAD, None, "the name exists nowhere"),
    Expected((POOL,), Outcome.INSUFFICIENT, None, "one of two servers blocks: the note says so, with counts", notes=(Note.POOL,)),
)  # fmt: skip

#: What BIND leaves honest at DO=1 where the name is signed (`break-dnssec no`): the answers differ by profile, and the
#: block stands. The other programs block whatever is asked.
HONEST_AT_DO: Final = frozenset({Policy.NXDOMAIN, Policy.NODATA, Policy.PAGE, Policy.ADDRESS, Policy.NULL, Policy.DROP})
HONEST_AT_DO_NAMES: Final = frozenset({DOCKET[0]})  # of the docket's only this one is signed


def expected(software: Software, subject: str, transport: Transport | None) -> Expected:
    """The row for a cell.

    Raises:
        LookupError: nobody wrote down what to expect.
    """
    for row in EXPECTED:
        if subject in row.subjects and software in row.software and (not row.transports or transport in row.transports):
            return row
    raise LookupError(f"nothing is expected of {software} {subject} over {transport or 'all transports'}")
