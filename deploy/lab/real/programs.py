"""System programs as children of this process: started with their files, waited for, stopped by their ids."""

from __future__ import annotations

import subprocess
import time
from contextlib import suppress
from pathlib import Path
from shutil import which
from typing import TYPE_CHECKING, Final, NamedTuple

import dns.exception
import dns.flags
import dns.message
import dns.query
import dns.rcode

from deploy.lab.real.namespace import environment
from schema.errors import UnavailableError
from schema.registry import KNOWN_GOOD

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_READY_WITHIN_S: Final = 60.0
_ONE_TRY_S: Final = 0.5
_BETWEEN_TRIES_S: Final = 0.05
_STOP_WITHIN_S: Final = 5.0
_LOG_TAIL_BYTES: Final = 2000


class Program(NamedTuple):
    """A program with its configuration.

    `files` are written into the folder `name` beneath the lab's, where it runs; in `command` and in the files' texts
    paths are relative to it or made of it by who wrote them. It is up when each of `asked` answers `question` over TCP
    and UDP, in any way but SERVFAIL, and when its log holds what it `says` then.
    """

    name: str
    command: tuple[str, ...]
    files: Mapping[str, str]
    asked: tuple[str, ...] = ()
    question: str = KNOWN_GOOD
    says: str = ""


def missing(commands: Sequence[str]) -> list[str]:
    """Those of *commands* that are not installed."""
    path = environment()["PATH"]
    return [command for command in dict.fromkeys(commands) if which(command, path=path) is None]


class Running:
    """The programs of a lab, in the folder that keeps their configurations and logs."""

    def __init__(self, folder: Path) -> None:
        """Start nothing yet."""
        self._folder = folder
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, program: Program) -> None:
        """Write *program*'s files and start it; the kernel ends it when we are gone, however that happens."""
        home = self._folder / program.name
        home.mkdir(parents=True, exist_ok=True)
        for name, text in program.files.items():
            (home / name).write_text(text, encoding="utf-8")
        with self._log(program.name).open("ab") as log:
            self._running[program.name] = subprocess.Popen(  # noqa: S603 - the commands are ours
                ["setpriv", "--pdeathsig", "KILL", "--", *program.command],  # noqa: S607 - wherever the system has it
                cwd=home,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=environment(),
            )

    def wait(self, program: Program) -> None:
        """Wait until *program* answers.

        Raises:
            UnavailableError: it ended, or is silent for a minute; the end of its log is in the message.
        """
        ends = time.monotonic() + _READY_WITHIN_S
        for address in program.asked:
            while not _answers(address, program.question):
                self._wait_more(program, f"at {address}", ends)
        while program.says not in self._log(program.name).read_text(encoding="utf-8", errors="replace"):
            self._wait_more(program, "", ends)

    def _wait_more(self, program: Program, where: str, ends: float) -> None:
        ended = self._running[program.name].poll()
        if ended is not None or time.monotonic() > ends:
            why = "does not answer" if ended is None else f"ended with {ended}"
            raise UnavailableError(
                f"{program.name} {why} {where}: {self._tail(program.name)}", remedy=f"See {self._log(program.name)}."
            )
        time.sleep(_BETWEEN_TRIES_S)

    def stop(self) -> None:
        """End them all, the last started first, and wait until they are gone."""
        children = list(reversed(self._running.values()))
        for child in children:
            child.terminate()
        for child in children:
            try:
                child.wait(_STOP_WITHIN_S)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        self._running.clear()

    def process_id(self, name: str) -> int:
        """The process id of the program called *name*."""
        return self._running[name].pid

    def _log(self, name: str) -> Path:
        return self._folder / name / "log"

    def _tail(self, name: str) -> str:
        return self._log(name).read_bytes()[-_LOG_TAIL_BYTES:].decode("utf-8", "replace").strip()


def _answers(address: str, question: str) -> bool:
    """Whether *address* answers *question* over UDP and TCP with more than that it failed."""
    query = dns.message.make_query(question, "A")
    with suppress(OSError, EOFError, dns.exception.DNSException):
        for ask in (dns.query.udp, dns.query.tcp):
            if ask(query, address, timeout=_ONE_TRY_S).rcode() == dns.rcode.SERVFAIL:
                return False
        return True
    return False
