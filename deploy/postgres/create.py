"""Make the cluster, its roles and its database under a temporary name, and give it its own in one rename.

Whatever instant the maker is killed at, `DIR/postgres` is either whole or absent.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Final, NamedTuple

from deploy.postgres.account import Account, finish, first_closed, named
from deploy.postgres.errors import LauncherError
from deploy.postgres.layout import Layout
from deploy.postgres.processes import PROC
from deploy.postgres.server import ROLES

_FULL = "No space left on device"  # strerror(3) of ENOSPC, the one failure that needs no more words
_PREFIX: Final = ".postgres-new-"


class Maker(NamedTuple):
    """Runs the programs that make a cluster.

    They inherit *held*, the descriptor of the lock: were this process killed, the next waits until they, too, ended.
    """

    account: Account
    programs: Path
    held: int
    progress: Callable[[str], None]

    def run(self, program: str, arguments: Sequence[str], unit: Layout, feed: bytes = b"") -> None:
        """Run *program* on the cluster of *unit* to its end.

        Raises:
            LauncherError: it failed; with all it said.
        """
        command = [str(self.programs / program), "-D", name_for(unit.cluster, self.account), *arguments]
        if program == "postgres":
            command.insert(1, "--single")  # has to be the first
        with tempfile.TemporaryFile() as output:
            process = self.account.launch(command, unit.cluster, output, hold=[self.held], feed=feed)
            status = finish(process, 5, lambda: self.progress("still making the database"))
            if status != 0:
                output.seek(0)
                said = output.read().decode(errors="replace").strip()
                full = next((line for line in said.splitlines() if _FULL in line), "")
                problem = (
                    f"{program} failed with status {status}: {full}"
                    if full
                    else f"{program} failed with status {status}:\n{said}"
                )
                raise LauncherError(problem, f"Nothing was left in {unit.directory}; mend the cause and start again.")


def create(layout: Layout, maker: Maker) -> None:
    """Make `DIR/postgres`; the caller holds the lock.

    Raises:
        LauncherError: a program failed; nothing is left behind.
    """
    account = maker.account
    named(account)
    for left in layout.directory.glob(f"{_PREFIX}*"):
        shutil.rmtree(left)
    maker.progress("making a database (once, some seconds)")
    unit = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=layout.directory))
    try:
        fresh = layout._replace(unit=unit)
        unit.chmod(0o711 if account.dropped else 0o700)
        for directory in (fresh.cluster, fresh.sockets):
            directory.mkdir()
            account.own(directory, 0o700)
        passwords = {role: secrets.token_urlsafe(24) for role in ROLES}
        _initialise(fresh, maker, passwords["postgres"])
        _first_statements(fresh, maker, passwords)
        _write(fresh.credentials, json.dumps(passwords, indent=2) + "\n")
        _sync(unit)
        unit.rename(layout.unit)
        _sync(layout.directory)
    finally:
        shutil.rmtree(unit, ignore_errors=True)


def name_for(cluster: Path, account: Account) -> str:
    """What to call *cluster* towards a program that stands in it and runs as *account*.

    A private directory above (root's home, say) cannot be passed by the account; opening it up is not ours to do. The
    link to a process's own working directory needs no passing.

    Raises:
        LauncherError: there is no such link.
    """
    closed = first_closed(cluster, account) if account.dropped else None
    if closed is None:
        return str(cluster)
    link = PROC / "self" / "cwd"
    if not link.exists():
        problem = f"Postgres has to run as user id {account.uid}, which may not pass {closed}."
        raise LauncherError(problem, f"Run `chmod a+x {closed}`, or give a --data DIR outside it.")
    return str(link)


def _initialise(unit: Layout, maker: Maker, password: str) -> None:
    secret = unit.unit / "password"
    _write(secret, password + "\n")
    maker.account.own(secret, 0o600)
    what = ["-k", "-A", "scram-sha-256", "-U", "postgres", "--encoding=UTF8", "--locale=C", "--no-instructions"]
    maker.run("initdb", [*what, f"--pwfile=../{secret.name}"], unit)
    secret.unlink()
    with (unit.cluster / "postgresql.conf").open("a") as settings:
        settings.write(files("deploy.postgres").joinpath("settings.conf").read_text())
        settings.flush()
        os.fsync(settings.fileno())


def _first_statements(unit: Layout, maker: Maker, passwords: dict[str, str]) -> None:
    """Without a socket and before the rename: the server's single-user mode, told not to shrug off errors."""
    statements = files("deploy.postgres").joinpath("first.sql").read_text()
    for role, password in passwords.items():
        statements = statements.replace(f"{{{role}}}", password)
    settings = ["-c", "exit_on_error=on", "-c", "logging_collector=off", "-c", "log_statement=none"]
    maker.run("postgres", ["-j", *settings, "postgres"], unit, feed=statements.encode())


def _write(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _sync(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
