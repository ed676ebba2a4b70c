"""Which names the next full plans ask: those of orders and settings, and others for a while as far as there is room. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from schema.names import canonical

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import date, datetime

    from collector.compliance.history import History, Version


class Docket(NamedTuple):
    """Names with the final dot; `guests` are those that are in it for a while, `left` those that found no room."""

    names: tuple[str, ...]
    guests: tuple[str, ...] = ()
    left: tuple[str, ...] = ()


def in_force(history: History, on: date) -> tuple[Version, ...]:
    """The versions of an order whose terms are in force on a day or come later, but for those that have ended."""
    now = history.in_force(on)
    found = [version for version in history.terms if version is now or version.terms_from > on]
    return tuple(version for version in found if version.order.valid_to is None or version.order.valid_to >= on)


def ordered_names(histories: Iterable[History], on: date) -> tuple[str, ...]:
    """Every name of every order that is in force on a day or will be: what comes is measured before it binds."""
    return tuple(
        sorted({name for history in histories for version in in_force(history, on) for name in version.order.names})
    )


def compose(
    configured: Iterable[str],
    ordered: Iterable[str],
    guests: Iterable[tuple[str, datetime]],
    *,
    room: int,
    refused: Callable[[str], bool],
) -> Docket:
    """The docket: *configured* names, *ordered* ones, and *guests* (with the time from which they are wanted).

    Nobody's order is put off for lack of room; guests are, those that came first before those that came last. What is
    *refused* is never asked. Equal names in another order of coming make the same docket.

    Raises:
        FormatError: a configured name that is none.
    """
    lasting = tuple(dict.fromkeys((*map(canonical, configured), *sorted(ordered))))
    names = tuple(name for name in lasting if not refused(name))
    known = set(lasting)
    newest = sorted(((at, name) for name, at in guests), key=lambda one: (-one[0].timestamp(), one[1]))
    wanted = tuple(dict.fromkeys(name for _, name in newest if name not in known and not refused(name)))
    taken = max(0, room - len(names))
    return Docket((*names, *sorted(wanted[:taken])), tuple(sorted(wanted[:taken])), wanted[taken:])
