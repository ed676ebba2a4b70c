"""Bundles whose collector's log is wrong (steps 2.1 to 2.4)."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Final

from msgspec import structs

from schema.codec import encode
from schema.entry import KeyChanged, Standing, entry_line, read_entry
from schema.note import Checkpoint, read_note, with_signatures
from schema.trust import Needs
from tests.evidence.cases.case import Made, bad, case
from tests.evidence.cases.good import made
from tests.evidence.forge.authority import due, tre
from tests.evidence.forge.cast import ROME, Cast, few_questions, policy
from tests.evidence.forge.house import House
from tests.evidence.forge.keys import Keys, public_pem
from tests.evidence.forge.stories import FIRST, MINUTE, bundle, lean, lone
from tests.evidence.forge.tamper import LOG, edit, edit_line, entry_with, relog

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.evidence.forge.draft import Draft
    from tests.evidence.forge.probe import Chain, SignedHead

LONE: Final = Cast(vantages=(ROME,), questions=few_questions(), policy=policy(floor_networks=1))


def head(draft: Draft) -> str:
    """The head's note."""
    return draft.names("checkpoints/")[-1]


@bad("checkpoint-signed-by-another", "2.1", "A checkpoint carries a signature by a key that is not the log's.")
def _other(house: House, draft: Draft) -> None:
    checkpoint = read_note(draft.files[head(draft)]).checkpoint
    draft.files[head(draft)] = with_signatures(checkpoint, [Keys("somebody else").note.sign(checkpoint)])


@bad(
    "checkpoint-with-two-signatures",
    "2.1",
    "A note holds a cosignature beside the log's signature: it is not what was stamped.",
)
def _two(house: House, draft: Draft) -> None:
    edit(draft, head(draft), lambda data: data + house.cosignatures[house.newest.size][0].line)


@bad("checkpoint-of-another-log", "2.1", "A note of a log of another name, by the same key.")
def _origin(house: House, draft: Draft) -> None:
    old = read_note(draft.files[head(draft)]).checkpoint
    checkpoint = Checkpoint(house.origin[:-1] + "9", old.size, old.root)
    draft.files[head(draft)] = with_signatures(checkpoint, [house.keys.note.sign(checkpoint)])


@bad("checkpoint-under-another-size", "2.1", "A note's name says another size than the note.")
def _size(house: House, draft: Draft) -> None:
    draft.files["checkpoints/0000000006.note"] = draft.files["checkpoints/0000000005.note"]


@bad("head-missing", "2.1", "The checkpoint under which the question is answered is not there.")
def _no_head(house: House, draft: Draft) -> None:
    del draft.files[head(draft)]


@bad("stamped-checkpoint-missing", "3.2", "A checkpoint that a stamp in the log names is not there.")
def _no_stamped(house: House, draft: Draft) -> None:
    del draft.files["checkpoints/0000000005.note"]


@bad("log-line-changed", "2.2", "A line of the log is another than the checkpoints are over.")
def _line(house: House, draft: Draft) -> None:
    edit_line(draft, LOG, 4, entry_with(custodian="Studio Neri"))


@bad("log-line-dropped", "2.2", "A line of the log is missing.")
def _dropped(house: House, draft: Draft) -> None:
    draft.put_lines(LOG, [line for place, line in enumerate(draft.lines(LOG)) if place != 5])


@bad("log-line-added", "2.2", "A line stands after the head.")
def _added(house: House, draft: Draft) -> None:
    draft.put_lines(LOG, [*draft.lines(LOG), draft.lines(LOG)[1]])


@bad("log-without-its-last-newline", "2.2", "The log's last line has no newline.")
def _newline(house: House, draft: Draft) -> None:
    edit(draft, LOG, lambda data: data[:-1])


@bad("forged-head", "2.2", "The head's root is of other lines; its signature is the log's.")
def _root(house: House, draft: Draft) -> None:
    old = read_note(draft.files[head(draft)]).checkpoint
    checkpoint = Checkpoint(old.origin, old.size, sha256(b"other lines").digest())
    draft.files[head(draft)] = with_signatures(checkpoint, [house.keys.note.sign(checkpoint)])


