"""A bundle exported: the whole answer to a query, or no bundle. Nothing that is missing is passed over."""

from __future__ import annotations

from importlib.metadata import version as installed
from typing import TYPE_CHECKING, NamedTuple

from collector.evidence.assembling import Assembly
from collector.evidence.heads import newest_head, require_covered
from collector.evidence.query import period, read_order_body, require_asked, settle
from collector.evidence.texts import HeadStamp, Told, texts
from collector.library import Library
from schema.bundle.parts import VERSION, Bundle
from schema.codec import encode
from schema.dsse import key_id
from schema.entry import OrderEntered
from schema.errors import ConfigError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date, datetime
    from typing import BinaryIO

    from collector.evidence.heads import Head
    from collector.evidence.signing import BundleKey
    from collector.receive.match import KnownPlan
    from collector.store import Store
    from collector.store.bundles import PlaceOf
    from schema.order import Order


class Asked(NamedTuple):
    """What a person asks for; empty tuples mean all. `authorities` and `cosignatures`: how many the head needs."""

    order: str
    days: tuple[date, date]
    operators: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    authorities: int | None = None
    cosignatures: int = 1


class Exported(NamedTuple):
    """What went into a bundle; `whole` counts the rounds that had to go in with every cell."""

    bundle: Bundle
    plans: int
    rounds: int
    records: int
    whole: int
    absent: tuple[tuple[int, str], ...]


async def export_bundle(
    store: Store,
    asked: Asked,
    key: BundleKey,
    *,
    out: BinaryIO,
    scratch: Callable[[], BinaryIO],
    progress: Callable[[str], None] = lambda _: None,
) -> Exported:
    """Write the bundle that answers *asked* to *out*, signed by *key*; *scratch* opens a file for bytes that wait.

    The same database and question give the same bytes. What is held in memory grows with the log, not with the records.

    Raises:
        ConfigError: a question that nothing here answers, or a key that is not the log's. UnavailableError: what was
            measured is not yet beneath a stamped head. EvidenceError: something is missing or does not hold together.
    """
    order, version, body = await _order(store, asked.order)
    query = settle(order, version, operators=asked.operators, names=asked.names, days=asked.days)
    library = Library(store)
    since, until = period(query)
    rows = await store.plans_between(since, until)
    plans = [await library.plan(row.number) for row in rows]
    closed = await store.closed_between(since, until)
    deployment = await store.deployment()
    lab = deployment is not None and deployment.lab
    head = await _head(store, asked, plans, closed, until=until, lab=lab)
    if head.log.public_key != key.public_key:
        raise ConfigError("the key given is not the one that signs the log", remedy="Name the collector's key (--key).")
    if not any(
        isinstance(one, OrderEntered) and (one.order, one.version) == (order.id, version) for one in head.entries
    ):
        raise UnavailableError(
            f"version {version} of {order.id} is not yet in the log", remedy="Wait for the next time stamp."
        )
    bundle = Bundle(
        v=VERSION,
        query=query,
        origin=head.log.origin,
        size=head.size,
        key=key_id(key.public_key),
        program=f"ottempera {installed('ottempera')}",
        lab=lab,
    )
    progress(f"{len(plans)} plans, {len(closed)} closed rounds; head {head.size}, stamped {head.stamped_at:%F %T} UTC")
    work = Assembly(store, library, head, query, scratch=scratch, progress=progress)
    work.put("bundle.json", encode(bundle) + b"\n")
    work.put(f"orders/{order.id}.{version}.json", body)
    await work.log()
    await work.probe_logs()
    for row, known in zip(rows, plans, strict=True):
        await work.plan(known, row.payload, closed)
    require_asked(query, work.asked)
    await work.certificates()
    for name, data in texts(_told(bundle, order, head, work, len(plans))).items():
        work.put(name, data)
    work.add_derived()
    work.writer.finish(out, key.sign)
    return Exported(bundle, len(plans), work.rounds, work.records, work.whole, tuple(work.absent))


async def _order(store: Store, wanted: str) -> tuple[Order, int, bytes]:
    found = await store.newest_order(wanted)
    if found is None:
        known = ", ".join(await store.order_ids()) or "none"
        raise ConfigError(f"there is no order {wanted}", remedy=f"Orders here: {known}.")
    return read_order_body(found[1]), *found


async def _head(
    store: Store,
    asked: Asked,
    plans: Sequence[KnownPlan],
    closed: Mapping[tuple[int, str], Sequence[PlaceOf]],
    *,
    until: datetime,
    lab: bool,
) -> Head:
    """The head of the first log, in order of age, beneath which the whole period lies: the first shows the earliest times."""
    refusal = UnavailableError("this collector keeps no log yet", remedy="Run the collector: it begins one by itself.")
    for log in await store.logs():
        try:
            head = await newest_head(store, log, authorities=asked.authorities, cosignatures=asked.cosignatures)
            require_covered(head, plans, closed, until=until, lab=lab)
        except UnavailableError as error:
            refusal = error
        else:
            return head
    raise refusal


def _told(bundle: Bundle, order: Order, head: Head, work: Assembly, plans: int) -> Told:
    return Told(
        bundle=bundle,
        order=order,
        stamps=[HeadStamp(one.authority, one.at, one.qualified) for one in head.on_top],
        needed_authorities=head.needed,
        vantages=[one for one in head.enrolments if one.probe in work.enrolled],
        plans=plans,
        rounds=work.rounds,
        records=work.records,
        days=work.derived.days(),
        absent=work.absent,
    )
