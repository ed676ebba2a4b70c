"""Takes a list into the ledger: looks at it first, says what it changes, and enters it as a version."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Final, NamedTuple

from collector.lists.difference import Difference, difference
from collector.lists.entries import Kind
from collector.lists.formats import read_list
from collector.lists.refused import HEAD_BYTES, refuse
from collector.lists.text import MAX_LIST_BYTES
from collector.store.lists import ListVersion
from schema.errors import ConfigError, FormatError, UnavailableError

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from collector.lists.reading import ListFile, ListFormat
    from collector.store import Store

TOLERATED_PERCENT: Final = 1
_FILE_NAME_CHARS: Final = 255
_LINES_NAMED: Final = 20
_HUNDRED: Final = 100


class Given(NamedTuple):
    """A file as it was given, and how it is to be read; `tolerated` is the share of lines, per cent, that may be odd.

    `leave_out`: lines with names that are never probed are passed over, rather than the list refused.
    """

    data: bytes
    file_name: str
    form: ListFormat | None = None
    tolerated: int = TOLERATED_PERCENT
    leave_out: bool = False


class Preview(NamedTuple):
    """What a list would change; `before` is the version it comes after, `doubts` what a person should know first."""

    order_id: str
    file: ListFile
    digest: str
    file_name: str
    before: ListVersion | None
    change: Difference
    doubts: tuple[str, ...]

    @property
    def version(self) -> int:
        """The number it would have; of a file that is in force already, its number."""
        number = self.before.version if self.before else 0
        return number if self.known else number + 1

    @property
    def known(self) -> bool:
        """Whether this very file is the newest version."""
        return self.before is not None and self.before.digest == self.digest

    @property
    def untestable(self) -> int:
        """Entries that DNS shows nothing of."""
        return sum(entry.kind in {Kind.URL, Kind.ADDRESS} for entry in self.file.entries)


def load(path: Path) -> tuple[bytes, str]:
    """The bytes of the list at *path* and what it is called; its first lines are looked at before the rest is read.

    Raises:
        RefusedListError: it declares itself CNCPO's. UnavailableError: it cannot be read. FormatError: it is too large.
    """
    name = "".join(one if one.isprintable() else "?" for one in path.name)[:_FILE_NAME_CHARS]
    try:
        with path.open("rb") as stream:
            head = stream.read(HEAD_BYTES)
            refuse(name, head)
            data = head + stream.read(MAX_LIST_BYTES + 1 - len(head))
    except OSError as error:
        raise UnavailableError(f"{name}: {error.strerror}", remedy="Name a file that can be read.") from error
    if len(data) > MAX_LIST_BYTES:
        raise FormatError(f"{name}: larger than {MAX_LIST_BYTES >> 20} MiB", remedy="Import it in parts.")
    return data, name


async def look(store: Store, order_id: str, given: Given) -> Preview:
    """What the list would change under the order; nothing is written.

    Raises:
        FormatError: it cannot be read, or too much of it was not understood. ConfigError: there is no such order, or a name on
            the list is never probed.
    """
    known = await store.order_ids()
    if order_id not in known:
        raise ConfigError(
            f"there is no order {order_id!r}",
            remedy=f"Import the order first; there are: {', '.join(known) or 'none'}.",
        )
    never = await store.never_probe()
    try:
        file = read_list(given.data, given.file_name, given.form, refuses=never.refuses)
        _readable(file, given.tolerated)
    except FormatError as error:
        raise type(error)(f"{given.file_name}: {error}", remedy=error.remedy) from error
    if file.barred and not given.leave_out:
        raise ConfigError(
            f"{given.file_name}: {_lines(file.barred)} a name that is never probed; nothing was taken",
            remedy="Take the lines out, or say --leave-out-never-probe: they are passed over, and kept nowhere.",
        )
    before = await store.newest_list(order_id)
    change = difference(await store.list_texts(order_id), file.entries)
    return Preview(
        order_id, file, sha256(given.data).hexdigest(), given.file_name, before, change, _doubts(file, before, change)
    )


async def take(
    store: Store, preview: Preview, *, by: str, reason: str, notified_at: datetime | None, at: datetime
) -> ListVersion:
    """Enter what was looked at.

    Raises:
        UnavailableError: somebody entered a version in the meantime.
    """
    header = preview.file.header
    new = ListVersion(
        order_id=preview.order_id,
        version=preview.version,
        digest=preview.digest,
        format=preview.file.form,
        file_name=preview.file_name,
        header=header.raw if header else "",
        header_number=header.number if header else None,
        header_day=header.day if header else None,
        entries=len(preview.file.entries),
        repeated=preview.file.repeated,
        odd_lines=tuple(odd.line for odd in preview.file.odd),
        notified_at=notified_at,
        entered_at=at,
        entered_by=by,
        reason=reason,
    )
    await store.append_list(new, preview.change)
    return new


def _readable(file: ListFile, tolerated: int) -> None:
    if len(file.odd) * _HUNDRED > file.read_lines * tolerated:
        some = "; ".join(f"line {odd.line}: {odd.why}" for odd in file.odd[:3])
        raise FormatError(
            f"{len(file.odd)} of {file.read_lines} lines were not understood as {file.form}: {some}",
            remedy=f"Say the --format, or --tolerate PERCENT (now {tolerated}) if the list is that bad.",
        )


def _doubts(file: ListFile, before: ListVersion | None, change: Difference) -> tuple[str, ...]:
    said = []
    header = file.header
    if header and header.doubt:
        said.append(f"header {header.raw!r} {header.doubt}")
    if header and before and before.header_day and header.day < before.header_day:
        said.append(
            f"the list is of {header.day}, older than version {before.version}, which is of {before.header_day}"
        )
    if header and before and before.header_number and int(header.number) < int(before.header_number):
        said.append(f"its number {header.number} comes before that of version {before.version}, {before.header_number}")
    if before and len(change.removed) * 2 > before.entries:
        said.append(f"it takes away {len(change.removed)} of {before.entries} entries")
    if file.barred:
        said.append(f"{_lines(file.barred)} a name that is never probed, and passed over")
    return tuple(said)


def _lines(numbers: tuple[int, ...]) -> str:
    named = ", ".join(map(str, numbers[:_LINES_NAMED]))
    more = f" and {len(numbers) - _LINES_NAMED} more" if len(numbers) > _LINES_NAMED else ""
    return f"line {named} holds" if len(numbers) == 1 else f"lines {named}{more} hold"
