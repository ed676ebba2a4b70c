"""Has checkpoints stamped by every authority, keeps what comes, and tries again where nothing sound came."""

from __future__ import annotations

import asyncio
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

import structlog

from collector.evidence.authorities import ENOUGH
from collector.store.stamps import StampedHead, StampRow, StampTrouble
from schema.errors import OttemperaError
from schema.stamp import NONCE_BITS, stamp_request
from schema.verifier.token import check_token

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime

    from collector.evidence.authorities import Authority
    from schema.verifier.token import Token

_FIRST_WAIT: Final = timedelta(seconds=30)
_LONGEST_WAIT: Final = timedelta(hours=1)
_LOOK_EVERY_S: Final = 15.0
_DETAIL_CHARS: Final = 500
_CLOCKS_APART: Final = timedelta(minutes=1)
_log = structlog.get_logger("collector")


class Head(NamedTuple):
    """A signed checkpoint; `note` has the log's own signature only, and is what is stamped."""

    log: int
    size: int
    note: bytes


class _Came(NamedTuple):
    """A sound token, with the request and the reply."""

    authority: Authority
    said: tuple[bytes, bytes]
    token: Token


class StampStore(Protocol):
    """What is kept of stamps."""

    async def stamped(self, log: int, size: int) -> frozenset[str]:
        """The authorities that stamped a checkpoint."""

    async def newest_stamped(self, log: int) -> StampedHead | None:
        """The largest checkpoint of a log that anybody stamped."""

    async def last_stamps(self) -> dict[str, datetime]:
        """When the newest token of each authority came."""

    async def youngest_below(self, log: int, size: int) -> datetime | None:
        """The latest not-before of the tokens over smaller checkpoints of a log."""

    async def put_stamp(self, row: StampRow) -> None:
        """Keep a token."""

    async def put_stamp_trouble(self, trouble: StampTrouble) -> None:
        """Keep that a try failed."""


class Patience:
    """When an authority that failed is asked again: after 30 s, then twice as long each time, an hour at most."""

    def __init__(self) -> None:
        """Nobody failed yet."""
        self._waits: dict[str, tuple[timedelta, datetime]] = {}

    def is_over(self, name: str, now: datetime) -> bool:
        """Whether *name* may be asked; a clock that was set back makes nobody wait for longer than was meant."""
        if name not in self._waits:
            return True
        wait, until = self._waits[name]
        return not until - wait <= now < until

    def failed(self, name: str, now: datetime) -> None:
        """Let *name* be for longer."""
        wait = min(self._waits[name][0] * 2, _LONGEST_WAIT) if name in self._waits else _FIRST_WAIT
        self._waits[name] = (wait, now + wait)

    def answered(self, name: str) -> None:
        """Forget what went before."""
        self._waits.pop(name, None)


