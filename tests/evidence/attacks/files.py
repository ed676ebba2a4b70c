"""What a dishonest collector can do with the files of a bundle alone: leave out, swap, edit, and sign again."""

from __future__ import annotations

from functools import partial
from itertools import combinations
from random import Random
from typing import TYPE_CHECKING, Final

from msgspec import structs

from schema.bundle.parts import read_bundle, read_days, read_round_times, read_timeline_row
from schema.codec import encode
from schema.record import read_record
from schema.verdict import read_verdict
from schema.words import Gap, Outcome, Role
from tests.evidence.attacks.attack import COLLECTOR, PROBE, Attack, family
from tests.evidence.attacks.world import exported, honest, signed
from tests.evidence.forge.answers import wire
from tests.evidence.forge.cast import LIVE, NAME, OTHER
from tests.evidence.forge.export import Export, query
from tests.evidence.forge.stories import DAY, MINUTE
from tests.evidence.forge.tamper import edit, edit_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.evidence.forge.draft import Draft

#: Which step misses a file of a folder; of some only a part is needed.
MISSED: Final = {
    "bundle.json": "1.3", "certificates": "6.5", "keys": "2.3", "log": "2.2", "orders": "4.4", "plans": "4.1",
    "policies": "4.3", "probes": "5.1", "questions": "4.3", "rounds": "6.1", "stamps": "3.1",
}  # fmt: skip
DERIVED: Final = {
    "derived/rounds.jsonl": "7.1", "derived/timeline.jsonl": "7.2", "derived/days.jsonl": "7.3",
    "derived/verdicts.jsonl": "7.2", "derived/timeline.csv": "8.3", "derived/days.csv": "8.3", "derived/traffic.pcap": "8.3",
}  # fmt: skip


def _missed(name: str) -> str:
    """The step that misses the file *name*."""
    house = honest()
    if name in DERIVED:
        return DERIVED[name]
    folder = name.partition("/")[0]
    if folder == "keys":
        return "1.4" if name == f"keys/{house.keys.id}.pem" else "2.3"
    if folder == "checkpoints":
        size = int(name[12:22])
        if size == house.newest.size:
            return "2.4" if name.endswith(".cosigned") else "2.1"
        return "3.2" if size in {token.size for token in house.tokens} else "5.3"
    return MISSED[folder]


@family
def left_out() -> Iterator[Attack]:
    """Each file in turn."""
    for name in sorted(exported().files):
        if name not in {"LEGGIMI.txt", "README.txt"}:
            yield Attack(
                "a file left out",
                COLLECTOR,
                name,
                _missed(name),
                signed(partial(_dropped, name=name)),
            )


@family
def tokens_left_out() -> Iterator[Attack]:
    """Request and reply of each token: of those over the head no entry tells."""
    head = f"stamps/{honest().newest.size:010d}"
    for stem in sorted({name.rpartition(".")[0] for name in exported().names("stamps/0")}):
        step = "3.4" if stem.startswith(head) else "3.1"
        yield Attack("a token left out", COLLECTOR, stem, step, signed(partial(_untokened, stem=stem)))


def _untokened(draft: Draft, *, stem: str) -> None:
    for kind in ("tsq", "tsr"):
        del draft.files[f"{stem}.{kind}"]


@family
def records_cut_out() -> Iterator[Attack]:
    """Each record in turn, its cell still among the chosen."""
    for name in exported().names("rounds/"):
        for place in range(1, len(exported().lines(name))):
            yield Attack(
                "a record cut out",
                COLLECTOR,
                f"{name} line {place}",
                "6.3",
                signed(partial(_without, name=name, place=place)),
            )


def _without(draft: Draft, *, name: str, place: int) -> None:
    lines = draft.lines(name)
    draft.put_lines(name, lines[:place] + lines[place + 1 :])


@family
def cells_left_out() -> Iterator[Attack]:
    """Each cell in turn, with the range proof that fits the others."""
    for name in exported().names("rounds/"):
        for line in exported().lines(name)[1:]:
            cell = read_record(line).cell
            yield Attack(
                "a cell left out",
                COLLECTOR,
                f"{name} cell {cell}",
                "6.3",
                signed(partial(_unchosen, name=name, cell=cell)),
            )


def _unchosen(draft: Draft, *, name: str, cell: int) -> None:
    draft.files[name] = Export(honest(), query(honest(), DAY), without=(cell,)).run().files[name]


def _dropped(draft: Draft, *, name: str) -> None:
    del draft.files[name]


def _line_changed(draft: Draft, *, name: str, place: int, change: Callable[[bytes], bytes]) -> None:
    edit_line(draft, name, place, change)


def _word_changed(draft: Draft, *, name: str, old: bytes, new: bytes) -> None:
    edit(draft, name, lambda data: data.replace(old, new))