def order_of_lines(name: str, why: str) -> Callable[[Callable[[House, list[bytes]], None]], None]:
    """Enter a function that changes the log's lines, over which everything is signed again, as a case of step 2.3."""

    def enter(change: Callable[[House, list[bytes]], None]) -> None:
        @bad(name, "2.3", why)
        def _(house: House, draft: Draft) -> None:
            relog(draft, lambda lines: change(house, lines), cosigners=house.probes.values())

    return enter


def _place(lines: list[bytes], kind: str) -> int:
    return next(place for place, line in enumerate(lines) if line.startswith(f'{{"kind":"{kind}"'.encode()))


@order_of_lines("log-begins-twice", "A second first line.")
def _begins(house: House, lines: list[bytes]) -> None:
    lines[1] = lines[0]


@order_of_lines("log-of-another-key", "The first line names another key than the trusted one.")
def _log_key(house: House, lines: list[bytes]) -> None:
    lines[0] = entry_with(key=Keys("somebody else").public.hex())(lines[0])


@order_of_lines("plan-number-skipped", "The numbers of plans do not rise by one.")
def _skipped(house: House, lines: list[bytes]) -> None:
    place = _place(lines, "plan")
    lines.insert(place + 1, entry_with(number=3)(lines[place]))


@order_of_lines("plan-number-used-twice", "Two plans have one number.")
def _same_number(house: House, lines: list[bytes]) -> None:
    place = _place(lines, "plan")
    lines.insert(place + 1, entry_with(plan="ab" * 32)(lines[place]))


@order_of_lines("enrolled-twice", "A probe is enrolled a second time, with another key.")
def _enrolled(house: House, lines: list[bytes]) -> None:
    lines.append(entry_with(key=Keys("somebody else").public.hex())(lines[_place(lines, "enrolment")]))


@order_of_lines(
    "enrolled-with-the-key-of-another", "Two probes are enrolled with one key: one party would be two networks."
)
def _one_key(house: House, lines: list[bytes]) -> None:
    lines.append(entry_with(probe="mi-99")(lines[_place(lines, "enrolment")]))


@order_of_lines("enrolled-with-the-collectors-key", "A probe is enrolled with the key of the log itself.")
def _own_key(house: House, lines: list[bytes]) -> None:
    enrolment = entry_with(probe="mi-99", key=house.keys.public.hex())
    lines.append(enrolment(lines[_place(lines, "enrolment")]))


@order_of_lines("head-before-enrolment", "The head of a probe's log stands before its enrolment.")
def _early(house: House, lines: list[bytes]) -> None:
    lines.insert(2, lines.pop(_place(lines, "probe_checkpoint")))


@order_of_lines("head-of-a-stranger", "The head of a log of a probe that was never enrolled.")
def _stranger(house: House, lines: list[bytes]) -> None:
    place = _place(lines, "probe_checkpoint")
    lines[place] = entry_with(probe="xx-99")(lines[place])


@order_of_lines("heads-that-shrink", "The sizes of a chain fall.")
def _shrink(house: House, lines: list[bytes]) -> None:
    place = _place(lines, "probe_checkpoint")
    lines[place], lines[place + 1] = lines[place + 1], lines[place]


@order_of_lines("two-roots-of-one-size", "Two heads of one chain and size differ; both are signed by the probe.")
def _roots(house: House, lines: list[bytes]) -> None:
    place = _place(lines, "probe_checkpoint")
    found = read_entry(lines[place])
    forged = structs.replace(found, root="ab" * 32)
    signature = house.probes["rm-01"].keys.note.sign(forged.checkpoint).blob  # type: ignore[union-attr]  # it is one
    lines.insert(place + 1, entry_line(structs.replace(forged, signature=signature)))


@order_of_lines("standing-of-a-stranger", "A probe that was never enrolled is revoked.")
def _revoked(house: House, lines: list[bytes]) -> None:
    lines.append(entry_line(Standing(probe="xx-99", event="revoked", reason="", at=FIRST)))


@order_of_lines("standing-of-another-word", "A probe is said to be retired, which is no standing.")
def _retired(house: House, lines: list[bytes]) -> None:
    lines.append(entry_line(Standing(probe="rm-01", event="retired", reason="", at=FIRST)))


@order_of_lines("stamp-of-the-future", "A stamp is over a checkpoint that the log had not reached.")
def _future(house: House, lines: list[bytes]) -> None:
    place = _place(lines, "stamp")
    lines[place] = entry_with(size=len(lines))(lines[place])


