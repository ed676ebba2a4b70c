"""Steps 2.1 to 2.4: the collector's log, its checkpoints, the order of its lines, and who else has seen it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from schema.codec import encode
from schema.dsse import KEY_CHANGE, key_id, verify
from schema.enrol import KeyChange
from schema.entry import (
    Enrolment,
    Equivocation,
    KeyChanged,
    LogBegins,
    OrderEntered,
    PlanPublished,
    PolicyKept,
    ProbeCheckpoint,
    QuestionsKept,
    Stamped,
    Standing,
    read_entry,
)
from schema.errors import FormatError, SignatureError
from schema.log import Tree, leaf_hash
from schema.note import cosigned_at, read_checkpoint, read_note, read_signatures, verify_own, witness_name
from schema.note import key_hash as note_key_hash
from schema.verifier.case import RefusedError
from schema.verifier.files import public_pem

if TYPE_CHECKING:
    from schema.entry import Entry
    from schema.verifier.case import Case

LOG: Final = "log/entries.jsonl"
#: What a `standing` entry may say.
EVENTS: Final = frozenset({"suspended", "resumed", "revoked"})
_COSIGNATURE: Final = b"\x04"
_KEY_DIGITS: Final = 16


def note_name(size: int) -> str:
    """The file of the checkpoint of *size* lines."""
    return f"checkpoints/{size:010d}.note"


def checkpoints(case: Case) -> None:
    """2.1 Each checkpoint is signed by the log; the head's is there."""
    for name in case.named("checkpoints"):
        if not name.endswith(".note"):
            continue
        note = read_note(case.read(name))
        point = note.checkpoint
        if point.origin != case.bundle.origin or note_name(point.size) != name or len(note.signatures) != 1:
            raise RefusedError(f"{name} is not a checkpoint of that size of this log with the log's signature alone")
        verify_own(note, case.key)
        case.notes[point.size] = note
    if case.bundle.size not in case.notes:
        raise RefusedError(f"{note_name(case.bundle.size)} is not in the bundle")
    case.count("checkpoints", len(case.notes))


def roots(case: Case) -> None:
    """2.2 The log's lines give the root of each checkpoint."""
    if LOG not in case.archive:
        raise RefusedError(f"{LOG} is not in the bundle")
    case.tree = Tree(map(leaf_hash, case.archive.lines(LOG)))
    if len(case.tree) != case.bundle.size:
        raise RefusedError(f"{LOG} has {len(case.tree)} lines, the head {case.bundle.size}")
    for size, note in case.notes.items():
        if size > case.bundle.size or case.tree.root(size) != note.checkpoint.root:
            raise RefusedError(f"the first {size} lines of the log do not give the root of {note_name(size)}")


def entries(case: Case) -> None:
    """2.3 Each line of the log is sound and allowed where it stands; keys/ holds the keys that the log had and no other."""
    reading = _Reading(case)
    for index, line in enumerate(case.archive.lines(LOG)):
        try:
            entry = read_entry(line)
            reading.take(index, entry)
        except (FormatError, SignatureError, RefusedError) as error:
            raise RefusedError(f"line {index} of the log: {error}") from error
        case.entries.append(entry)
    held = {key_id(key): key for keys in case.probe_keys.values() for key in keys.values()}
    held[case.bundle.key] = case.key
    if (found := set(case.named("keys"))) != (wanted := {f"keys/{one}.pem" for one in held}):
        raise RefusedError(f"{min(found ^ wanted)} is {'missing' if wanted - found else 'no key of the log'}")
    for one, key in held.items():
        if case.read(f"keys/{one}.pem") != public_pem(key):
            raise RefusedError(f"keys/{one}.pem is not that key in its one form")
    case.count("entries", len(case.entries))


