"""Who and what there is in a forged world: an order, resolvers, names, probes; all of it invented."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any, Final

from msgspec import structs

from collector.judge.rules import RULE_IDS
from schema.cells import VERSION, Asked, Group, QuestionSet
from schema.order import Order, Scope, ScopeRule
from schema.policy import Bound, Policy
from schema.registry import KNOWN_ABSENT, KNOWN_GOOD, Resolver, Vantage
from schema.words import Kind, Profile, Role

NAME: Final = "film-gratis.test."
SECOND: Final = "serie-gratis.test."
OTHER: Final = "giornale.test."
LIVE: Final = "198.51.100.7"
NIGHT: Final = datetime(2026, 11, 21, 18, tzinfo=UTC)

ALFA: Final = Resolver(
    "alfa", "Alfa DNS", Kind.PUBLIC, (64496,),
    endpoints=("udp:203.0.113.1:53", "tls:203.0.113.1:853#dns.alfa.test"),
)  # fmt: skip
BETA: Final = Resolver("beta", "Rete Beta", Kind.ISP, (64501,), on_net_only=True, endpoints=("udp:203.0.113.2:53",))
CONTROLS: Final = tuple(
    Resolver(f"c{n}", f"Controllo {n}", Kind.CONTROL, endpoints=(f"tls:198.18.0.{n}:853#c{n}.test",)) for n in (1, 2)
)
RESOLVERS: Final = (ALFA, BETA, *CONTROLS)

MILAN: Final = Vantage("mi-01", 64500, "Rete Uno", "IT", "Studio Rossi")
ROME: Final = Vantage("rm-01", 64501, "Rete Beta", "IT", "Studio Verdi")
NAPLES: Final = Vantage("na-01", 64502, "Rete Gamma", "IT", "Studio Bianchi")

ORDER: Final = Order(
    id="ordine-di-prova",
    title="Ordine di prova",
    authority="Tribunale di Prova",
    issued_on=date(2026, 10, 1),
    addressees=("alfa-dns", "rete-beta"),
    starts_on=date(2026, 10, 1),
    starts_verified=True,
    grace_days=30,
    grace_verified=True,
    scope=(
        Scope(NAME, ScopeRule.EXACT, verified=True),
        Scope(SECOND, ScopeRule.EXACT, verified=True),
    ),
)  # fmt: skip


def policy(**changes: Any) -> Policy:
    """The policy of the world: every rule, no fingerprints, the order's addressees bound."""
    fields: dict[str, Any] = {
        "rules": RULE_IDS,
        "resolvers": RESOLVERS,
        "bound": (Bound((NAME, SECOND), ORDER.addressees),),
    }
    return Policy(**(fields | changes))


def questions(names: tuple[str, ...] = (NAME, OTHER), **changes: Any) -> QuestionSet:
    """What is asked: few cells of each kind."""
    targets = Group(Role.TARGET, names, ("alfa", "beta"), ("A",), (Profile.STUB, Profile.EDNS))
    controls = Group(Role.CONTROL, names, ("c1", "c2"), ("A",), (Profile.EDNS,))
    good = Group(Role.KNOWN_GOOD, (KNOWN_GOOD,), ("alfa", "beta"), ("A",), (Profile.EDNS,))
    absent = Group(Role.KNOWN_ABSENT, (KNOWN_ABSENT,), ("alfa", "beta"), ("A",), (Profile.EDNS,))
    asked = tuple(Asked(one.id, one.endpoints, one.asns, one.on_net_only, one.mix_case) for one in RESOLVERS)
    listed = tuple(dict.fromkeys((*names, KNOWN_GOOD, KNOWN_ABSENT)))
    whole = QuestionSet(VERSION, listed, asked, (targets, controls, good, absent))
    return structs.replace(whole, **changes)


def few_questions(names: tuple[str, ...] = (NAME, OTHER), **changes: Any) -> QuestionSet:
    """As few as a verdict needs."""
    public = Group(Role.TARGET, names, ("alfa",), ("A",), (Profile.EDNS,), transports=("tls",))
    provider = Group(Role.TARGET, names, ("beta",), ("A",), (Profile.EDNS,))
    controls = Group(Role.CONTROL, names, ("c1", "c2"), ("A",), (Profile.EDNS,))
    good = Group(Role.KNOWN_GOOD, (KNOWN_GOOD,), ("alfa",), ("A",), (Profile.EDNS,), transports=("tls",))
    own = Group(Role.KNOWN_GOOD, (KNOWN_GOOD,), ("beta",), ("A",), (Profile.EDNS,))
    return structs.replace(questions(names, **changes), groups=(public, provider, controls, good, own))


@dataclass(frozen=True)
class Cast:
    """All that stands before anything happens."""

    vantages: tuple[Vantage, ...] = (MILAN, ROME)
    order: Order = ORDER
    policy: Policy = field(default_factory=policy)
    questions: QuestionSet = field(default_factory=questions)

    def but(self, **changes: Any) -> Cast:
        """The same with other fields."""
        return replace(self, **changes)
