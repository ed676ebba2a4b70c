"""Every mistake that the command line can see: one clear message, the documented exit code, nothing written."""

from __future__ import annotations

import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

import collector.compliance
from tests.acceptance.command import LISTEN, Ended, ottempera
from tests.acceptance.conftest import SCENARIOS, Finished

USAGE, FORMAT, CONFIG, UNAVAILABLE = 2, 3, 5, 7  # as the README documents them
MESSAGE_LINES = 2  # what is wrong, and what to do
POOL = SCENARIOS / "pool.toml"
ORDER = Path(collector.compliance.__file__).parent / "orders" / "milano-2022-cloudflare.toml"
NOISE = bytes(range(256)) * 8


class Slip(NamedTuple):
    """A mistake made in a file, and the words by which the message has to name it."""

    name: str
    before: str
    after: str
    words: tuple[str, ...]


def line_of(text: str, wanted: str) -> int:
    """The last line of *text* that holds *wanted*, from 1: of two that clash the second is at fault."""
    return max(number for number, line in enumerate(text.splitlines(), 1) if wanted in line)


def refused(ended: Ended, code: int, *words: str) -> None:
    """One clear message that holds *words*, and nothing else."""
    assert ended.code == code, ended
    assert "Traceback" not in ended.err
    assert ended.err.startswith("ottempera: "), ended.err
    assert len(ended.err.splitlines()) <= MESSAGE_LINES, ended.err
    for word in words:
        assert word in ended.err, (word, ended.err)


def up(data: Path, *options: str | Path) -> Ended:
    """`ottempera up` for one round."""
    listen = () if "--listen" in options else LISTEN
    return ottempera("up", *options, "--rounds", "1", "--no-serve", "--data", data, *listen)


SCENARIO_SLIPS = (
    Slip("unknown_key", 'identity = "honest-1"', 'identty = "honest-1"', ("identty", "Did you mean 'identity'?")),
    Slip("unknown_word", 'kind = "public"', 'kind = "publik"', ("resolver.kind", "publik")),
    Slip("wrong_type", "asn = 64601", 'asn = "64601"', ("resolver.asn",)),
    Slip("not_toml", 'operator = "Half"', 'operator = "Half', ()),
    Slip("host_name_as_address", "192.0.2.10", "dns.google", ("resolver.address", "dns.google")),
    Slip("host_name_as_another_address", "192.0.2.21", "dns.google", ("resolver.more_addresses", "dns.google")),
    Slip("unknown_transport", '"https"]', '"htps"]', ("resolver.transports", "htps")),
    Slip("a_name_that_is_none", 'name = "first.example"', 'name = "http://first.example/"', ("name.name",)),
    Slip("an_address_that_is_none", "198.51.100.7", "198.51.100.700", ("name.addresses",)),
    Slip("an_id_twice", 'id = "pool-half"', 'id = "honest"', ("resolver.id", "honest")),
    Slip("a_share_above_one", "share = 0.5", "share = 1.5", ("share",)),
)


@pytest.mark.parametrize("slip", SCENARIO_SLIPS, ids=lambda slip: slip.name)
def test_scenario_with_a_mistake(slip: Slip, tmp_path: Path, data: Path) -> None:
    text = POOL.read_text().replace(slip.before, slip.after, 1)
    scenario = tmp_path / "mistaken.toml"
    scenario.write_text(text)
    number = line_of(text, slip.after)
    refused(up(data, "--lab", "--scenario", scenario), CONFIG, f"{scenario}, line {number}", *slip.words)
    assert not data.exists()


ORDER_SLIPS = (
    Slip("typing_mistake", "grace_days", "grace_dys", ("grace_dys", "Did you mean 'grace_days'?")),
    Slip("not_toml", "grace_days =", "grace_days of", ()),
)


@pytest.mark.parametrize("slip", ORDER_SLIPS, ids=lambda slip: slip.name)
def test_order_with_a_mistake(slip: Slip, tmp_path: Path) -> None:
    text = ORDER.read_text().replace(slip.before, slip.after, 1)
    order = tmp_path / "order.toml"
    order.write_text(text)
    number = line_of(text, slip.after)
    refused(ottempera("orders", "check", order), CONFIG, f"{order}, line {number}", *slip.words)