class _Reading:
    """Takes the lines of a log one after the other and refuses what may not follow (sp-005 §5)."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._number: int | None = None
        self._once: set[tuple[str, ...]] = set()
        self._heads: dict[tuple[str, str], ProbeCheckpoint] = {}
        self._owner: dict[bytes, str] = {}

    def take(self, index: int, entry: Entry) -> None:
        if (index == 0) != isinstance(entry, LogBegins):
            raise RefusedError("a log begins with one line of kind log")
        if isinstance(entry, LogBegins):
            self._begins(entry)
        elif isinstance(entry, PlanPublished):
            self._plan(entry)
        elif isinstance(entry, Enrolment):
            self._first("enrolment", entry.probe)
            self._case.probe_keys[entry.probe] = self._new_key(entry.probe, entry.key)
            self._case.enrolments[entry.probe] = index, entry
        elif isinstance(entry, Stamped):
            self._first("stamp", str(entry.size), entry.authority)
            if not 1 <= entry.size <= index or entry.accuracy_us < 0:
                raise RefusedError("a stamp is over lines that were there before it, and its accuracy is not negative")
        elif isinstance(entry, OrderEntered):
            self._first("order", entry.order, str(entry.version))
        elif isinstance(entry, QuestionsKept):
            self._first("questions", entry.digest)
        elif isinstance(entry, PolicyKept):
            self._first("policy", entry.digest)
        else:
            self._of_probe(entry)

    def _first(self, *what: str) -> None:
        if what in self._once:
            raise RefusedError(f"{' '.join(what)} stands in the log before")
        self._once.add(what)

    def _begins(self, entry: LogBegins) -> None:
        case = self._case
        if entry.origin != case.bundle.origin or bytes.fromhex(entry.key) != case.key:
            raise RefusedError("the log begins with another origin or key")
        words = entry.origin.split("/")
        if words[:-1] != ["ottempera", "collector", case.bundle.key[:_KEY_DIGITS]] or not words[-1].isdecimal():
            raise RefusedError("the origin is not made of the key's first digits and a number")
        if entry.after is not None:
            read_checkpoint(entry.after.encode())

    def _plan(self, entry: PlanPublished) -> None:
        if self._number is not None and entry.number != self._number + 1:
            raise RefusedError(f"plan {entry.number} follows plan {self._number}")
        if entry.key != self._case.bundle.key:
            raise RefusedError("the plan names another key than the log's")
        self._first("plan", entry.plan)
        self._number = entry.number

    def _of_probe(self, entry: KeyChanged | Standing | Equivocation | ProbeCheckpoint) -> None:
        keys = self._case.probe_keys.get(entry.probe)
        if keys is None:
            raise RefusedError(f"{entry.probe} is not enrolled before")
        if isinstance(entry, KeyChanged):
            by = bytes.fromhex(entry.by)
            if key_id(by) not in keys:
                raise RefusedError(f"the change of key is signed by none that {entry.probe} had")
            verify(by, KEY_CHANGE, encode(KeyChange(entry.probe, entry.key)), entry.signature)
            keys.update(self._new_key(entry.probe, entry.key))
        elif isinstance(entry, ProbeCheckpoint):
            self._head(entry, keys)
        elif isinstance(entry, Standing) and entry.event not in EVENTS:
            raise RefusedError(f"{entry.event!r} is no standing of a probe")

    def _new_key(self, probe: str, key: str) -> dict[str, bytes]:
        """A key by its id; one that another has would let one party speak as two."""
        raw = bytes.fromhex(key)
        if raw == self._case.key or self._owner.setdefault(raw, probe) != probe:
            raise RefusedError(f"the key of {probe} is another's")
        return {key_id(raw): raw}

    def _head(self, entry: ProbeCheckpoint, keys: dict[str, bytes]) -> None:
        """Whether its signature holds is asked in 5.2, with its root."""
        if entry.key not in keys:
            raise RefusedError(f"{entry.probe} had no such key")
        if entry.size < 1:
            raise RefusedError("the head of a log without lines")
        where = entry.probe, entry.chain
        before = self._heads.get(where)
        if before and (entry.size < before.size or (entry.size == before.size and entry.root != before.root)):
            raise RefusedError(f"the log of {entry.probe} grew smaller, or has two roots of one size")
        self._heads[where] = entry
        self._case.chains[where] = entry.size


def cosignatures(case: Case) -> None:
    """2.4 Enough witnesses cosigned the newest checkpoint: probes of the log and those that the trust file names."""
    name = f"checkpoints/{case.bundle.size:010d}.cosigned"
    lines = read_signatures(case.read(name)) if name in case.archive else ()
    known: dict[tuple[str, bytes], bytes] = {}
    owner: dict[bytes, str] = {}
    witnesses = [(one.name, bytes.fromhex(one.key)) for one in case.trust.witnesses]
    probes = [(witness_name(probe), key) for probe, keys in case.probe_keys.items() for key in keys.values()]
    for witness, key in (*probes, *witnesses):
        known[witness, note_key_hash(witness, key, _COSIGNATURE)] = key
        owner.setdefault(key, witness)
    head = case.notes[case.bundle.size].checkpoint
    seen = set()
    for line in lines:
        wanted = known.get((line.name, line.key_hash))
        if wanted is None:
            continue  # a witness that the reader does not know says nothing to him
        cosigned_at(head, line, wanted)
        seen.add(owner[wanted])  # one key is one witness, whatever it is called
    if len(seen) < case.trust.needs.cosignatures:
        raise RefusedError(f"{len(seen)} known witnesses cosigned the head, {case.trust.needs.cosignatures} are needed")
    case.count("cosignatures", len(seen))
