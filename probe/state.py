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
    """`begun` is the plan in progress, or none; `done` the highest plan number that is closed.

    A plan is begun at most once, so a restart never asks a resolver twice for one round: the ceilings of a round hold
    across restarts.
    """

    done: int = 0
    begun: str = ""


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
        self._write(Progress(self.value.done, plan))

    def close(self, number: int) -> None:
        """Plan *number* is closed, and with it all before."""
        self._write(Progress(max(number, self.value.done)))

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
