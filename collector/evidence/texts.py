"""LEGGIMI and README: what a bundle holds, says and does not say, for people; the same facts give the same bytes. Pure."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Final, NamedTuple

from collector.judge.explain.text import written
from schema.timing import ZONE
from schema.words import State

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from schema.bundle.parts import Bundle, Days
    from schema.entry import Enrolment
    from schema.order import Order

_COUNTED: Final = (State.BLOCKED, State.OPEN, State.DEAD, State.MIXED, State.FAILING, State.INSUFFICIENT)
_MOST_ABSENT: Final = 40
_MOST_CHARS: Final = 200


class HeadStamp(NamedTuple):
    """A time stamp over the head of the log: whose, and when it says it was made."""

    authority: str
    at: datetime
    qualified: bool  # in the words of the collector's settings


class Told(NamedTuple):
    """What the texts tell. `absent` are rounds (plan number, probe) that should be there; *rounds* counts those that are."""

    bundle: Bundle
    order: Order
    stamps: Sequence[HeadStamp]
    needed_authorities: int
    vantages: Sequence[Enrolment]  # those that a plan of the period enrols
    plans: int
    rounds: int
    records: int
    days: Sequence[Days]
    absent: Sequence[tuple[int, str]]


class _Words(NamedTuple):
    file: str
    banner: str
    planned: str
    untimed: str
    qualified: tuple[str, str]  # not, and so
    network: str
    kept: str
    measured: str
    nobody_absent: str
    absent: str
    more: str
    instruments: Mapping[str, str]  # the words that order files use by default, as this language has them


_ENGLISH: Final = _Words(
    file="README.txt",
    banner="\n*** INVENTED DATA: a laboratory's scripted world, from which nothing about anybody follows. ***\n",
    planned="rounds planned",
    untimed="untimed",
    qualified=("not called qualified by the collector", "called qualified (eIDAS art. 42) by the collector"),
    network="network",
    kept="kept by",
    measured="{plans} plans, {rounds} rounds closed by probes, {records} records in this file.",
    nobody_absent="Every vantage that was to measure closed every round.",
    absent="Rounds of vantages that were to measure and that are missing: {count}",
    more="  ... and {} more; the plans and the logs name each of them",
    instruments={},
)
_ITALIAN: Final = _Words(
    file="LEGGIMI.txt",
    banner="\n*** DATI INVENTATI: il mondo simulato di un laboratorio, da cui nulla segue su nessuno. ***\n",
    planned="turni pianificati",
    untimed="senza tempo",
    qualified=(
        "non indicata dal raccoglitore come qualificata",
        "indicata dal raccoglitore come qualificata (eIDAS art. 42)",
    ),
    network="rete",
    kept="custode",
    measured="{plans} piani, {rounds} turni chiusi dalle sonde, {records} osservazioni in questo fascicolo.",
    nobody_absent="Ogni punto di misura che doveva misurare ha chiuso ogni turno.",
    absent="Turni di punti di misura che dovevano misurare, e che mancano: {count}",
    more="  ... e altri {}; i piani e i registri li nominano tutti",
    instruments={"injunction": "provvedimento inibitorio"},
)
TEXTS: Final = ("LEGGIMI.txt", "README.txt")


def texts(told: Told) -> dict[str, bytes]:
    """Both files by name."""
    return {words.file: _render(told, words).encode() for words in (_ITALIAN, _ENGLISH)}


def stamp_commands(size: int, stamps: Iterable[HeadStamp]) -> list[str]:
    """How OpenSSL checks each stamp over the head: as of its own time, so that it still holds when certificates end."""
    return [
        f"openssl ts -verify -in stamps/{size:010d}.{one.authority}.tsr -data checkpoints/{size:010d}.note"
        f" -CAfile stamps/{one.authority}.pem -untrusted stamps/{one.authority}.pem -partial_chain"
        f" -attime {int(one.at.timestamp())}"
        for one in stamps
    ]


def _render(told: Told, words: _Words) -> str:
    bundle, order, query = told.bundle, told.order, told.bundle.query
    stamped = "\n           ".join(
        f"{one.at.astimezone(ZONE):%Y-%m-%d %H:%M:%S %Z} {one.authority}, {words.qualified[one.qualified]}"
        for one in told.stamps
    )
    template = files(__package__).joinpath("templates", words.file).read_text(encoding="utf-8")
    return template.format(
        banner=words.banner if bundle.lab else "",
        order_title=written(order.title, _MOST_CHARS),
        authority=written(order.authority, _MOST_CHARS),
        instrument=written(words.instruments.get(order.instrument, order.instrument), _MOST_CHARS),
        issued_on=order.issued_on,
        order=query.order,
        version=query.version,
        operators=", ".join(query.operators),
        names=", ".join(name.removesuffix(".") for name in query.names),
        first_day=query.first_day,
        last_day=query.last_day,
        origin=bundle.origin,
        size=bundle.size,
        stamped=stamped,
        program=bundle.program,
        key=bundle.key,
        needed_authorities=told.needed_authorities,
        vantages="".join(_vantage(one, words) for one in told.vantages),
        numbers=_numbers(told, words),
        absent=_absent(told.absent, words),
        stamp_commands="\n\n".join(f"   $ {one}" for one in stamp_commands(bundle.size, told.stamps)),
    )


def _vantage(one: Enrolment, words: _Words) -> str:
    operator, country, custodian = (written(text, _MOST_CHARS) for text in (one.operator, one.country, one.custodian))
    return f"  {one.probe}: {words.network} AS{one.asn} {operator} ({country}), {words.kept} {custodian or '?'}\n"


def _numbers(told: Told, words: _Words) -> str:
    lines = [words.measured.format(plans=told.plans, rounds=told.rounds, records=told.records), ""]
    sums: dict[tuple[str, str], list[int]] = {}
    for row in told.days:
        counts = [row.planned, *(getattr(row, state.value) for state in _COUNTED), row.untimed]
        before = sums.setdefault((row.name, row.resolver), [0] * len(counts))
        sums[row.name, row.resolver] = [old + new for old, new in zip(before, counts, strict=True)]
    for (name, resolver), (planned, *counted, untimed) in sorted(sums.items()):
        said = [f"{state.value} {count}" for state, count in zip(_COUNTED, counted, strict=True) if count]
        if untimed:
            said.append(f"{words.untimed} {untimed}")
        lines.append(f"  {name.removesuffix('.')}, {resolver}: {planned} {words.planned}: {', '.join(said) or '-'}")
    return "\n".join(lines) + "\n"


def _absent(absent: Sequence[tuple[int, str]], words: _Words) -> str:
    if not absent:
        return words.nobody_absent
    lines = [words.absent.format(count=len(absent))]
    lines += [f"  {number:010d} {probe}" for number, probe in absent[:_MOST_ABSENT]]
    if len(absent) > _MOST_ABSENT:
        lines.append(words.more.format(len(absent) - _MOST_ABSENT))
    return "\n".join(lines)
