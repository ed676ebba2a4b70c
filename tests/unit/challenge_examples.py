"""A day on which a name resolved, of which everything is known that can be, for the tests of challenges."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from hashlib import sha256

from msgspec.structs import replace

from collector.compliance.dayevidence import Closed, DayEvidence, Line, PlanFacts, RoundFacts
from collector.compliance.facts import Measured
from collector.status import NameRun, NameSample, Sample
from schema.plan import PlanVantage
from schema.registry import Resolver
from schema.verdict import Counts, Verdict
from schema.words import Ground, Kind, Origin, Outcome, State

DAY = date(2022, 8, 15)
START = datetime(2022, 8, 14, 22, tzinfo=UTC)  # midnight in Rome
STEP = timedelta(hours=2)
TLS = "tls:1.1.1.1:853#one.one.one.one"
NAME = "kickasstorrents.to."
SERVERS, SOA = ("ns1.example.", "ns2.example."), "ns1.example. hostmaster.example."
RESOLVER = Resolver("cloudflare", "Cloudflare", Kind.PUBLIC, (13335,), endpoints=("udp:1.1.1.1:53", TLS))
VANTAGES = (
    PlanVantage("mi-01", 3269, "IT", "TIM"),
    PlanVantage("rm-01", 30722, "IT", "Vodafone"),
    PlanVantage("to-01", 12874, "IT", "Fastweb"),
)
KEEPERS = {"mi-01": "Anna", "rm-01": "Bruno", "to-01": "Carla"}
CONTROLS = (("quad9", ("4:909", "AS19281")), ("sb", ("4:b95f",)))


def digest(text: str) -> str:
    """A hex SHA-256 that stands for a record."""
    return sha256(text.encode()).hexdigest()


def verdict(number: int, vantage: PlanVantage, **changes: object) -> Verdict:
    """A verdict open over a verified channel."""
    found = Verdict(
        digest(f"plan {number}"), vantage.id, "cloudflare", NAME, Outcome.OPEN, None, Origin.RESOLVER, None, "mxp01",
        "address_in_control", 3, digest(f"{number} {vantage.id}"), Counts(0, 8, 0), {TLS: Outcome.OPEN}, (),
    )  # fmt: skip
    return replace(found, **changes)


def round_facts(number: int, vantage: PlanVantage) -> RoundFacts:
    """A round of which everything is known."""
    at = START + number * STEP
    line = Line(digest(f"batch {number} {vantage.id}"), "93.40.17.8", "route", ("192.0.2.1",))
    return RoundFacts(
        vantage,
        KEEPERS[vantage.id],
        verdict(number, vantage),
        TLS,
        Closed(
            digest(f"close {number} {vantage.id}"),
            sealed=True,
            not_before=at,
            not_after=at + timedelta(minutes=40),
            token=digest("token"),
        ),
        line,
        line._replace(batch=digest("first")),
        digest(f"own {number} {vantage.id}") if vantage.id == "mi-01" else None,
    )


def plan_facts(number: int) -> PlanFacts:
    """A plan whose sample counts, with all its rounds."""
    at = START + number * STEP
    sample = Sample(
        number, at, "cloudflare", NAME, State.OPEN, None, Origin.RESOLVER, None, 3, 3, 0, (), "address_in_control",
        digest(f"{number} mi-01"), indicative=False, enrolled=3, dissenting=0, supporters=tuple(KEEPERS),
    )  # fmt: skip
    return PlanFacts(
        number,
        digest(f"plan {number}"),
        sample,
        tuple(round_facts(number, vantage) for vantage in VANTAGES),
        late=False,
        controls=CONTROLS,
        due_at=START - timedelta(days=4),
        cache_s=86_400,
        name=NameSample(number, at, NAME, Ground.ALIVE, SERVERS, SOA, parked=False, vantages=3),
    )


def name_run(started: datetime, until: datetime, **changes: object) -> NameRun:
    """A stretch in which the name was alive with its servers."""
    found = NameRun(
        NAME, Ground.ALIVE, SERVERS, SOA, parked=False, started_at=started, covered_until=until, vantages=3, samples=9, changed=()
    )  # fmt: skip
    return replace(found, **changes)


def day_evidence(plans: int = 10) -> DayEvidence:
    """A day of twelve planned samples, of which nine tenths are enough, and so many *plans* count."""
    return DayEvidence(
        territory="IT",
        since=date(2022, 7, 11),
        resolver=RESOLVER,
        name=NAME,
        day=DAY,
        plans=tuple(plan_facts(number) for number in range(plans)),
        enough=lambda numbers: 10 * len(set(numbers)) >= 9 * plans,
        due_at=START - timedelta(days=4),
        known=(name_run(START - timedelta(days=36), START + timedelta(days=1)),),
        measured=Measured.NOT_SEEN,
        measured_by=digest("measure"),
    )
