"""Who the server runs as: the caller, or, for root, an unprivileged account, because Postgres refuses root."""

from __future__ import annotations

import os
import pwd
import stat
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, NamedTuple

from deploy.postgres.errors import LauncherError

# Accounts that systems already have, best first; none is ever added.
UNPRIVILEGED = ("postgres", "nobody")


class Account(NamedTuple):
    """A user that programs are run as; *dropped* when that is not the caller."""

    uid: int
    gid: int
    dropped: bool

    def own(self, path: Path, mode: int) -> None:
        """Give *path* to the account with exactly *mode*, whatever the umask was."""
        path.chmod(mode)
        if self.dropped:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def launch(
        self, command: Sequence[str], directory: Path, output: IO[bytes], *, hold: Sequence[int] = (), feed: bytes = b""
    ) -> subprocess.Popen[bytes]:
        """Run *command* in *directory* in a session of its own, so that Ctrl-C and a hang-up do not reach it.

        Output goes to a file: a pipe would stay open for as long as the server lives. The directory is entered before
        the user is changed.
        """
        with tempfile.TemporaryFile() as source:
            source.write(feed)
            source.seek(0)
            return subprocess.Popen(  # noqa: S603  our own programs, no shell
                command,
                cwd=directory,
                stdin=source,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=_environment(),
                pass_fds=hold,
                start_new_session=True,
                user=self.uid if self.dropped else None,
                group=self.gid if self.dropped else None,
                extra_groups=[] if self.dropped else None,
            )


def finish(process: subprocess.Popen[bytes], every_s: float, waiting: Callable[[], None]) -> int:
    """The exit status of *process*; *waiting* is told every *every_s*. Interrupted, it takes *process* with it."""
    try:
        while True:
            try:
                return process.wait(timeout=every_s)
            except subprocess.TimeoutExpired:
                waiting()
    except BaseException:
        process.kill()
        process.wait()
        raise


def account_for(cluster: Path) -> Account:
    """The account that owns *cluster*, or the one that a new cluster is to belong to.

    Raises:
        LauncherError: the cluster belongs to somebody else, or there is no account to run it as.
    """
    uid = os.geteuid()
    owner = cluster.stat().st_uid if cluster.exists() else None
    if uid != 0:
        if owner not in {None, uid}:
            problem = f"The database in {cluster} belongs to user id {owner}, not to you ({uid})."
            raise LauncherError(problem, "Run the command as that user, or as root, or give another --data DIR.")
        return Account(uid, os.getegid(), dropped=False)
    if owner:
        return Account(owner, cluster.stat().st_gid, dropped=True)
    for name in UNPRIVILEGED:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid != 0:
            return Account(entry.pw_uid, entry.pw_gid, dropped=True)
    problem = f"Postgres does not run as root, and this system has no account named {' or '.join(UNPRIVILEGED)}."
    raise LauncherError(problem, "Run the command as an ordinary user.")


def named(account: Account) -> None:
    """Check that the account has a name, without which initdb does not work (a container started with `-u 12345`)."""
    try:
        pwd.getpwuid(account.uid)
    except KeyError as error:
        problem = f"User id {account.uid} has no entry in the system's user list, and Postgres insists on one."
        raise LauncherError(problem, "Run as a named user, or add a line for this id to /etc/passwd.") from error


def first_closed(path: Path, account: Account) -> Path | None:
    """The first directory on the way to and including *path* that the account may not pass, by owner and mode bits."""
    for directory in (*reversed(path.parents), path):
        if not allowed(directory.stat(), account, 0o1):
            return directory
    return None


def allowed(status: os.stat_result, account: Account, bit: int) -> bool:
    """Whether the mode grants the account *bit* (4 read, 1 pass or run)."""
    shift = 6 if status.st_uid == account.uid else 3 if status.st_gid == account.gid else 0
    return bool(stat.S_IMODE(status.st_mode) >> shift & bit)


def _environment() -> dict[str, str]:
    """Nothing of the caller's: his PGDATA, PGOPTIONS or locale would change the server, and his secrets leak into it."""
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
    return {"PATH": os.defpath, **kept, "LC_ALL": "C", "TZ": "UTC"}
