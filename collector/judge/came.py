"""Answers of one kind put together: what came, how often, from where."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from collector.judge.seen import Form, show
from schema.words import Failure, Gap

if TYPE_CHECKING:
    from collections.abc import Iterable

    from collector.judge.seen import Seen, Shown
    from schema.record import Record


class Came(NamedTuple):
    """One kind of answer; `errors` are extended errors (RFC 8914), of `stating` of the answers."""

    form: Form
    times: int
    addresses: tuple[str, ...] = ()  # sorted
    leads_to: str = ""  # the last name of its aliases
    errors: tuple[tuple[int, str], ...] = ()  # info-code and text, as the answer has them
    stating: int = 0
    policy_zone: str = ""  # whose SOA stands in the additional section
    soa: str = ""  # `mname rname` of an SOA elsewhere
    bare: bool = False  # RA=0 and an empty authority section
    page: str = ""  # label of the known stop page among the addresses
    cut: bool = False  # TC: to be asked for again over TCP
    reason: Failure | Gap | None = None  # where nothing came
    servers: tuple[str, ...] = ()  # numeric addresses asked
    transports: tuple[str, ...] = ()
    sayings: tuple[Came, ...] = ()  # of several answers to one question, each


def came(cells: Iterable[tuple[Seen, Record]]) -> tuple[Came, ...]:
    """Put together the answers of *cells* that are of one kind, in the order in which the kinds first came."""
    kinds: dict[object, list[tuple[Seen, Record, Shown]]] = {}
    for seen, record in cells:
        shown = show(record, seen.place)
        reading = shown.reading
        aliased = reading is not None and bool(reading.cname_chain)
        cut = reading is not None and reading.tc
        key = (seen.form, aliased, cut, _page(seen), _reason(record) if reading is None else None)
        kinds.setdefault(key, []).append((seen, record, shown))
    return tuple(_kind(found) for found in kinds.values())


def _kind(found: list[tuple[Seen, Record, Shown]]) -> Came:
    seen, record, first = found[0]
    readings = [shown.reading for _, _, shown in found if shown.reading is not None]
    stating = [reading.ede for reading in readings if reading.ede]
    reading = first.reading
    return Came(
        form=seen.form,
        times=len(found),
        addresses=tuple(sorted({address for one in readings for address in one.addresses})),
        leads_to=reading.cname_chain[-1] if reading is not None and reading.cname_chain else "",
        errors=tuple(dict.fromkeys(error for ede in stating for error in ede)),
        stating=len(stating),
        policy_zone=next((one.soa_zone or "." for one in readings if one.soa_at == "additional"), ""),
        soa=next(
            (f"{one.soa.mname} {one.soa.rname}" for one in readings if one.soa_at != "additional" and one.soa), ""
        ),
        bare=bool(readings) and not any(one.ra or one.authority_count for one in readings),
        page=_page(seen),
        cut=reading is not None and reading.tc,
        reason=_reason(record) if reading is None else None,
        servers=tuple(dict.fromkeys(one.place.reach.address for one, _, _ in found)),
        transports=tuple(dict.fromkeys(str(one.place.reach.transport) for one, _, _ in found)),
        sayings=_sayings(seen, record) if seen.form is Form.SEVERAL else (),
    )


def _page(seen: Seen) -> str:
    return next((one.fingerprint.label for one in seen.matches if one.page), "")


def _reason(record: Record) -> Failure | Gap | None:
    return record.gap or record.failure


def _sayings(seen: Seen, record: Record) -> tuple[Came, ...]:
    """What each of several answers to one question says, in the order in which they came."""
    said: dict[object, Came] = {}
    for answer in record.answers:
        shown = show(replace(record, answers=(answer,)), seen.place)
        if shown.reading is not None:
            addresses = shown.reading.addresses
            said.setdefault((shown.form, addresses), Came(shown.form, 1, addresses))
    return tuple(said.values())
