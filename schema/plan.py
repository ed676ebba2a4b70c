"""The plan: what every probe asks in one round; a small signed header over a content-addressed question set."""

from __future__ import annotations

from hashlib import sha256

from schema.codec import Instant, Whole, Wire, encode, reader
from schema.dsse import PLAN, Envelope, Signer, seal, verify
from schema.errors import FormatError

VERSION = 1


class PlanVantage(Wire, frozen=True):
    """A vantage enrolled for the plan, and what decides which cells apply to it."""

    id: str
    asn: Whole
    country: str
    operator: str = ""


class Plan(Wire, frozen=True):
    """The signed header of one round.

    Times are UTC; `window_s` is how long the round may take; `seed` (hex) fixes order and jitter; `questions` and
    `policy` are hex SHA-256 of what they name; `after` is the newest timestamp token, a not-before.
    """

    v: Whole
    number: Whole
    starts_at: Instant
    window_s: float
    seed: str
    questions: str
    policy: str
    vantages: tuple[PlanVantage, ...]
    after: str | None = None

    def vantage(self, probe: str) -> PlanVantage | None:
        """The entry of *probe*, or none if it was not enrolled for this plan."""
        return next((vantage for vantage in self.vantages if vantage.id == probe), None)


_read_plan = reader(Plan, "plan")


def plan_id(payload: bytes) -> str:
    """Hex SHA-256 of the signed payload."""
    return sha256(payload).hexdigest()


def seal_plan(plan: Plan, signer: Signer) -> Envelope:
    """*plan* as it is published."""
    return seal(signer, PLAN, encode(plan))


def open_plan(envelope: Envelope, *, collector_key: bytes) -> tuple[str, Plan]:
    """The id and the plan in *envelope*.

    Raises:
        SignatureError: not signed by the collector. FormatError: not a plan of a known version.
    """
    verify(collector_key, PLAN, envelope.payload, envelope.signature)
    return plan_id(envelope.payload), read_plan(envelope.payload)


def read_plan(payload: bytes) -> Plan:
    """The plan in *payload*, without its signature.

    Raises:
        FormatError: not a plan of a known version.
    """
    plan = _read_plan(payload)
    if plan.v != VERSION:
        raise FormatError(f"plan: version {plan.v} is not known here")
    return plan
