"""What a probe must still know after a crash: which round it began, which it closed, which log it has confirmed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from probe.identity import write_durably
from probe.seeing import Witnessed, read_witnessed
from schema.codec import Wire, encode, reader
from schema.errors import FormatError

if TYPE_CHECKING:
    from pathlib import Path


class Progress(Wire, frozen=True):
    """`begun` are the plans (ids) in progress; all numbers up to `done` are closed, and of those above it `ahead`.

    A plan is begun at most once, so a restart never asks a resolver twice for one round: the ceilings of a round hold
    across restarts. Plans are executed by their starts, and an urgent one starts before others with lower numbers.
    """

    done: int = 0
    begun: tuple[str, ...] = ()
    ahead: tuple[int, ...] = ()

    def is_closed(self, number: int) -> bool:
        """Whether plan *number* is closed."""
        return number <= self.done or number in self.ahead


_read = reader(Progress, "probe state")


class ProgressFile:
    """Progress, durable at every change."""

    def __init__(self, path: Path) -> None:
        """Read *path* if it is there.

        Raises:
            FormatError: it is damaged.
        """
        self._path = path
        try:
            self.value = _read(path.read_bytes()) if path.exists() else Progress()
        except FormatError as error:
            raise FormatError(
                f"{path} is damaged: {error}",
                remedy="Without it a round would be asked twice. Write the last plan's number into it as "
                '{"done":NUMBER}; `ottempera coverage` knows it.',
            ) from error

    def begin(self, plan: str) -> None:
        """*plan* is in progress from here on."""
        self._write(Progress(self.value.done, (*self.value.begun, plan), self.value.ahead))

    def close(self, number: int, plan: str = "", *, first_open: int | None = None) -> None:
        """Plan *number*, whose id is *plan*, is closed, and with it all before but those from *first_open* on.

        *first_open* is the lowest number that is held and not closed; none where no other is held.
        """
        known = self.value
        ahead = {*known.ahead, number} if number > known.done else set(known.ahead)
        done = max((one for one in ahead if first_open is None or one < first_open), default=known.done)
        begun = tuple(one for one in known.begun if one != plan)
        self._write(Progress(done, begun, tuple(sorted(one for one in ahead if one > done))))

    def _write(self, progress: Progress) -> None:
        write_durably(self._path, encode(progress))
        self.value = progress


class WitnessFile:
    """The newest checkpoint of the collector's log that this probe has checked, durable before anybody hears of it."""

    def __init__(self, path: Path) -> None:
        """Read *path* if it is there.

        Raises:
            FormatError: it is damaged.
        """
        self._path = path
        self.value: Witnessed | None = None
        if path.exists():
            try:
                self.value = read_witnessed(path.read_bytes())
            except FormatError as error:
                raise FormatError(
                    f"{path} is damaged: {error}",
                    remedy="Without it the probe could confirm two histories of one log. Keep the file, tell whoever runs "
                    "the collector, and move it away: the probe then begins to look anew.",
                ) from error

    def keep(self, witnessed: Witnessed) -> None:
        """*witnessed* was checked."""
        write_durably(self._path, encode(witnessed))
        self.value = witnessed
