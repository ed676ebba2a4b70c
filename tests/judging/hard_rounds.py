"""Rounds that are hard to judge: the vector of each rule as it is, and with what a full plan asks beside it; and random ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from schema.words import Failure, Gap, Profile, Role
from tests.unit.judge_build import (
    CONTROLS,
    ELSEWHERE,
    GOOGLE,
    HTTPS,
    ISP,
    LIVE,
    NAME,
    OTHER,
    QUAD9,
    TCP,
    TLS,
    TLS_2,
    TWIN,
    UDP,
    Cells,
)
from tests.unit.judge_vectors import VECTORS

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterator

    from tests.unit.judge_vectors import Vector

PAGE, UNLISTED = "217.175.53.72", "203.0.113.80"


def _copied(vector: Vector) -> Cells:
    cells = Cells(vector.cells.probe, vector.cells.at)
    cells.records = list(vector.cells.records)
    return cells


def _endpoints(vector: Vector) -> list[str]:
    return list(
        dict.fromkeys(record.endpoint for _, record in vector.cells.records if record.resolver == vector.resolver)
    )


def _dressed(vector: Vector, cells: Cells) -> None:
    """What a full plan asks of each endpoint beside the name, and an address that runs no DNS."""
    asked = {(record.endpoint, record.role) for _, record in cells.records}
    for endpoint in _endpoints(vector):
        if (endpoint, Role.KNOWN_GOOD) not in asked:
            cells.good(vector.resolver, endpoint)
        cells.absent(vector.resolver, endpoint)
        cells.identity(vector.resolver, endpoint, "=MXP")
    cells.add(Role.CANARY, "no-dns", "udp:192.0.2.53:53", Failure.TIMEOUT)


#: What may stand beside the vector of a rule, about its own resolver.
BESIDE: Final[dict[str, Callable[[Vector, Cells], object]]] = {
    "alone": lambda vector, cells: None,
    "dressed": _dressed,
    "port 53 honest": lambda vector, cells: cells.good(vector.resolver, UDP).users(vector.resolver, UDP, LIVE),
    "port 53 a page": lambda vector, cells: cells.users(vector.resolver, UDP, PAGE).absent(vector.resolver, UDP),
    "port 53 denies": lambda vector, cells: cells.users(vector.resolver, TCP, "NXDOMAIN").identity(vector.resolver, TCP, "=x"),
    "another address honest": lambda vector, cells: cells.good(vector.resolver, TLS_2).users(vector.resolver, TLS_2, LIVE),
    "another address denies": lambda vector, cells: cells.users(vector.resolver, TLS_2, "NXDOMAIN"),
    "another address silent": lambda vector, cells: cells.good(vector.resolver, TLS_2).users(
        vector.resolver, TLS_2, Failure.TIMEOUT
    ),
    "a third control lives": lambda vector, cells: cells.controls(LIVE, names=("c3",)),
    "a third control elsewhere": lambda vector, cells: cells.controls(UNLISTED, names=("c3",)),
    "a third control denies": lambda vector, cells: cells.controls("NXDOMAIN", names=("c3",)),
    "a third control is filtered": lambda vector, cells: cells.controls("NXDOMAIN", names=("c3",), ede=[16]),
    "with DNSSEC": lambda vector, cells: cells.target(vector.resolver, TLS, LIVE, profile=Profile.DNSSEC),
    "another type": lambda vector, cells: cells.controls("2001:db8::7", qtype="AAAA").target(
        vector.resolver, TLS, "2001:db8::7", qtype="AAAA"
    ),
    "another name": lambda vector, cells: cells.controls("192.0.2.77", name=OTHER).target(
        vector.resolver, TLS, UNLISTED, name=OTHER
    ),
}  # fmt: skip


def hard_rounds(beside: str) -> Iterator[tuple[str, Cells]]:
    """The vector of each rule with what is *beside* it."""
    for vector in VECTORS:
        cells = _copied(vector)
        BESIDE[beside](vector, cells)
        yield f"{vector.rule_id}, {beside}", cells


_SAID: Final[tuple[tuple[str | Failure | Gap, ...], ...]] = (
    (LIVE,), (LIVE,), (ELSEWHERE,), (UNLISTED,), (LIVE, UNLISTED), (LIVE, ELSEWHERE), (PAGE,), ("127.0.0.1",), ("0.0.0.0",),
    (LIVE, "127.0.0.1"), ("NXDOMAIN",), ("NXDOMAIN",), ("NODATA",), ("REFUSED",), ("SERVFAIL",), (Failure.TIMEOUT,),
    (Failure.RESET,), (Gap.CEILING,), (">cdn.example.", LIVE), (">stop.example.", UNLISTED), (">stop.example.",),
)  # fmt: skip
_OPTIONS: Final = ((), (), (), (3,), (4,), (15,), (16,), (17,), (19,), (22,))
_PLACES: Final = (UDP, UDP, TCP, TLS, TLS, TLS_2, HTTPS)
_SUBJECTS: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    *(("cloudflare", _PLACES),) * 6,
    ("quad9", (QUAD9, QUAD9, "udp:9.9.9.9:53")),
    ("google", (GOOGLE, "udp:8.8.8.8:53")),
)


def random_round(dice: random.Random, size: int) -> Cells:  # noqa: C901 - one kind of cell a branch
    """A round of *size* cells about one resolver, sometimes two names, that no plan and no honest server would make."""
    cells = Cells(dice.choice(("xx-01", "xx-01", "mi-01", "rm-01")))
    resolver, places = dice.choice(_SUBJECTS)
    if cells.probe == "mi-01" and dice.random() < 0.5:
        resolver, places = "tim", (ISP,)
    names = (NAME, NAME, NAME, OTHER) if dice.random() < 0.4 else (NAME,)
    qtypes = ("A", "A", "A", "AAAA") if dice.random() < 0.2 else ("A",)
    if dice.random() < 0.7:
        cells.controls(*dice.choice(((LIVE,), (LIVE,), (ELSEWHERE,), ("NXDOMAIN",), (UNLISTED,))))
    while len(cells.records) < size:
        endpoint, name, qtype = dice.choice(places), dice.choice(names), dice.choice(qtypes)
        said = dice.choice(_SAID)
        if qtype == "AAAA" and str(said[0])[0].isdigit():
            said = ("2001:db8::7",)
        how: dict[str, Any] = {"ede": dice.choice(_OPTIONS)}
        if resolver == "quad9" and dice.random() < 0.2:
            cells.add(Role.CONTROL, "quad9-unfiltered", TWIN, *said, name=name, qtype=qtype, **how)
            continue
        roll = dice.random()
        if roll < 0.55:
            profile = dice.choice((Profile.STUB, Profile.EDNS, Profile.EDNS, Profile.DNSSEC))
            also = ((dice.choice(("NXDOMAIN", LIVE, UNLISTED)),),) if dice.random() < 0.07 else ()
            cells.target(
                resolver, endpoint, *said, name=name, qtype=qtype, profile=profile, also=also,
                verified=dice.random() < 0.9, soa=dice.random() < 0.7, ra=dice.random() < 0.7, ttl=dice.choice((58, 58, 250)), **how,
            )  # fmt: skip
        elif roll < 0.8:
            one = dice.choice(("c1", "c2", "c3"))
            cells.add(
                Role.CONTROL, one, CONTROLS[one], *said, name=name, qtype=qtype, verified=dice.random() < 0.9, **how
            )
        elif roll < 0.9:
            cells.good(resolver, endpoint, *dice.choice(((), (), (), (Failure.TIMEOUT,), ("REFUSED",), ("127.0.0.1",))))
        elif roll < 0.94:
            cells.absent(resolver, endpoint, *dice.choice(((), ("10.0.0.1",), (UNLISTED,))), **how)
        elif roll < 0.98:
            cells.identity(resolver, endpoint, dice.choice(("=MXP", "=dns-mi-01")))
        else:
            cells.add(Role.CANARY, "no-dns", "udp:192.0.2.53:53", "NXDOMAIN")
    return cells
