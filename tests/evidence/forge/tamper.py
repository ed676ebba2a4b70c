"""What somebody with the collector's key can do to a bundle that is written: lines, files and logs changed and signed again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import structs

from schema.bundle.parts import read_bundle
from schema.codec import encode
from schema.entry import entry_line, read_entry
from schema.log import Tree, leaf_hash
from schema.note import Checkpoint, Note

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tests.evidence.forge.draft import Draft
    from tests.evidence.forge.keys import Keys
    from tests.evidence.forge.probe import Probe

LOG = "log/entries.jsonl"


def edit(draft: Draft, name: str, change: Callable[[bytes], bytes]) -> None:
    """Change a file; that nothing changes is a mistake in the test."""
    before = draft.files[name]
    draft.files[name] = change(before)
    assert draft.files[name] != before, f"{name} is as it was"


def edit_line(draft: Draft, name: str, place: int, change: Callable[[bytes], bytes]) -> None:
    """Change one line of a file."""
    lines = draft.lines(name)
    before = lines[place]
    lines[place] = change(before)
    assert lines[place] != before, f"line {place} of {name} is as it was"
    draft.put_lines(name, lines)


def fields(read: Callable[[bytes], Any], **changes: Any) -> Callable[[bytes], bytes]:
    """A change of a line: other fields in the struct that it holds."""
    return lambda line: encode(structs.replace(read(line), **changes))


def entry_with(**changes: Any) -> Callable[[bytes], bytes]:
    """A change of an entry's fields."""
    return lambda line: entry_line(structs.replace(read_entry(line), **changes))


def find(lines: Iterable[bytes], text: str, nth: int = 0) -> int:
    """Place of the n-th line that holds *text*."""
    return [place for place, line in enumerate(lines) if text.encode() in line][nth]


def entry_at(draft: Draft, kind: str, nth: int = 0) -> int:
    """Place of the n-th entry of a kind."""
    return find(draft.lines(LOG), f'{{"kind":"{kind}"', nth)


def relog(
    draft: Draft, change: Callable[[list[bytes]], None], *, keys: Keys | None = None, cosigners: Iterable[Probe] = ()
) -> None:
    """Rewrite the collector's log: every checkpoint of the bundle is made and signed anew over the lines it then has.

    The head moves with the number of lines. Tokens stay as they are, as their authorities do not lie; cosignatures too,
    unless *cosigners* lend their keys.
    """
    signer = keys or draft.keys
    lines = draft.lines(LOG)
    before = len(lines)
    change(lines)
    draft.put_lines(LOG, lines)
    tree = Tree(leaf_hash(line) for line in lines)
    bundle = read_bundle(draft.files["bundle.json"])
    for name in draft.names("checkpoints/"):
        old = int(name[12:22])
        size = len(lines) if old == before else old
        data = draft.files.pop(name)
        if name.endswith(".note") and size <= len(lines):
            checkpoint = Checkpoint(bundle.origin, size, tree.root(size))
            data = Note(checkpoint, (signer.note.sign(checkpoint),)).pack()
        draft.files[f"checkpoints/{size:010d}{name[22:]}"] = data
    draft.files["bundle.json"] = encode(structs.replace(bundle, size=len(lines))) + b"\n"
    if len(lines) != before:
        for name in draft.names(f"stamps/{before:010d}."):
            draft.files[f"stamps/{len(lines):010d}.{name[18:]}"] = draft.files.pop(name)
    head = Checkpoint(bundle.origin, len(lines), tree.root())
    signed = [one.cosign(head, one_at(draft)) for one in cosigners]
    if signed:
        draft.files[f"checkpoints/{len(lines):010d}.cosigned"] = b"".join(one.line for one in signed)


def one_at(draft: Draft) -> Any:
    """A time at which cosigners say they looked: that of the log's last stamp."""
    lines = draft.lines(LOG)
    return read_entry(lines[find(lines, '{"kind":"stamp"', -1)]).at  # type: ignore[union-attr]  # a stamp has a time