@pytest.mark.parametrize("name", ["not a name", "http://x/", "a..b", "", ".", "x" * 64 + ".example"])
def test_name_that_is_none(name: str) -> None:
    ended = ottempera("check", name, "--lab")
    refused(ended, FORMAT, repr(name), "is not a domain name")
    assert not ended.out


@pytest.mark.parametrize(
    ("option", "value", "word"),
    [("--resolver", "nobody", "'nobody'"), ("--transport", "smoke", "udp, tcp, tls, https")],
)
def test_nobody_to_ask(option: str, value: str, word: str) -> None:
    refused(ottempera("check", "example.org", "--lab", option, value), CONFIG, word)


@pytest.mark.parametrize("arguments", [("up",), ("check", "example.org")])
def test_scenario_without_lab(arguments: tuple[str, ...]) -> None:
    refused(ottempera(*arguments, "--scenario", POOL), CONFIG, "--scenario needs --lab")


@pytest.mark.parametrize(
    "listen", ["localhost", "127.0.0.1", "localhost:0", "dns.google:53", "127.0.0.1:70000", "127.0.0.1:x", ":8053"]
)
def test_listen_takes_numbers_only(listen: str, data: Path) -> None:
    """Nothing is looked up, and nothing is made for it."""
    refused(up(data, "--lab", "--scenario", POOL, "--listen", listen), CONFIG, repr(listen))
    assert not data.exists()


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("up", "--lab", "--no-serve", "--scenario"), CONFIG),
        (("judge",), UNAVAILABLE),
        (("judge", "/dev/null", "--world"), UNAVAILABLE),
        (("orders", "check"), UNAVAILABLE),
        (("probe", "run", "--config"), CONFIG),
        (("probe", "once", "--config"), CONFIG),
        (("probe", "spool", "--config"), CONFIG),
        (("collector", "serve", "--config"), CONFIG),
    ],
    ids=lambda value: "-".join(part.strip("-/") for part in value) if isinstance(value, tuple) else str(value),
)
def test_file_that_is_not_there(arguments: tuple[str, ...], code: int, tmp_path: Path) -> None:
    """And a folder where a file is wanted."""
    refused(ottempera(*arguments, tmp_path / "missing"), code, f"{tmp_path}/missing", "No such file")
    refused(ottempera(*arguments, tmp_path), code, str(tmp_path), "Is a directory")


@pytest.mark.parametrize("arguments", [("probe", "run", "--config"), ("collector", "serve", "--config")])
def test_settings_that_are_noise(arguments: tuple[str, ...], tmp_path: Path) -> None:
    noise = tmp_path / "noise"
    noise.write_bytes(NOISE)
    refused(ottempera(*arguments, noise), CONFIG, str(noise))


@pytest.mark.parametrize("arguments", [("orders", "check"), ("judge", "/dev/null", "--world")])
def test_toml_that_is_noise(arguments: tuple[str, ...], tmp_path: Path) -> None:
    noise = tmp_path / "noise"
    noise.write_bytes(NOISE)
    refused(ottempera(*arguments, noise), CONFIG, str(noise))


@pytest.mark.parametrize(
    "lines", [NOISE, b"garbage\n", b"{}\n", b'{"v":1}\n', b"[]\n", b"\xff\n", b'{"v":1,"plan":"x"}\n']
)
def test_judge_refuses_lines_that_are_none(lines: bytes) -> None:
    ended = ottempera("judge", "-", stdin=lines)
    refused(ended, FORMAT, "line 1")
    assert not ended.out


READING = [
    ("status",), ("history",), ("coverage",), ("findings",), ("sql", "--print-dsn"), ("collector", "fsck"),
    ("collector", "rebuild"),
]  # fmt: skip