def _turned(line: bytes) -> bytes:
    """The record with the opposite answer."""
    record = read_record(line)
    other = LIVE if record.role is Role.TARGET else "NXDOMAIN"
    answers = tuple(structs.replace(one, wire=wire(record.query, other)) for one in record.answers)
    return encode(structs.replace(record, answers=answers))


def _later(line: bytes) -> bytes:
    record = read_record(line)
    return encode(structs.replace(record, at=record.at + MINUTE))


def _slower(line: bytes) -> bytes:
    record = read_record(line)
    return encode(structs.replace(record, answers=tuple(structs.replace(one, us=one.us + 1) for one in record.answers)))


def _as_gap(line: bytes) -> bytes:
    return encode(structs.replace(read_record(line), query=b"", answers=(), tls=None, gap=Gap.QUOTA))


def _of_other_name(line: bytes) -> bytes:
    return encode(structs.replace(read_record(line), name=OTHER))


def _of_other_cell(line: bytes) -> bytes:
    record = read_record(line)
    return encode(structs.replace(record, cell=record.cell + 1))


def _unverified(line: bytes) -> bytes:
    record = read_record(line)
    tls = structs.replace(record.tls, verified=False) if record.tls else None
    return encode(structs.replace(record, tls=tls, mono_us=1))


CHANGES: Final[tuple[tuple[str, str, Callable[[bytes], bytes]], ...]] = (
    ("an answer replaced", "6.4", _turned),
    ("a record's time moved", "6.4", _later),
    ("a record's timing changed", "6.4", _slower),
    ("a record made a gap", "6.4", _as_gap),
    ("a record's name changed", "6.2", _of_other_name),
    ("a record's cell changed", "6.2", _of_other_cell),
    ("a record's certificate doubted", "6.4", _unverified),
)


@family
def records_changed() -> Iterator[Attack]:
    """One record of each round, drawn, in each way; every record with the opposite answer."""
    dice = Random(4)
    for name in exported().names("rounds/"):
        count = len(exported().lines(name))
        for what, step, change in CHANGES:
            places = range(1, count) if change is _turned else [dice.randrange(1, 4)]
            for place in places:
                found = read_record(exported().lines(name)[place])
                if change is _of_other_name and found.name != NAME:
                    continue
                yield Attack(
                    what,
                    PROBE,
                    f"{name} line {place}",
                    step,
                    signed(partial(_line_changed, name=name, place=place, change=change)),
                )


@family
def files_swapped() -> Iterator[Attack]:
    """Each pair of files of one folder changes names."""
    for folder, step in (
        ("rounds/", "6.1"),
        ("plans/", "4.2"),
        ("probes/", "5.2"),
        ("keys/", "1.4"),
        ("checkpoints/", "2.1"),
    ):
        names = [name for name in exported().names(folder) if not name.endswith(".cosigned")]
        for first, second in combinations(names, 2):
            found = step
            if folder == "probes/" and len(exported().lines(first)) != len(exported().lines(second)):
                found = "5.1"
            if folder == "keys/" and f"keys/{honest().keys.id}.pem" not in {first, second}:
                found = "2.3"
            yield Attack(
                "files swapped",
                COLLECTOR,
                f"{first} and {second}",
                found,
                signed(partial(_swapped, first=first, second=second)),
            )


@family
def tokens_reused() -> Iterator[Attack]:
    """Each reply stands under each other's name of the same authority."""
    head = f"{honest().newest.size:010d}"
    for authority in ("due", "tre"):
        replies = [name for name in exported().names("stamps/") if name.endswith(f"{authority}.tsr")]
        for first, second in combinations(replies, 2):
            yield Attack(
                "a token reused",
                COLLECTOR,
                f"{second} as {first}",
                "3.1",
                signed(partial(_copied, source=second, target=first)),
            )
            if head in second:
                yield Attack(
                    "a token reused",
                    COLLECTOR,
                    f"{first} as {second}",
                    "3.2",
                    signed(partial(_copied, source=first, target=second)),
                )


def _swapped(draft: Draft, *, first: str, second: str) -> None:
    draft.files[first], draft.files[second] = draft.files[second], draft.files[first]


def _copied(draft: Draft, *, source: str, target: str) -> None:
    draft.files[target] = draft.files[source]


@family
def tables_changed() -> Iterator[Attack]:
    """Each line of each derived table left out, doubled, or with another word."""
    for name, step in sorted(DERIVED.items()):
        if not name.endswith(".jsonl"):
            continue
        for place, line in enumerate(exported().lines(name)):
            said = f"{name} line {place}"
            gone = "8.1" if name.endswith("verdicts.jsonl") and not _matters(line) else step
            yield Attack(
                "a conclusion left out", COLLECTOR, said, gone, signed(partial(_without, name=name, place=place))
            )
            twice = "8.1" if name.endswith("verdicts.jsonl") else step
            yield Attack(
                "a conclusion doubled", COLLECTOR, said, twice, signed(partial(_doubled, name=name, place=place))
            )
            yield Attack(
                "a conclusion changed", COLLECTOR, said, step, signed(partial(_reworded, name=name, place=place))
            )


