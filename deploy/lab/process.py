"""The scripted lab in a process of its own, so that it never shares a core's time with the probe it answers.

Parent and child talk in JSON lines, one answer to each request, over the child's standard input and output:
`{"start": {"scenario": <base64>, "name": ...}}` -> `{"routes": {...}}`, `{"round": n}` -> `{"round": n}`; a refusal is
`{"error": ..., "remedy": ..., "mistaken": true}`, mistaken when the fault is the scenario's. The child stops when its
input ends: because the parent closed it, or was killed.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from typing import TYPE_CHECKING

import msgspec

from deploy.lab.scenario import load_scenario
from deploy.lab.servers import Lab, Routes
from schema.errors import ConfigError, OttemperaError, UnavailableError

if TYPE_CHECKING:
    from typing import Self

_LINE_LIMIT = 64 << 20  # the routing tables of a large scenario are one line
_END_S = 10.0


class _Start(msgspec.Struct):
    scenario: bytes
    name: str


class _Request(msgspec.Struct, omit_defaults=True):
    start: _Start | None = None
    round: int = 0


class _Answer(msgspec.Struct, omit_defaults=True):
    routes: Routes | None = None
    round: int = 0
    error: str = ""
    remedy: str = ""
    mistaken: bool = False  # the error is the scenario's


class LabProcess:
    """The parent's side of a lab; use it with `async with`, or call `stop` when done."""

    def __init__(self) -> None:
        """Nothing runs yet."""
        self._process: asyncio.subprocess.Process | None = None
        self._turn = asyncio.Lock()

    @property
    def pid(self) -> int | None:
        """The child's process id while it runs."""
        return self._process.pid if self._process else None

    async def __aenter__(self) -> Self:
        """Give itself."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop the child."""
        await self.stop()

    async def start(self, scenario_bytes: bytes, name: str) -> Routes:
        """Start the child and let it serve the scenario; *name* is what errors call the file.

        Raises:
            ConfigError: the scenario cannot be played. UnavailableError: the child could not serve it.
        """
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "deploy.lab.process",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=_LINE_LIMIT,
        )
        try:
            answer = await self._ask(_Request(start=_Start(scenario_bytes, name)))
        except OttemperaError:
            await self.stop()
            raise
        if answer.routes is None:
            await self.stop()
            raise UnavailableError("the lab's process gave no routes", remedy="This is a fault of ours: report it.")
        return answer.routes

    async def set_round(self, number: int) -> None:
        """Return once every question is answered as in round *number*.

        Raises:
            UnavailableError: the child has ended.
        """
        await self._ask(_Request(round=number))

    async def stop(self) -> None:
        """End the child and wait for it; one that does not end is killed."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.stdin:
            process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), _END_S)
        except TimeoutError:
            process.kill()
            await process.wait()

    async def _ask(self, request: _Request) -> _Answer:
        process = self._process
        if process is None or process.stdin is None or process.stdout is None:
            raise UnavailableError("the lab's process is not running", remedy="Start it first.")
        async with self._turn:
            try:
                process.stdin.write(msgspec.json.encode(request) + b"\n")
                await process.stdin.drain()
                line = await process.stdout.readline()
            except ConnectionError:
                line = b""
            except asyncio.CancelledError:
                process.kill()  # its answer would be taken for that of the next request
                raise
        if not line:
            raise UnavailableError("the lab's process has ended", remedy="Its last words are on standard error.")
        answer = msgspec.json.decode(line, type=_Answer)
        if answer.error:
            kind = ConfigError if answer.mistaken else UnavailableError
            raise kind(answer.error, remedy=answer.remedy)
        return answer


async def _play() -> None:
    """The child: answer the parent's lines until they end."""
    loop = asyncio.get_running_loop()
    requests = asyncio.StreamReader(limit=_LINE_LIMIT)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(requests), sys.stdin)
    lab: Lab | None = None
    try:
        while line := await requests.readline():
            request = msgspec.json.decode(line, type=_Request)
            answer = _Answer(round=request.round)
            if request.start:
                try:
                    lab = Lab(load_scenario(request.start.scenario, request.start.name))
                    answer.routes = await lab.start()
                except ConfigError as error:
                    answer.error, answer.remedy, answer.mistaken = str(error), error.remedy, True
                except OSError as error:
                    answer.error = f"the lab cannot open its ports: {error}"
                    answer.remedy = "Raise the limit of open files (ulimit -n) or play a smaller scenario."
            elif lab and request.round:
                lab.set_round(request.round)
            sys.stdout.buffer.write(msgspec.json.encode(answer) + b"\n")
            sys.stdout.buffer.flush()
    finally:
        if lab:
            await lab.stop()


def main() -> None:
    """Serve until standard input ends; Ctrl-C is the parent's to handle."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    asyncio.run(_play())


if __name__ == "__main__":
    main()