@pytest.mark.parametrize("arguments", READING, ids=" ".join)
def test_reading_where_nothing_is(arguments: tuple[str, ...], data: Path) -> None:
    """A folder that is not there, then one that is empty: said, and left as it is."""
    refused(ottempera(*arguments, "--data", data), CONFIG, str(data), "holds no data yet")
    assert not data.exists()
    data.mkdir()
    refused(ottempera(*arguments, "--data", data), CONFIG, "holds no data yet")
    assert not list(data.iterdir())


@pytest.mark.parametrize("arguments", READING, ids=" ".join)
def test_database_that_is_away(arguments: tuple[str, ...]) -> None:
    with _nobody_listens() as port:
        url = f"postgresql://nobody:secret@127.0.0.1:{port}/none"
        ended = ottempera(*arguments, "--database-url", url)
    if "--print-dsn" in arguments:
        assert (ended.code, ended.out.decode().strip()) == (0, url)  # what was given is what is used
        return
    refused(ended, UNAVAILABLE, str(port))
    assert "secret" not in ended.err


def test_two_places(data: Path) -> None:
    refused(ottempera("status", "--data", data, "--database-url", "postgresql://x@127.0.0.1/x"), CONFIG, "two places")


def test_data_of_another_scenario(finished: Finished) -> None:
    """Refused for another scenario's rounds, and for the real network's; what is there is left as it is."""
    before = _files(finished.data)
    refused(up(finished.data, "--lab", "--scenario", POOL), CONFIG, str(finished.data), "servers disagree")
    refused(up(finished.data), CONFIG, str(finished.data), "not a live deployment")
    assert _files(finished.data) == before


def test_data_of_another_postgres(finished: Finished, data: Path) -> None:
    (data / "postgres" / "cluster").mkdir(parents=True)
    shutil.copy(finished.data / "deployment.json", data)
    (data / "postgres" / "cluster" / "PG_VERSION").write_text("14\n")
    before = _files(data)
    for ended in (ottempera("status", "--data", data), up(data, "--lab", "--scenario", finished.scenario)):
        refused(ended, UNAVAILABLE, "Postgres 14", str(data))
    assert _files(data) - {"up.lock"} == before
    shutil.rmtree(data)


def test_folder_that_is_a_file(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("mine")
    for folder in (file, file / "below"):
        refused(up(folder, "--lab", "--scenario", POOL), UNAVAILABLE, str(folder))
    assert file.read_text() == "mine"


def test_port_in_use(data: Path) -> None:
    """Found out before a database is made."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        refused(up(data, "--lab", "--scenario", POOL, "--listen", address), UNAVAILABLE, address)
    assert _files(data) == {"up.lock"}


def test_folder_in_use(data: Path) -> None:
    """One `up` at a time."""
    data.mkdir()
    with subprocess.Popen(
        ["flock", str(data / "up.lock"), "cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as held:
        assert held.stdin
        assert held.stdout
        held.stdin.write(b"held\n")
        held.stdin.flush()
        assert held.stdout.readline() == b"held\n"
        refused(up(data, "--lab", "--scenario", POOL), UNAVAILABLE, "another `ottempera up`", str(data))
        held.stdin.close()
    assert _files(data) == {"up.lock"}


@pytest.mark.parametrize(
    "arguments",
    [
        ("nonsense",),
        ("up", "--rounds", "0"),
        ("up", "--rounds", "x"),
        ("status", "--nonsense"),
        ("check",),
        ("probe", "x"),
    ],
    ids=" ".join,
)
def test_mistaken_command_line(arguments: tuple[str, ...]) -> None:
    ended = ottempera(*arguments)
    assert (ended.code, ended.out) == (USAGE, b"")
    assert "Usage:" in ended.err
    assert "Traceback" not in ended.err


def _files(folder: Path) -> set[str]:
    """What lies in *folder*, the database's own files and its lock apart."""
    found = {str(path.relative_to(folder)) for path in folder.rglob("*")}
    return {name for name in found if not name.startswith(("postgres/run/", "postgres/cluster/", "postgres.lock"))}


@contextmanager
def _nobody_listens() -> Iterator[int]:
    """A port of loopback that is bound, so that nobody else listens there meanwhile."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]
