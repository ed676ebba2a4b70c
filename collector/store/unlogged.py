"""Rows of the ledger that have no entry in the collector's log yet: what a seal enters."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final, NamedTuple

from collector.store.statements import load

if TYPE_CHECKING:
    from collector.store.database import Connection

_SQL: Final = load("unlogged.sql")
_LATE_BATCHES: Final = 2000  # batches may become visible so many numbers late; what is later still, a start finds
_LATE_PLANS: Final = 100


class OpenPlan(NamedTuple):
    """A plan without an entry."""

    number: int
    plan: str
    starts_at: datetime
    key: str
    signature: bytes


class OpenHead(NamedTuple):
    """A head of a probe's log without an entry; `batch` is where it came."""

    probe: str
    chain: str
    size: int
    root: str
    key: str
    signature: bytes
    batch: int


class OpenEquivocation(NamedTuple):
    """An equivocation without an entry."""

    equivocation: int
    probe: str
    what: str
    digests: list[str]
    at: datetime


class OpenStanding(NamedTuple):
    """A change of a vantage's standing without an entry."""

    probe: str
    kind: str
    reason: str
    at: datetime


class OpenKey(NamedTuple):
    """A change of key without an entry."""

    probe: str
    key: str
    key_id: str
    by: str
    signature: bytes
    since: datetime


class OpenVantage(NamedTuple):
    """An enrolment without an entry."""

    probe: str
    key: str
    asn: int
    operator: str
    country: str
    custodian: str
    enrolled_at: datetime


class OpenOrder(NamedTuple):
    """A version of an order without an entry."""

    order_id: str
    version: int
    digest: str
    entered_at: datetime


class OpenStamp(NamedTuple):
    """A token without an entry."""

    size: int
    authority: str
    token: str
    certificate: str
    gen_at: datetime
    accuracy_us: int


class OpenRows(NamedTuple):
    """Rows of the ledger that have no entry yet, each kind in its own order."""

    policies: list[str]
    questions: list[str]
    vantages: list[OpenVantage]
    keys: list[OpenKey]
    standings: list[OpenStanding]
    orders: list[OpenOrder]
    stamps: list[OpenStamp]
    plans: list[OpenPlan]
    equivocations: list[OpenEquivocation]
    heads: list[OpenHead]


class Since(NamedTuple):
    """Below these numbers, of this database, everything has its entry."""

    batch: int = 0
    plan: int = 0

    def after(self, rows: OpenRows) -> Since:
        """When *rows* have their entries as well."""
        batch = max((one.batch for one in rows.heads), default=0) - _LATE_BATCHES
        plan = max((one.number for one in rows.plans), default=0) - _LATE_PLANS
        return Since(max(self.batch, batch), max(self.plan, plan))


async def marks(connection: Connection, log: int) -> tuple[int | None, ...]:
    """Numbers of which one is another as soon as something new is there."""
    return tuple((await connection.fetchrow(_SQL["marks"], log)) or ())


async def open_rows(connection: Connection, log: int, since: Since, *, stamps_of: int) -> OpenRows:
    """Rows without an entry in *log*; of what never ends, those from *since* on.

    What depends on others is read before them: whatever is seen, what it depends on is seen too.
    """
    plans = [OpenPlan(*row) for row in await connection.fetch(_SQL["plans"], log, since.plan)]
    heads = [OpenHead(*row) for row in await connection.fetch(_SQL["heads"], log, since.batch)]
    told = [OpenEquivocation(*row) for row in await connection.fetch(_SQL["equivocations"], log)]
    standings = [OpenStanding(*row) for row in await connection.fetch(_SQL["standings"], log)]
    keys = [OpenKey(*row) for row in await connection.fetch(_SQL["keys"], log)]
    return OpenRows(
        vantages=[OpenVantage(*row) for row in await connection.fetch(_SQL["vantages"], log)],
        keys=keys,
        standings=standings,
        orders=[OpenOrder(*row) for row in await connection.fetch(_SQL["orders"], log)],
        stamps=[OpenStamp(*row) for row in await connection.fetch(_SQL["stamps"], log, stamps_of)],
        plans=plans,
        equivocations=told,
        heads=heads,
        policies=[row["digest"] for row in await connection.fetch(_SQL["policies"], log)],
        questions=[row["digest"] for row in await connection.fetch(_SQL["questions"], log)],
    )
