"""What the `orders` commands that append to the ledger do; whatever is refused, nothing was written."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

import typer
from msgspec.structs import replace

from collector.compliance.difference import difference
from collector.compliance.entering import continued, everywhere, refuse_strangers, refuse_twice, refuse_words_of_others
from collector.compliance.never_names import refuse_never
from collector.compliance.notices import addressee, instant
from collector.compliance.order_files import MAX_DOCUMENT_BYTES, read_bounded, read_checked
from collector.compliance.orders_cli_reading import ROME, found, opened
from collector.compliance.verification import field, fields, people
from collector.compliance.written import write_order
from collector.findings import find_now
from collector.lists.cli import said
from collector.registry.builtin import builtin_world
from schema.codec import encode
from schema.errors import ConfigError
from schema.names import canonical
from schema.order import Check, Document, Notice, NoticeKind, OrderError
from schema.toml import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from collector.compliance.difference import Change
    from collector.compliance.history import Draft, History
    from collector.compliance.notices import Told
    from collector.compliance.verification import Field
    from collector.store import Store
    from schema.order import Order

_SHOWN_CHANGES = 20
_NEXT = "Days are found anew by the collector that runs here, within seconds."


class Entry(NamedTuple):
    """Where something is entered, who enters it and why, and whether JSON is to be printed."""

    dsn: str
    by: str
    reason: str
    as_json: bool


class Became(NamedTuple):
    """What an order came to: its newest version, whether that is new, and what it says otherwise than the one before."""

    order_id: str
    version: int
    entered: bool
    changes: tuple[Change, ...]


def import_files(
    entry: Entry, files: Sequence[Path], *, document: Path | None, unknown_operator: bool, exactly: bool
) -> None:
    """Enter the orders in *files*, all or none.

    Raises:
        OrderError: a mistake in a file, an order that does not go with its earlier versions, another document than its own.
        UnavailableError: a file cannot be read, or somebody entered a version in between.
    """
    given = [(str(file), read_bounded(file)) for file in files]
    held = read_bounded(document, MAX_DOCUMENT_BYTES) if document else None
    paper = Document(sha256(held).hexdigest(), title=document.name) if document and held is not None else None
    entry = entry._replace(by=said(entry.by, "--by"), reason=said(entry.reason, "--reason"))
    became, done = asyncio.run(_import(entry, given, paper, strangers=unknown_operator, exactly=exactly))
    _tell(entry, became, done=done)


async def _import(
    entry: Entry, given: Sequence[tuple[str, bytes]], paper: Document | None, *, strangers: bool, exactly: bool
) -> tuple[list[Became], bool]:
    async with opened(entry.dsn) as store:
        never = await store.never_probe()
        for name, data in given:
            refuse_never(data, name, never)
        orders = [(name, read_checked(data, name), data) for name, data in given]
        refuse_twice((name, order) for name, order, _ in orders)
        if not strangers:
            known = {one.operator_slug for one in builtin_world().resolvers} | await store.operators()
            for name, order, _ in orders:
                refuse_strangers(order, name, known)
        histories = await store.histories()
        for name, order, _ in orders:
            refuse_words_of_others(histories.get(order.id), order, name, entry.by)
        drafts = [
            continued(histories.get(order.id), _papered(order, paper, name), name, exactly=exactly)._replace(
                file=data, document=paper.sha256 if paper else None
            )
            for name, order, data in orders
        ]
        return await _append(store, entry, histories, drafts)


def _papered(order: Order, paper: Document | None, name: str) -> Order:
    """*order* with the document that it was made from, if that was given."""
    if paper is None:
        return order
    if order.document is None:
        return replace(order, document=paper)
    if order.document.sha256 != paper.sha256:
        raise OrderError(
            f"{name}, document.sha256: the file names {order.document.sha256}, and --document is {paper.sha256}",
            remedy="Give the document that the values were compared with.",
        )
    return order


def verify_field(entry: Entry, order_id: str, name: str, *, document: Path, page: str) -> None:
    """Record that somebody compared the value called *name* with the document.

    Raises:
        ConfigError: no such order or field. OrderError: another document than the order's. UnavailableError: the document
            cannot be read, or somebody entered a version in between.
    """
    entry = entry._replace(by=said(entry.by, "--by"))
    digest = sha256(read_bounded(document, MAX_DOCUMENT_BYTES)).hexdigest()
    paper = Document(digest, title=document.name)
    asyncio.run(_verify(entry, order_id, name, paper, said(page, "--page")))


async def _verify(entry: Entry, order_id: str, name: str, paper: Document, page: str) -> None:
    async with opened(entry.dsn) as store:
        history = await found(store, order_id)
        order = history.terms[-1].order
        value = field(order, name) or (field(_papered(order, paper, order_id), name) if name == "document" else None)
        if value is None:
            names = [one.name for one in fields(order)]
            raise ConfigError(f"{order_id} has no field {name!r}", remedy=did_you_mean(name, names))
        today = datetime.now(ROME).date()

        def checked(one: Order) -> Order | None:
            return _with_checks(one, value, paper, Check(value.name, value.value, paper.sha256, page, entry.by, today))

        drafts = [one._replace(document=paper.sha256) for one in everywhere(history, checked)]
        became, done = await _append(store, entry, {order_id: history}, drafts)
        version = (await found(store, order_id)).terms[-1]
        by = people(version.order, value.name, version.vouched_by)
    _tell(entry, became or [_unchanged(history)], done=done)
    if not entry.as_json:
        standing = "verified" if len(by) >= version.order.persons else "not verified yet"
        named = ", ".join(one or "the file" for one in by)
        typer.echo(f"{value.name}: compared by {named} ({len(by)} of {version.order.persons}): {standing}")


def _with_checks(order: Order, value: Field, paper: Document, check: Check) -> Order | None:
    """*order* with *check*, and one of the document by the same person; None where its value is another."""
    same = field(order, value.name) or (value if value.name == "document" else None)
    if same is None or same.value != value.value:
        return None
    made = [check]
    if value.name.startswith("notice "):
        _refuse_receipt(order, value.name, paper)
    else:
        order = _papered(order, paper, order.id)
        made.append(replace(check, field="document", value=paper.sha256))
    held = {(one.field, one.value, one.document, one.by) for one in order.check}
    wanted = dict.fromkeys(one for one in made if (one.field, one.value, one.document, one.by) not in held)
    return replace(order, check=(*order.check, *wanted))


def _refuse_receipt(order: Order, name: str, paper: Document) -> None:
    receipt = order.notice[int(name.split()[1]) - 1].receipt
    if receipt not in {None, paper.sha256}:
        raise OrderError(
            f"{order.id}, {name}: its receipt is {receipt}, and --document is {paper.sha256}",
            remedy="Give the receipt that the notice was entered with.",
        )


def add_notice(entry: Entry, order_id: str, told: Told) -> None:
    """Record what passed between the parties.

    Raises:
        ConfigError: no such order or kind, or a time that is none. OrderError: whom or what the order does not know.
        UnavailableError: the receipt cannot be read, or somebody entered a version in between.
    """
    entry = entry._replace(by=said(entry.by, "--by"))
    receipt = sha256(read_bounded(told.receipt, MAX_DOCUMENT_BYTES)).hexdigest() if told.receipt else None
    became, done = asyncio.run(_notice(entry, order_id, told, receipt))
    _tell(entry, became, done=done)


async def _notice(entry: Entry, order_id: str, told: Told, receipt: str | None) -> tuple[list[Became], bool]:
    async with opened(entry.dsn) as store:
        history = await found(store, order_id)
        never = await store.never_probe()
        if any(never.refuses(name) for name in told.names):
            raise OrderError("--name: a name that is never probed", remedy="Leave it out; it is not kept.")
        kinds = [kind.value for kind in NoticeKind]
        if told.kind not in kinds:
            raise ConfigError(f"{told.kind!r} is no kind of notice", remedy=did_you_mean(told.kind, kinds))
        now = datetime.now(UTC)
        made = Notice(
            kind=NoticeKind(told.kind),
            operator=addressee(history, told.operator),
            at=instant(told.at, history.terms[-1].order.timezone, now),
            by=entry.by,
            names=tuple(dict.fromkeys(canonical(name) for name in told.names)),
            receipt=receipt,
            receipt_name=told.receipt.name if told.receipt else "",
            note=said(told.note, "--note") if told.note else "",
        )
        drafts = [
            one._replace(document=receipt)
            for one in everywhere(history, lambda order: _with_notice(order, made, order_id))
        ]
        became, done = await _append(store, entry, {order_id: history}, drafts)
        return became or [_unchanged(history)], done


def _with_notice(order: Order, notice: Notice, order_id: str) -> Order | None:
    """*order* with *notice* after the others, as its own file would be read; None where it binds another addressee."""
    if notice in order.notice or notice.operator not in order.addressees:
        return None
    wanted = replace(order, notice=(*order.notice, notice))
    return read_checked(write_order(wanted).encode(), f"{order_id} with the notice")


async def _append(
    store: Store, entry: Entry, histories: dict[str, History], drafts: Sequence[Draft]
) -> tuple[list[Became], bool]:
    """Enter *drafts*; what each became, and whether its days are found already."""
    numbers = await store.append_orders(drafts, by=entry.by, reason=entry.reason, at=datetime.now(UTC))
    became = [
        _became(histories.get(draft.order.id), draft, number) for draft, number in zip(drafts, numbers, strict=True)
    ]
    done = await find_now(store) if any(one.entered for one in became) else True
    return became, done


def _became(history: History | None, draft: Draft, number: int) -> Became:
    if history is None:
        return Became(draft.order.id, number, entered=True, changes=())
    wanted = draft.order.terms_from or draft.order.issued_on
    before = next((one for one in history.terms if one.terms_from == wanted), history.terms[-1])
    entered = number > history.newest.number
    return Became(draft.order.id, number, entered, difference(before.order, draft.order) if entered else ())


def _unchanged(history: History) -> Became:
    return Became(history.newest.order.id, history.newest.number, entered=False, changes=())


def _tell(entry: Entry, became: Sequence[Became], *, done: bool) -> None:
    if entry.as_json:
        rows = [{**one._asdict(), "changes": [change._asdict() for change in one.changes]} for one in became]
        typer.echo(encode({"orders": rows, "found": done}))
        return
    for one in became:
        if not one.entered:
            typer.echo(f"{one.order_id}: nothing changed, version {one.version} says the same")
            continue
        typer.echo(f"{one.order_id}: version {one.version} entered")
        for change in one.changes[:_SHOWN_CHANGES]:
            before, after = (text if text is not None else "(nothing)" for text in change[1:])
            typer.echo(f"  {change.field}: {before} -> {after}")
        if len(one.changes) > _SHOWN_CHANGES:
            typer.echo(f"  and {len(one.changes) - _SHOWN_CHANGES} more: ottempera orders diff {one.order_id}")
    if not done:
        typer.echo(_NEXT)
