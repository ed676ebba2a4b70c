"""A bundle exported: the whole answer to a query, or no bundle. Nothing that is missing is passed over."""

from __future__ import annotations

from importlib.metadata import version as installed
from typing import TYPE_CHECKING, Final, NamedTuple

from collector.evidence.chosen import Closed, places_of, sealed
from collector.evidence.derived import Derived
from collector.evidence.heads import newest_head, require_covered
from collector.evidence.pem import certificates_pem, public_key_pem
from collector.evidence.query import pairs_of, period, read_order_body, require_asked, settle
from collector.evidence.replay import Replayer
from collector.evidence.texts import HeadStamp, Told, texts
from collector.library import Library
from schema.bundle.container import Writer
from schema.bundle.parts import VERSION, Bundle
from schema.cells import applicable
from schema.codec import encode
from schema.dsse import key_id
from schema.entry import OrderEntered, Stamped
from schema.errors import ConfigError, EvidenceError, UnavailableError
from schema.record import BeginLine, CloseLine, RotateLine, SeenLine, read_line, read_record
from schema.timing import chain as seen_in

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
    from datetime import date
    from typing import BinaryIO

    from collector.evidence.chosen import Sealed
    from collector.evidence.heads import Head
    from collector.evidence.signing import BundleKey
    from collector.receive.match import KnownPlan
    from collector.store import Store
    from collector.store.bundles import LogOf, PlaceOf
    from schema.bundle.parts import Query
    from schema.order import Order
    from schema.policy import Policy
    from schema.record import LogLine
    from schema.timing import Chain
    from schema.verdict import Verdict

_REBUILD: Final = "Run `ottempera collector rebuild`, then `collector fsck` if it is the same."


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
    found = await store.newest_order(asked.order)
    if found is None:
        known = ", ".join(await store.order_ids()) or "none"
        raise ConfigError(f"there is no order {asked.order}", remedy=f"The orders here: {known}.")
    version, body = found
    order = read_order_body(body)
    query = settle(order, version, operators=asked.operators, names=asked.names, days=asked.days)
    library = Library(store)
    since, until = period(query)
    rows = await store.plans_between(since, until)
    plans = [await library.plan(row.number) for row in rows]
    closed = await store.closed_between(since, until)
    deployment = await store.deployment()
    lab = deployment is not None and deployment.lab
    head = await _head(store, asked, plans, closed, lab=lab)
    if head.log.public_key != key.public_key:
        raise ConfigError("the key given is not the one that signs the log", remedy="Name the collector's key (--key).")
    bundle = Bundle(
        v=VERSION, query=query, origin=head.log.origin, size=head.size, key=key_id(key.public_key),
        program=f"ottempera {installed('ottempera')}", lab=lab,
    )  # fmt: skip
    if not any(isinstance(one, OrderEntered) and (one.order, one.version) == (order.id, version) for one in head.entries):
        raise UnavailableError(f"version {version} of {order.id} is not yet in the log", remedy="Wait for a time stamp.")
    work = _Work(store, library, head, query, Writer(scratch()), Derived(query, head, scratch), progress)
    work.put("bundle.json", encode(bundle) + b"\n")
    work.put(f"orders/{order.id}.{version}.json", body)
    await work.log()
    await work.probe_logs()
    for row, known in zip(rows, plans, strict=True):
        work.put(f"plans/{row.number:010d}.json", row.payload)
        await work.plan(known, closed)
    require_asked(query, work.asked)
    return await work.finish(bundle, order, out, key)


async def _head(
    store: Store, asked: Asked, plans: Sequence[KnownPlan], closed: Mapping[tuple[int, str], Sequence[PlaceOf]], *, lab: bool
) -> Head:
    """The head of the first log, in the order of age, beneath which the whole period lies: what is old counts for most."""
    logs: Sequence[LogOf] = await store.logs()
    if not logs:
        raise UnavailableError("this collector keeps no log yet", remedy="Run it with this version of the program.")
    _, until = period_of(asked)
    for number, log in enumerate(logs, 1):
        try:
            head = await newest_head(store, log, authorities=asked.authorities, cosignatures=asked.cosignatures)
            require_covered(head, plans, closed, until=until, lab=lab)
        except UnavailableError:
            if number == len(logs):
                raise
        else:
            return head
    raise UnavailableError("no log covers the period")
