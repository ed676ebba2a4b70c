"""What may come after the versions of an order that there are, and what of them a new one keeps. Pure."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, TypeVar

from msgspec.structs import replace

from collector.compliance.history import Draft, Version
from collector.compliance.people import person
from schema.order import OrderError
from schema.toml import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from collector.compliance.history import History
    from schema.order import Order, Scope

T = TypeVar("T")
_SAME: Final = ("authority", "issued_on")  # what makes it another order


def refuse_twice(orders: Iterable[tuple[str, Order]]) -> None:
    """Refuse files (each with what messages call it) of which two are of one order.

    Raises:
        OrderError: it names the id and the files.
    """
    named = list(orders)
    for identifier, times in Counter(order.id for _, order in named).items():
        if times > 1:
            files = " and ".join(name for name, order in named if order.id == identifier)
            raise OrderError(
                f"{files}: the order {identifier!r} stands in {times} files", remedy="Import one file of each order."
            )


def refuse_strangers(order: Order, name: str, known: Collection[str]) -> None:
    """Refuse an *order* (of the file *name*) whose addressees are not all among the *known* operators.

    Raises:
        OrderError: it names the nearest operator.
    """
    for addressee in order.addressees:
        if addressee not in known:
            raise OrderError(
                f"{name}, addressees: no resolver of the registry is of an operator {addressee!r}",
                remedy=f"{did_you_mean(addressee, sorted(known))} Or say --unknown-operator: nothing is measured of it.",
            )


def refuse_words_of_others(history: History | None, order: Order, name: str, by: str) -> None:
    """Refuse an *order* (of the file *name*, entered by *by*) that brings what only others can say.

    A check, a notice and an attached name are each the word of whoever made them. One that no version holds yet may be the
    word of *by* alone: a file could bring any name, and one person would be as many as the order asks for.

    Raises:
        OrderError: it says whose word it is, and by which command it is entered; or fewer people are asked for than before.
    """
    held = history.versions if history else ()
    checks = {one for each in held for one in each.order.check}
    notices = {one for each in held for one in each.order.notice}
    words = [
        *((f"check {n}", one.by, "verify") for n, one in enumerate(order.check, 1) if one not in checks),
        *((f"notice {n}", one.by, "notice") for n, one in enumerate(order.notice, 1) if one not in notices),
    ]
    for what, made_by, command in words:
        if person(made_by) != person(by):
            raise OrderError(
                f"{name}, {what}: it is the word of {made_by}, and {by} enters this file",
                remedy=f"Leave it out: {made_by} enters it with `ottempera orders {command}`.",
            )
    _refuse_attached(held, order, name, by)
    persons = max((each.order.persons for each in held), default=1)
    if order.persons < persons:
        raise OrderError(
            f"{name}, persons: {order.id} asks for {persons} people, and this says {order.persons}",
            remedy=f"Write persons = {persons}: one person cannot do away with the others.",
        )


def _refuse_attached(held: Sequence[Version], order: Order, name: str, by: str) -> None:
    known = {(entry.name, one) for each in held for entry in each.order.scope for one in entry.attached}
    for entry in order.scope:
        for one in entry.attached:
            if (entry.name, one) in known:
                continue
            if order.persons > 1:
                what = f"{order.persons} people accept a later name, and a file is one person's"
            elif person(one.by) != person(by):
                what = f"{one.by} attached it, and {by} enters this file"
            else:
                continue
            raise OrderError(
                f"{name}, scope: {one.name} is attached to {entry.name}: {what}",
                remedy="Leave it out: it is accepted with `ottempera successors accept`, or stands in the scope by itself.",
            )


def continued(history: History | None, order: Order, name: str, *, exactly: bool = False) -> Draft:
    """*order* of the file *name* as the next version after *history*, which keeps what people have entered since.

    The document, notices, checks and attached names are entered by commands too: a file that leaves them out does not mean that they
    never were. With *exactly* it does.

    Raises:
        OrderError: it is another order under the same id; its terms overlap with others; an entry of the scope that
            names are attached to is gone.
    """
    if history is None:
        return Draft(order, 0)
    _refuse_another(history, order, name)
    base = _corrected(history, order, name)
    return Draft(order if exactly else _keeping(base.order, order, name), history.newest.number)


def everywhere(history: History, change: Callable[[Order], Order | None]) -> tuple[Draft, ...]:
    """What *change* makes of the terms of every time: a version for each that it changes (None leaves one as it is).

    A notice, a check or an attached name holds under whatever terms were in force on a day.
    """
    drafts: list[Draft] = []
    for version in history.terms:
        order = change(version.order)
        if order is not None and order != version.order:
            drafts.append(Draft(order, history.newest.number + len(drafts), version.document))
    return tuple(drafts)


def _refuse_another(history: History, order: Order, name: str) -> None:
    held = history.newest.order
    for field in _SAME:
        was, now = getattr(held, field), getattr(order, field)
        if was != now:
            raise OrderError(
                f"{name}, {field}: {order.id!r} is held as an order with {field} = {was}, and this says {now}",
                remedy="Give the other order an id of its own.",
            )


def _corrected(history: History, order: Order, name: str) -> Version:
    """The version that *order* corrects, or whose terms it follows."""
    wanted = order.terms_from or order.issued_on
    for version in history.terms:
        if version.terms_from == wanted:
            return version
    last = history.terms[-1]
    if wanted < last.terms_from:
        days = ", ".join(str(version.terms_from) for version in history.terms)
        raise OrderError(
            f"{name}, terms_from: terms from {wanted} overlap with those of version {last.number}, from {last.terms_from}",
            remedy=f"A correction has the first day of what it corrects ({days}), a change of terms a later one.",
        )
    return last


def _keeping(held: Order, order: Order, name: str) -> Order:
    checks = _joined(held.check, order.check)
    notices = _joined(held.notice, order.notice)
    document = order.document or held.document
    scope = _keeping_names(held.scope, order, name)
    return replace(order, check=checks, notice=notices, document=document, scope=scope)


def _keeping_names(held: Sequence[Scope], order: Order, name: str) -> tuple[Scope, ...]:
    entries = {(entry.name, entry.rule): entry for entry in order.scope}
    for was in held:
        if not was.attached:
            continue
        now = entries.get((was.name, was.rule))
        if now is None:
            raise OrderError(
                f"{name}, scope: {was.name} {was.rule} is gone, and {was.attached[0].name} is attached to it",
                remedy="Keep the entry; or say --exactly, and its names are no longer covered.",
            )
        own = {one.name for one in now.attached}
        entries[was.name, was.rule] = replace(
            now, attached=(*(one for one in was.attached if one.name not in own), *now.attached)
        )
    return tuple(entries.values())


def _joined(held: Sequence[T], given: Sequence[T]) -> tuple[T, ...]:
    """What is *held* in its order, then what *given* adds: numbers by which people call them stay."""
    return (*held, *(one for one in given if one not in held))
