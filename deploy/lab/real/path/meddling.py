"""What a device does with the datagrams of one question: which it sends, when, from how far, and what becomes of the truth.

Pure: dice are arguments.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from deploy.lab.real.path.forging import Question, Style, forge, with_other_id
from schema.codec import Wire

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

_IDS: Final = 0xFFFF
_MS: Final = 1000
_STYLES: Final = tuple(Style)


class Meddling(Wire, frozen=True):
    """How a device treats questions about *names*; shares are from 0 to 1, times in milliseconds.

    `truth`: how often the resolver's own answer arrives as well, after up to `truth_ms`, or `late` times out of one after
    `late_ms` and up to twice that. A forged answer is sent after up to `forged_ms`. `again`: how often a second forged one
    follows; `wrong_id`, `garbage`: how often one precedes it that has another message id, or is no message. `ttl` is the
    IP TTL of what is forged, 0: as the resolver's. `imitate`: the NSID is the resolver's, as far as it has been overheard.
    """

    names: tuple[str, ...]
    seed: str
    styles: tuple[Style, ...] = ()
    truth: float = 1.0
    truth_ms: float = 0.0
    late: float = 0.0
    late_ms: float = 0.0
    forged_ms: float = 0.0
    again: float = 0.0
    wrong_id: float = 0.0
    garbage: float = 0.0
    ttl: int = 0
    imitate: bool = False


class Sending(NamedTuple):
    """A datagram that the device makes up, and how long after the question it leaves, in seconds."""

    after_s: float
    wire: bytes


class Treatment(NamedTuple):
    """What becomes of one question; *truth_s* is how long its true answer is kept, None for ever."""

    sendings: tuple[Sending, ...]
    truth_s: float | None


def style_of(meddling: Meddling, name: str) -> Style:
    """The style that *name* is blocked in: a device says the same of a name each time."""
    styles = meddling.styles or _STYLES
    place = sum(name.encode()) + sum(meddling.seed.encode())
    return styles[place % len(styles)]


def say(meddling: Meddling, question: Question, nsid: bytes | None = None) -> bytes:
    """The forged answer to *question*; *nsid* is the resolver's, as far as it is known."""
    return forge(question, style_of(meddling, question.name), nsid=nsid if meddling.imitate else None)


def treat(meddling: Meddling, question: Question, dice: Random, *, nsid: bytes | None) -> Treatment:
    """What is done with *question*, which is about one of the names."""
    wire = say(meddling, question, nsid)
    after_s = dice.random() * meddling.forged_ms / _MS
    sendings = [Sending(after_s, wire)]
    if dice.random() < meddling.wrong_id:
        sendings.insert(0, Sending(after_s * dice.random(), with_other_id(wire, dice.randint(1, _IDS))))
    if dice.random() < meddling.garbage:
        sendings.insert(0, Sending(after_s * dice.random(), wire[:2] + dice.randbytes(dice.randint(0, 40))))
    if dice.random() < meddling.again:
        sendings.append(Sending(after_s + dice.random() * meddling.forged_ms / _MS, wire))
    return Treatment(tuple(sendings), _truth_s(meddling, dice))


def _truth_s(meddling: Meddling, dice: Random) -> float | None:
    if dice.random() >= meddling.truth:
        return None
    if dice.random() < meddling.late:
        return (1 + dice.random()) * meddling.late_ms / _MS
    return dice.random() * meddling.truth_ms / _MS


def about(names: Sequence[str], question: Question | None) -> bool:
    """Whether *question* is about one of *names* or a name below it."""
    return question is not None and any(question.name == name or question.name.endswith(f".{name}") for name in names)
