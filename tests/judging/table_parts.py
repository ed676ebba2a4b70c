"""The parts of the truth table: a registry of invented resolvers, and records that are built once and put together often."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from msgspec.structs import replace

from collector.registry import default_policy
from schema.codec import encode
from schema.policy import Bound
from schema.record import Answer, Record
from schema.registry import Resolver, World
from schema.words import Failure, Kind, Profile, Role
from tests.unit.judge_build import ELSEWHERE, LIVE, NAME, Cells

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from schema.words import Gap

Lines: TypeAlias = "tuple[tuple[bytes, Record], ...]"

SLOTS: Final = 4  # as many controls as are asked at most, each of an operator of its own
STANDINGS: Final = ("free", "bound", "own", "tested", "provider")
TARGETS: Final = 1200  # resolvers under test, all of one operator
MANY: Final = 10_000  # cells are numbered by part, so that parts of one round never meet
PAGE, PAGE_NAME, UNLISTED = "217.175.53.72", ">warning.ivass.it.", "203.0.113.80"


def control_id(slot: int, standing: str) -> str:
    """The control in *slot* whose operator stands so to the name and to the resolvers under test."""
    return f"c{slot}-{standing}"


def control_endpoint(slot: int, which: int = 1) -> str:
    """One of two addresses of the control in *slot*."""
    return f"tls:198.18.{slot}.{which}:853#c{slot}.test"


def target_endpoints(number: int) -> tuple[str, str]:
    """UDP and TLS of a resolver under test."""
    address = f"198.19.{number >> 8}.{number & 255}"
    return f"udp:{address}:53", f"tls:{address}:853#t.test"


def _control(slot: int, standing: str) -> Resolver:
    operator = "Tested" if standing == "own" else f"Operator {slot}"
    operator = f"Bound {slot}" if standing == "bound" else operator
    kind = Kind.ISP if standing == "provider" else Kind.CONTROL
    return Resolver(control_id(slot, standing), operator, kind, endpoints=(control_endpoint(slot),))


WORLD: Final = World(
    (
        *(_control(slot, standing) for slot in range(SLOTS) for standing in STANDINGS),
        *(Resolver(f"t{number}", "Tested", endpoints=target_endpoints(number)) for number in range(TARGETS)),
    )
)
POLICY: Final = default_policy(WORLD, (Bound((NAME,), tuple(f"bound-{slot}" for slot in range(SLOTS))),))


class Said(NamedTuple):
    """An answer as `Cells.add` takes it; *spoil* is done to each message afterwards."""

    what: tuple[str | Failure | Gap, ...]
    how: dict[str, Any]
    spoil: Callable[[bytes], bytes] | None = None


def said(*what: str | Failure | Gap, spoil: Callable[[bytes], bytes] | None = None, **how: Any) -> Said:
    """An answer."""
    return Said(what, how, spoil)


def garbage(wire: bytes) -> bytes:
    """A message whose counts promise more than there is."""
    return wire[:6] + b"\xff\xff" + wire[8:]


def wrong_id(wire: bytes) -> bytes:
    """A message that answers another question's id."""
    return bytes((wire[0] ^ 0x55, *wire[1:]))


def spoilt(record: Record, spoil: Callable[[bytes], bytes] | None) -> Record:
    """*record* with each message spoilt."""
    if spoil is None:
        return record
    return replace(record, answers=tuple(Answer(one.us, spoil(one.wire), one.ttl) for one in record.answers))


def numbered(cells: Cells, start: int, spoils: Iterable[Callable[[bytes], bytes] | None] = ()) -> Lines:
    """The lines of *cells*, numbered from *start*, each spoilt by its own of *spoils*."""
    found = []
    todo = list(spoils) or [None] * len(cells.records)
    for at, ((_, record), spoil) in enumerate(zip(cells.records, todo, strict=True)):
        one = spoilt(replace(record, cell=start + at), spoil)
        found.append((encode(one), one))
    return tuple(found)


def ask_target(
    cells: Cells, resolver: str, endpoint: str, stub: Said, edns: Said, times: int
) -> list[Callable[[bytes], bytes] | None]:
    """Add the questions that users put, each *times* over, with what each was answered; how each is to be spoilt."""
    for repeat in range(times):
        for profile, one in ((Profile.STUB, stub), (Profile.EDNS, edns)):
            cells.add(Role.TARGET, resolver, endpoint, *one.what, profile=profile, repeat=repeat, **one.how)
    return [stub.spoil, edns.spoil] * times


__all__ = [
    "ELSEWHERE", "LIVE", "MANY", "NAME", "PAGE", "PAGE_NAME", "POLICY", "SLOTS", "TARGETS", "UNLISTED", "WORLD", "Lines",
    "Said", "ask_target", "control_endpoint", "control_id", "garbage", "numbered", "said", "spoilt", "target_endpoints",
    "wrong_id",
]  # fmt: skip
