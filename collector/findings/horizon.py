"""Up to which day everything that a day can bring has come: days that go on are not found."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, datetime
    from zoneinfo import ZoneInfo

    from collector.store import Store

DAY: Final = timedelta(days=1)


class Horizon:
    """The last day that is over: by the clock where data are measured, by the plans in a lab, which has its own time."""

    def __init__(self, store: Store, now: Callable[[], datetime]) -> None:
        """*now* is the clock of measured data."""
        self._store = store
        self._now = now
        self._lab: bool | None = None

    async def day(self, zone: ZoneInfo) -> date | None:
        """The last day that is over in *zone*; None where nothing says so yet.

        In a lab that is the day of the newest judged plan if the next one starts on a later day, else the day before.
        """
        if self._lab is None:
            deployment = await self._store.deployment()
            self._lab = deployment.lab if deployment else None
        if not self._lab:
            return self._now().astimezone(zone).date() - DAY
        starts = await self._store.newest_judged_start()
        if starts is None:
            return None
        judged, following = (at.astimezone(zone).date() if at else None for at in starts)
        if judged is not None and (following is None or following == judged):
            return judged - DAY
        return judged
