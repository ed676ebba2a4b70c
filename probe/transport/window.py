"""Ends listening windows: one timer for all questions, not one each."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final, Generic, TypeVar

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

T = TypeVar("T")
NS: Final = 1_000_000_000
#: Windows that end within a small part of their length, and within these bounds, are closed together; none closes early.
SWEEP_NS: Final = 5_000_000
_LONGEST_SWEEP_NS: Final = 50_000_000
_SHARE: Final = 20


class _Queue(Generic[T]):
    """The windows of one length, with their deadlines in nanoseconds."""

    __slots__ = ("length_ns", "slack_ns", "waiting")

    def __init__(self, window_s: float) -> None:
        self.length_ns = int(window_s * NS)
        self.slack_ns = min(max(self.length_ns // _SHARE, SWEEP_NS), _LONGEST_SWEEP_NS)
        self.waiting: deque[tuple[int, T]] = deque()


class Windows(Generic[T]):
    """Windows of equal length end in the order in which they began, so each length has a queue of its own."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, mono: Callable[[], int], ended: Callable[[list[tuple[int, T]]], None]
    ) -> None:
        """Call *ended* with (deadline, item) of every window that is over by the clock *mono*."""
        self._loop = loop
        self._mono = mono
        self._ended = ended
        self._queues: dict[float, _Queue[T]] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._due_ns = 0

    def open(self, item: T, began_ns: int, window_s: float) -> int:
        """Begin a window for *item*; its deadline in nanoseconds of the monotonic clock."""
        queue = self._queues.get(window_s)
        if queue is None:
            queue = self._queues[window_s] = _Queue(window_s)
        deadline = began_ns + queue.length_ns
        queue.waiting.append((deadline, item))
        if self._timer is None or deadline + queue.slack_ns < self._due_ns:
            self._arm(deadline + queue.slack_ns, began_ns)
        return deadline

    def _arm(self, due_ns: int, now_ns: int) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._due_ns = max(due_ns, now_ns + SWEEP_NS)
        self._timer = self._loop.call_later((self._due_ns - now_ns) / NS, self._sweep)

    def _sweep(self) -> None:
        self._timer = None
        now = self._mono()
        over: list[tuple[int, T]] = []
        for window_s, queue in list(self._queues.items()):
            waiting = queue.waiting
            while waiting and waiting[0][0] <= now:
                over.append(waiting.popleft())
            if not waiting:
                del self._queues[window_s]
        try:
            if over:
                self._ended(over)
        finally:
            if self._queues:
                due = min(queue.waiting[0][0] + queue.slack_ns for queue in self._queues.values())
                if self._timer is None or due < self._due_ns:
                    self._arm(due, self._mono())

    def close(self) -> None:
        """Forget all windows; *ended* is not called any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._queues.clear()