def _matters(line: bytes) -> bool:
    """Whether a verdict supports its sample; one that decides nothing is missed by the rules alone."""
    return read_verdict(line).outcome is Outcome.BLOCKED


def _doubled(draft: Draft, *, name: str, place: int) -> None:
    lines = draft.lines(name)
    draft.put_lines(name, [*lines[: place + 1], *lines[place:]])


def _reworded(draft: Draft, *, name: str, place: int) -> None:
    def change(line: bytes) -> bytes:
        if name.endswith("rounds.jsonl"):
            found = read_round_times(line)
            assert found.not_after is not None
            return encode(structs.replace(found, not_after=found.not_after - MINUTE))
        if name.endswith("timeline.jsonl"):
            return encode(structs.replace(read_timeline_row(line), day=None))
        if name.endswith("days.jsonl"):
            return encode(structs.replace(read_days(line), blocked=0, open=2))
        return encode(structs.replace(read_verdict(line), outcome=Outcome.OPEN))

    edit_line(draft, name, place, change)


@family
def question_changed() -> Iterator[Attack]:
    """The question is another than the answer."""
    asked = read_bundle(exported().files["bundle.json"])
    for place, step, changes in (
        ("one operator less", "7.2", {"operators": asked.query.operators[:1]}),
        ("the other operator less", "7.2", {"operators": asked.query.operators[1:]}),
        ("another operator", "4.4", {"operators": ("gamma-dns",)}),
        ("another name", "4.4", {"names": (OTHER,)}),
        ("another order", "4.4", {"order": "altro-ordine"}),
        ("another version", "4.4", {"version": 9}),
        ("a day more", "7.3", {"last_day": DAY.replace(day=22)}),
        ("another day", "4.1", {"first_day": DAY.replace(day=22), "last_day": DAY.replace(day=22)}),
    ):
        query_ = structs.replace(asked.query, **changes)
        yield Attack(
            "the question changed",
            COLLECTOR,
            place,
            step,
            signed(partial(_asked, data=encode(structs.replace(asked, query=query_)))),
        )
    for place, step, own in (
        ("a smaller head", "2.1", {"size": asked.size - 1}),
        ("a larger head", "2.1", {"size": asked.size + 1}),
        ("another log", "1.3", {"origin": asked.origin[:-1] + "2"}),
        ("another key", "1.3", {"key": "cd" * 32}),
    ):
        yield Attack(
            "the question changed",
            COLLECTOR,
            place,
            step,
            signed(partial(_asked, data=encode(structs.replace(asked, **own)))),
        )


def _asked(draft: Draft, *, data: bytes) -> None:
    draft.files["bundle.json"] = data + b"\n"


@family
def sources_edited() -> Iterator[Attack]:
    """What a plan rests on, with one word changed."""
    for folder, step, old, new in (
        ("plans/", "4.2", b'"window_s":300.0', b'"window_s":900.0'),
        ("plans/", "4.2", b'"asn":64501', b'"asn":64599'),
        ("plans/", "4.2", b"T20:", b"T21:"),
        ("policies/", "4.3", b'"bound":[', b'"confirm":1,"bound":['),
        ("policies/", "4.3", b'"asns":[64501]', b'"asns":[64500]'),
        ("questions/", "4.3", NAME.encode(), b"film-gratiz.test."),
        ("orders/", "4.4", b"rete-beta", b"rete-alfa"),
        ("orders/", "4.4", b'"grace_days":30', b'"grace_days":0'),
    ):
        for name in exported().names(folder):
            yield Attack(
                "a source edited",
                COLLECTOR,
                f"{name}: {new.decode()}",
                step,
                signed(partial(_word_changed, name=name, old=old, new=new)),
            )


@family
def probe_lines_edited() -> Iterator[Attack]:
    """Each line of each probe's log left out, doubled, moved to the end, or with another time."""
    for name in exported().names("probes/"):
        count = len(exported().lines(name))
        for place in range(count):
            said = f"{name} line {place}"
            yield Attack(
                "a probe's line left out", COLLECTOR, said, "5.1", signed(partial(_without, name=name, place=place))
            )
            yield Attack(
                "a probe's line doubled", COLLECTOR, said, "5.2", signed(partial(_doubled, name=name, place=place))
            )
            if place < count - 1:
                yield Attack(
                    "a probe's line moved", COLLECTOR, said, "5.2", signed(partial(_moved, name=name, place=place))
                )


def _moved(draft: Draft, *, name: str, place: int) -> None:
    lines = draft.lines(name)
    lines.append(lines.pop(place))
    draft.put_lines(name, lines)