@order_of_lines("key-changed-by-a-stranger", "A change of a probe's key is signed by a key that the probe never had.")
def _key(house: House, lines: list[bytes]) -> None:
    mine = Keys("somebody else")
    change = encode({"probe": "rm-01", "key": mine.public.hex()})
    signature = mine.dsse.sign("application/vnd.ottempera.key-change+json", change)
    entry = KeyChanged(probe="rm-01", key=mine.public.hex(), by=mine.public.hex(), signature=signature, at=FIRST)
    lines.append(entry_line(entry))


@order_of_lines("key-change-not-signed", "A change of a probe's key names the right key, which did not sign it.")
def _key_signature(house: House, lines: list[bytes]) -> None:
    mine = Keys("somebody else")
    change = encode({"probe": "rm-01", "key": mine.public.hex()})
    signature = mine.dsse.sign("application/vnd.ottempera.key-change+json", change)
    by = house.probes["rm-01"].keys.public.hex()
    lines.append(entry_line(KeyChanged(probe="rm-01", key=mine.public.hex(), by=by, signature=signature, at=FIRST)))


@order_of_lines("unknown-kind-of-line", "A line of a kind that does not exist.")
def _kind(house: House, lines: list[bytes]) -> None:
    lines.append(b'{"kind":"remark","v":1,"text":"hello"}')


@order_of_lines("line-in-another-form", "A line means the same as one in its one form.")
def _form(house: House, lines: list[bytes]) -> None:
    lines[3] = lines[3].replace(b'"v":1,', b'"v": 1,')


@order_of_lines("line-with-times-in-another-form", "A time with an offset in place of the Z.")
def _offset(house: House, lines: list[bytes]) -> None:
    lines[3] = lines[3].replace(b"18:00:00Z", b"18:00:00+00:00")


class _Unsigned(House):
    """Takes heads that their probes did not sign."""

    def enter_head(self, probe: str, chain: Chain, head: SignedHead) -> int:
        return super().enter_head(probe, chain, head._replace(signature=bytes(64)))


@case("head-with-another-signature", "5.2", "The signature of a probe's head is not the probe's.")
def _head_signature() -> Made:
    return made(lean(house=_Unsigned(LONE, [due(), tre()])))


@bad("key-too-many", "2.3", "A key that the log does not know.")
def _extra_key(house: House, draft: Draft) -> None:
    mine = Keys("somebody else")
    draft.files[f"keys/{mine.id}.pem"] = public_pem(mine.public)


@bad("probe-key-missing", "2.3", "A probe's key is not in the bundle.")
def _no_key(house: House, draft: Draft) -> None:
    del draft.files[f"keys/{house.probes['rm-01'].keys.id}.pem"]


@bad("not-cosigned", "2.4", "Nobody cosigned the head.")
def _alone(house: House, draft: Draft) -> None:
    draft.files[draft.names("checkpoints/")[-2]] = b""


@bad("cosignatures-missing", "2.4", "The file of cosignatures is not there.")
def _no_file(house: House, draft: Draft) -> None:
    del draft.files[f"checkpoints/{house.newest.size:010d}.cosigned"]


@bad("cosigned-by-a-stranger", "2.4", "One cosigned whom nobody enrolled.")
def _by_stranger(house: House, draft: Draft) -> None:
    line = Keys("somebody else").note.cosign(house.newest, name="ottempera/probe/rm-01", at=1).line
    draft.files[f"checkpoints/{house.newest.size:010d}.cosigned"] = line


@bad("cosignature-of-another-checkpoint", "2.4", "Probes cosigned an earlier checkpoint.")
def _of_earlier(house: House, draft: Draft) -> None:
    size = min(house.cosignatures)
    draft.files[f"checkpoints/{house.newest.size:010d}.cosigned"] = house.cosignatures[size][0].line


@case("too-few-witnesses", "2.4", "The reader asks for three witnesses and there are two.")
def _few() -> Made:
    house = lone()
    return Made(bundle(house).pack(), structs.replace(house.trust(), needs=Needs(2, 3)))


@case("one-witness-twice", "2.4", "The reader asks for two witnesses and one cosigned twice.")
def _same() -> Made:
    house = lone()
    probe = house.probes["rm-01"]
    house.cosignatures[house.newest.size] = [probe.cosign(house.newest, FIRST + n * MINUTE) for n in (8, 9)]
    return Made(bundle(house).pack(), structs.replace(house.trust(), needs=Needs(2, 2)))
