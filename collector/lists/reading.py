"""What a list file says, whatever its format: entries, header, and each line that could not be read. Pure."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

from collector.lists.entries import Entry, kind_of, read_entry
from schema.errors import FormatError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

_WHY_CHARS: Final = 200


class ListFormat(StrEnum):
    """How a list is written."""

    AGCOM = "agcom"  # Allegato B: a header with number and day, then names, URLs and addresses
    HOSTS = "hosts"  # ADDRESS name...
    RPZ = "rpz"  # a response policy zone
    PLAIN = "plain"  # one a line, # comments
    CSV = "csv"  # a table with a column of names


class Header(NamedTuple):
    """The first line of a list that has one: as it stood, and what it says; `doubt` says why the day may be another."""

    raw: str
    number: str
    day: date
    doubt: str = ""


class Odd(NamedTuple):
    """A line that is not an entry: its number from 1, and why."""

    line: int
    why: str


class ListFile(NamedTuple):
    """A list as it was read.

    `entries` has each text once, the first line's; `repeated` counts the others. `odd` are the lines that were not
    understood, `left_out` those that were and list nothing (an exception of a policy zone, `localhost`), `barred` the
    numbers of those that hold a name which is never probed: of them nothing else is kept.
    """

    form: ListFormat
    entries: tuple[Entry, ...]
    repeated: int
    odd: tuple[Odd, ...]
    left_out: tuple[Odd, ...]
    barred: tuple[int, ...] = ()
    header: Header | None = None

    @property
    def read_lines(self) -> int:
        """Lines that say something, understood or not."""
        return (
            len({entry.line for entry in self.entries})
            + self.repeated
            + len(self.odd)
            + len(self.left_out)
            + len(self.barred)
        )


class Gathering:
    """Collects what the lines of a file say."""

    def __init__(self, form: ListFormat, refuses: Callable[[str], bool] = lambda _: False) -> None:
        """Nothing was read yet; *refuses* says which texts are never probed."""
        self._form = form
        self._refuses = refuses
        self._barred: list[int] = []
        self._entries: dict[str, Entry] = {}
        self._repeated = 0
        self._odd: list[Odd] = []
        self._left_out: list[Odd] = []
        self.header: Header | None = None

    def take(self, text: str, line: int) -> None:
        """Take what *text* stands for on *line*; a text that is no entry makes the line an odd one."""
        if self._refuses(text):
            self._barred.append(line)
            return
        try:
            found = read_entry(text)
        except FormatError as error:
            self.odd(line, str(error))
            return
        new = [one for one in found if one not in self._entries]
        self._entries.update((one, Entry(kind_of(one), one, line)) for one in new)
        self._repeated += not new

    def odd(self, line: int, why: str) -> None:
        """Note that *line* was not understood."""
        self._odd.append(Odd(line, why[:_WHY_CHARS]))

    def leave_out(self, line: int, why: str) -> None:
        """Note that *line* was understood and lists nothing."""
        self._left_out.append(Odd(line, why[:_WHY_CHARS]))

    def done(self) -> ListFile:
        """What was read."""
        return ListFile(
            self._form,
            tuple(self._entries.values()),
            self._repeated,
            tuple(self._odd),
            tuple(self._left_out),
            tuple(self._barred),
            self.header,
        )
