"""What a dishonest collector can do with its log: leave out, move and change lines, and sign it all again."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

from msgspec import structs

from schema.entry import ProbeCheckpoint, QuestionsKept, entry_line, read_entry
from tests.evidence.attacks.attack import BOTH, COLLECTOR, Attack, family
from tests.evidence.attacks.world import exported, honest, signed
from tests.evidence.cases.case import Made
from tests.evidence.forge.stories import FIRST
from tests.evidence.forge.tamper import LOG, entry_with, relog

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.evidence.forge.draft import Draft
    from tests.evidence.forge.probe import Probe

    Lines = list[bytes]

#: Kinds of entries without which the others are not allowed where they stand.
_NEEDED: Final = {"log", "enrolment"}


def kind(line: bytes) -> str:
    """Of an entry."""
    return line.split(b'"', 4)[3].decode()


def rewritten(change: Callable[[Lines], None], *, cosigned: bool = False) -> Callable[[], Made]:
    """The collector rewrites its log and signs every checkpoint anew; *cosigned*: the probes' keys are lent for the head."""
    cosigners: list[Probe] = list(honest().probes.values()) if cosigned else []
    return signed(lambda draft: relog(draft, change, cosigners=cosigners))


#: Whoever takes a line out puts a harmless one in its place, or what follows is not allowed where it then stands.
_FILLER: Final = entry_line(QuestionsKept(digest="ab" * 32))
_ALONE_OR_NOT: Final = ((COLLECTOR, False, "2.4"), (BOTH, True, "3.2"))


@family
def log_lines_left_out() -> Iterator[Attack]:
    """Each line of the collector's log: by the collector alone, and with probes that cosign what they are shown."""
    lines = exported().lines(LOG)
    tight = max(
        place for place, line in enumerate(lines) if kind(line) == "stamp" and f'"size":{place},'.encode() in line
    )
    for place, line in enumerate(lines):
        said = f"line {place} ({kind(line)})"
        for who, cosigned, step in _ALONE_OR_NOT:
            needed = kind(line) in _NEEDED
            yield Attack(
                "a line of the log left out",
                who,
                said,
                "2.3" if needed or place < tight else step,
                rewritten(partial(_popped, place=place), cosigned=cosigned),
            )
            yield Attack(
                "a line of the log replaced",
                who,
                said,
                "2.3" if needed else step,
                rewritten(partial(_put, place=place, line=_FILLER), cosigned=cosigned),
            )
        yield Attack("a line cut out of the log's file", COLLECTOR, said, "2.2", signed(partial(_cut, place=place)))


def _popped(lines: Lines, *, place: int) -> None:
    del lines[place]


def _cut(draft: Draft, *, place: int) -> None:
    draft.put_lines(LOG, [line for number, line in enumerate(draft.lines(LOG)) if number != place])


@family
def log_lines_moved() -> Iterator[Attack]:
    """Each line that allows it to the log's end, a filler in its place; heads and stamps to where they cannot be."""
    for place, line in enumerate(exported().lines(LOG)):
        said = f"line {place} ({kind(line)})"
        if kind(line) in {"order", "policy", "questions"}:
            for who, cosigned, step in _ALONE_OR_NOT:
                yield Attack(
                    "a line of the log moved",
                    who,
                    said,
                    step,
                    rewritten(partial(_to_the_end, place=place), cosigned=cosigned),
                )
        elif kind(line) in {"probe_checkpoint", "stamp"}:
            yield Attack(
                "a line of the log moved",
                BOTH,
                said,
                "2.3",
                rewritten(partial(_to_the_front, place=place), cosigned=True),
            )


def _to_the_end(lines: Lines, *, place: int) -> None:
    lines.append(lines[place])
    lines[place] = _FILLER


def _to_the_front(lines: Lines, *, place: int) -> None:
    lines.insert(1, lines.pop(place))


@family
def log_lines_changed() -> Iterator[Attack]:
    """The words of entries that nobody else signed: who keeps a probe, where it stands, when something was."""
    for place, line in enumerate(exported().lines(LOG)):
        changes: dict[str, dict[str, object]] = {
            "enrolment": {"custodian": "Studio Neri", "asn": 64599, "operator": "Rete Delta"},
            "order": {"at": FIRST - timedelta(days=90), "digest": "ab" * 32},
            "stamp": {"at": FIRST - timedelta(hours=9), "accuracy_us": 7, "token": "ab" * 32},
            "plan": {"starts_at": FIRST + timedelta(hours=1)},
            "log": {"reason": "nothing"},
        }
        for field, value in changes.get(kind(line), {}).items():
            said = f"line {place} ({kind(line)}): {field}"
            edited = partial(_edited, place=place, field=field, value=value)
            yield Attack("a line of the log changed", COLLECTOR, said, "2.4", rewritten(edited))
            step = "3.1" if field == "token" else "3.2"
            yield Attack("a line of the log changed", BOTH, said, step, rewritten(edited, cosigned=True))


def _edited(lines: Lines, *, place: int, field: str, value: object) -> None:
    lines[place] = entry_with(**{field: value})(lines[place])


@family
def keys_of_others() -> Iterator[Attack]:
    """The collector puts a head into its log that a probe never signed."""
    for place, line in enumerate(exported().lines(LOG)):
        entry = read_entry(line)
        if not isinstance(entry, ProbeCheckpoint):
            continue
        said = f"{entry.probe}, {entry.size} lines"
        forged = structs.replace(entry, root="ab" * 32)
        yield Attack(
            "a head that its probe did not sign",
            COLLECTOR,
            said,
            "2.4",
            rewritten(partial(_put, place=place, line=entry_line(forged))),
        )
        own = honest().keys
        signature = own.note.sign(forged.checkpoint).blob
        signed_ = structs.replace(forged, signature=signature, key=own.id)
        yield Attack(
            "a head by the collector's own key",
            COLLECTOR,
            said,
            "2.3",
            rewritten(partial(_put, place=place, line=entry_line(signed_))),
        )


def _put(lines: Lines, *, place: int, line: bytes) -> None:
    lines[place] = line