class Stamper:
    """Keeps the log's newest head stamped.

    A head is chosen at most every *every_s* seconds, and every authority stamps the one that was chosen: times count
    only where enough of them stamped the same. One that was away stamps it when it is back, and how late shows.

    *head* gives the newest signed checkpoint, or none; *ask* carries a request; *now* is the collector's clock.
    """

    def __init__(
        self,
        store: StampStore,
        authorities: Sequence[Authority],
        *,
        ask: Callable[[Authority, bytes], Awaitable[bytes]],
        now: Callable[[], datetime],
        every_s: float = 600.0,
        dice: Callable[[int], int] = secrets.randbits,
    ) -> None:
        self._store = store
        self._authorities = tuple(authorities)
        self._ask = ask
        self._now = now
        self._every = timedelta(seconds=every_s)
        self._dice = dice
        self._patience = Patience()
        self._turn = asyncio.Lock()

    @property
    def authorities(self) -> tuple[Authority, ...]:
        """Whom it asks."""
        return self._authorities

    def warn(self) -> None:
        """Say once what a lack of authorities means."""
        if len(self._authorities) < ENOUGH:
            _log.warning(
                "too few time-stamping authorities",
                authorities=len(self._authorities),
                remedy=f"No day counts without {ENOUGH}: name them as [[authority]] in the settings.",
            )

    async def stamp(self, newest: Head, *, at_once: bool = False) -> int:
        """Have *newest* stamped, or what was chosen lately, by those that are due; how many tokens came.

        *at_once*: this very head, now, by everybody who has not stamped it.

        Raises:
            UnavailableError: the store is away. What an authority does wrong is kept as trouble and raises nothing.
        """
        async with self._turn:
            head = newest if at_once else await self._chosen(newest)
            done = await self._store.stamped(head.log, head.size)
            last = await self._store.last_stamps()
            due = [
                one
                for one in self._authorities
                if one.name not in done and (at_once or self._is_due(one, last.get(one.name)))
            ]
            came = [one for one in await asyncio.gather(*(self._ask_for(one, head) for one in due)) if one is not None]
            return sum([await self._kept(one, head, [token.at for _, _, token in came]) for one in came])

    async def keep_stamping(
        self, newest: Callable[[], Awaitable[Head | None]], *, every_s: float = _LOOK_EVERY_S
    ) -> None:
        """For ever, looking every *every_s* seconds for what is due; without a database later."""
        self.warn()
        while True:
            try:
                head = await newest()
                if head is not None:
                    await self.stamp(head)
            except OttemperaError as error:
                _log.warning("nothing stamped", detail=str(error), remedy=error.remedy)
            await asyncio.sleep(every_s)

    async def _chosen(self, newest: Head) -> Head:
        last = await self._store.newest_stamped(newest.log)
        if last is None or _is_over(self._every, last.since, self._now()):
            return newest
        return Head(newest.log, last.size, last.note)

    def _is_due(self, authority: Authority, last: datetime | None) -> bool:
        now = self._now()
        rested = last is None or _is_over(timedelta(seconds=authority.every_s), last, now)
        return rested and self._patience.is_over(authority.name, now)

    async def _ask_for(self, authority: Authority, head: Head) -> _Came | None:
        """What came from *authority*, if it is sound."""
        request = stamp_request(head.note, nonce=self._dice(NONCE_BITS))
        try:
            reply = await self._ask(authority, request)
            token = check_token(reply, request=request, message=head.note, pinned=authority.pinned)
        except OttemperaError as error:
            await self._trouble(authority, head, str(error))
            return None
        return _Came(authority, (request, reply), token)

    async def _kept(self, came: _Came, head: Head, all_at: Sequence[datetime]) -> bool:
        """Whether a sound token is kept.

        One whose time contradicts the log would stand in it for ever and make every later bundle contradict itself
        (sp-008, 3.3). So it has to agree with this machine's clock or, where that is the one that is wrong, with another
        authority's that was asked at the same moment; and it is no older than what the checkpoint holds already.
        """
        authority, (request, reply), token = came
        now, accuracy = self._now(), timedelta(microseconds=token.accuracy_us)
        if abs(token.at - now) > _CLOCKS_APART:
            _log.warning("clocks differ", authority=authority.name, token=token.at.isoformat(), here=now.isoformat())
            if sum(abs(token.at - other) <= _CLOCKS_APART for other in all_at) < ENOUGH:  # its own is one of them
                await self._trouble(authority, head, f"its clock says {token.at.isoformat()}, and nobody else's does")
                return False
        youngest = await self._store.youngest_below(head.log, head.size)
        if youngest is not None and token.at + accuracy < youngest:
            why = f"its clock says {token.at.isoformat()}, and the log holds a token of {youngest.isoformat()} already"
            await self._trouble(authority, head, why)
            return False
        self._patience.answered(authority.name)
        pinned = authority.pinned
        chain = (pinned.certificate, *pinned.chain)
        await self._store.put_stamp(
            StampRow(
                head.log, head.size, authority.name, request, reply, chain, token.at, token.accuracy_us,
                pinned.qualified, now,
            )
        )  # fmt: skip
        return True

    async def _trouble(self, authority: Authority, head: Head, why: str) -> None:
        """Keep that nothing came of a try, and let the authority be for a while."""
        now, detail = self._now(), _shown(why)
        self._patience.failed(authority.name, now)
        _log.warning("no time stamp", authority=authority.name, size=head.size, detail=detail)
        await self._store.put_stamp_trouble(StampTrouble(now, authority.name, head.log, head.size, detail))


def _is_over(wait: timedelta, since: datetime, now: datetime) -> bool:
    """Whether *wait* is over; also if *since* is yet to come: then the clock was wrong, and would be waited for for years."""
    return not timedelta(0) <= now - since < wait


def _shown(detail: str) -> str:
    """What may stand in a database and on a screen of a text that others had a hand in."""
    return "".join(letter if letter.isprintable() else "?" for letter in detail[:_DETAIL_CHARS])
