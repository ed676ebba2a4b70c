"""From a played world to evidence that a stranger checks: an empty folder, the wheel alone, stock tools, no network."""

from __future__ import annotations

import os
import shutil
import subprocess
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import pytest

from schema.verifier.steps import STEPS
from tests.acceptance.command import Ended, clean_environment, ottempera, play, rows
from tests.acceptance.conftest import data_folder
from tests.helpers.browser import CHROMIUM, Browser
from tests.helpers.printed import printed_commands, run_printed
from tests.helpers.wheel import build_wheel, install

if TYPE_CHECKING:
    from collections.abc import Iterator

TOP = Path(__file__).parents[2]
MILANO = TOP / "deploy" / "lab" / "scenarios" / "milano-2022.toml"
ORDER = "milano-2022-cloudflare"
ROUNDS = 4  # of a day each
DAYS = ("--from", "2022-07-11", "--to", "2022-07-14")


class Evidence(NamedTuple):
    """A bundle and the trust file for it, in a folder that holds nothing else; `data` is what it was exported from."""

    folder: Path
    data: Path

    @property
    def bundle(self) -> Path:
        return self.folder / "bundle.zip"

    @property
    def trust(self) -> Path:
        return self.folder / "trust.json"


@pytest.fixture(scope="session")
def evidence(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Evidence]:
    """A few days of the lab under an order, exported."""
    if shutil.which("openssl") is None or not list(Path("/usr/lib").glob("*/faketime/libfaketime.so.1")):
        pytest.skip("the lab's time-stamping authorities need openssl and libfaketime")
    with data_folder() as data:
        play(MILANO, data, ROUNDS).well()
        folder = tmp_path_factory.mktemp("stranger")
        shutil.copy(data / "trust.json", folder / "trust.json")
        found = Evidence(folder, data)
        export(found, found.bundle).well()
        yield found


@pytest.fixture(scope="session")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`ottempera` of an environment with the wheel and its extra `verify`."""
    folder = tmp_path_factory.mktemp("wheel")
    program = install(build_wheel(TOP, folder), folder / "environment", extra="verify")
    print(f"the wheel is unpacked in {program.parents[1]}; third parties' packages are linked, by the extra `verify`")  # noqa: T201 - says how it ran
    return program


def export(evidence: Evidence, out: Path, *options: str) -> Ended:
    return ottempera("bundle", "export", "--order", ORDER, *DAYS, "--data", evidence.data, "--out", out, *options)


def alone(folder: Path, *command: str | Path) -> subprocess.CompletedProcess[str]:
    """*command* in *folder*, in a network namespace without even a loopback that is up."""
    outside = () if os.geteuid() == 0 else ("--map-root-user",)
    return subprocess.run(
        ["unshare", "-n", *outside, *map(str, command)],
        cwd=folder, env=clean_environment(), capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip


def test_the_wheel_alone_verifies_it(evidence: Evidence, stranger: Path) -> None:
    """Every step holds; nothing of the checkout, no database driver and no network was there to help."""
    where = "import schema, deploy, collector, sys; print(schema.__file__, 'asyncpg' in sys.modules)"
    told = alone(evidence.folder, stranger.with_name("python"), "-I", "-c", where)
    assert str(stranger.parents[1]) in told.stdout
    absent = alone(evidence.folder, stranger.with_name("python"), "-I", "-c", "import asyncpg")
    assert "ModuleNotFoundError" in absent.stderr
    done = alone(evidence.folder, stranger, "bundle", "verify", "bundle.zip", "--trust", "trust.json", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    report = msgspec.json.decode(done.stdout)
    assert (report["result"], report["absences"]) == ("valid", [])
    assert report["counts"]["plans"] == ROUNDS
    assert report["counts"]["rounds"] == 3 * ROUNDS
    said = alone(evidence.folder, stranger, "bundle", "verify", "bundle.zip", "--trust", "trust.json", "--lang", "it")
    assert "Valido e completo." in said.stdout


@pytest.mark.skipif(not CHROMIUM.exists(), reason="chromium is not installed: the page is not opened in a browser here")
def test_the_page_verifies_it(evidence: Evidence, stranger: Path, tmp_path: Path) -> None:
    """As the wheel writes it out, opened from disk in a browser without a network; a changed byte is refused there too."""
    written = alone(tmp_path, stranger, "bundle", "page")
    assert written.returncode == 0, written.stderr
    page = tmp_path / "verify.html"
    assert written.stdout.split() == [sha256(page.read_bytes()).hexdigest(), "verify.html"]
    again = alone(tmp_path, stranger, "bundle", "page")
    assert (again.returncode, "exists" in again.stderr) == (5, True)
    changed = tmp_path / "changed.zip"
    data = bytearray(evidence.bundle.read_bytes())
    data[len(data) // 3] ^= 1
    changed.write_bytes(bytes(data))
    with Browser(tmp_path / "profile") as browser:
        tab = browser.tab(language="it-IT")
        tab.open(page.as_uri())
        tab.choose("#bundle", evidence.bundle)
        tab.choose("#trust", evidence.trust)
        tab.wait("!document.getElementById('result').hidden")
        assert tab.value("document.getElementById('result').className") == "valid"
        assert tab.value("document.querySelectorAll('#steps li.good').length") == sum(step.page for step in STEPS)
        assert "kickasstorrents.to, chiesto a Cloudflare" in tab.value("document.getElementById('days').innerText")
        tab.choose("#bundle", changed)
        tab.wait("document.getElementById('result').className === 'altered'")
        assert [one["request"]["url"] for one in tab.events("Network.requestWillBeSent")] == [page.as_uri()]


def test_the_wheel_alone_shows_it(evidence: Evidence, stranger: Path) -> None:
    show = (stranger, "bundle", "show", "bundle.zip")
    overview = alone(evidence.folder, *show, "--lang", "it").stdout
    for fact in ("mi-01", "AS3269", "cloudflare", "kickasstorrents.to", "2022-07-14", "lab-qualificata"):
        assert fact in overview
    records = alone(evidence.folder, *show, "--plan", "2", "--probe", "mi-01", "--json").stdout.splitlines()
    cell = next(
        str(record["cell"])
        for record in map(msgspec.json.decode, records)
        if record["role"] == "target" and record["resolver"] == "cloudflare" and record["answers"]
    )
    one = alone(evidence.folder, *show, "--plan", "2", "--probe", "mi-01", "--cell", cell)
    assert one.returncode == 0, one.stderr
    assert ";; ->>HEADER<<- opcode: QUERY, status: NOERROR" in one.stdout


def test_the_printed_commands_hold(evidence: Evidence, tmp_path: Path) -> None:
    """Unpacked by `unzip`, each command exactly as LEGGIMI prints it."""
    unpacked = alone(tmp_path, "python3", "-m", "zipfile", "-e", evidence.bundle, tmp_path)
    assert unpacked.returncode == 0, unpacked.stderr
    commands = printed_commands((tmp_path / "LEGGIMI.txt").read_text(encoding="utf-8"))
    assert len(commands) == 4
    assert commands == printed_commands((tmp_path / "README.txt").read_text(encoding="utf-8"))
    for command in commands:
        done = run_printed(command, tmp_path)
        assert done.returncode == 0, (command, done.stdout, done.stderr)


def test_the_same_question_gives_the_same_bytes(evidence: Evidence, tmp_path: Path) -> None:
    """Asked again, and again after every judgement was made anew; a file that is there is not overwritten."""
    first = evidence.bundle.read_bytes()
    export(evidence, tmp_path / "again.zip").well()
    assert (tmp_path / "again.zip").read_bytes() == first
    ottempera("collector", "rebuild", "--data", evidence.data).well()
    export(evidence, tmp_path / "rebuilt.zip").well()
    assert (tmp_path / "rebuilt.zip").read_bytes() == first
    refused = export(evidence, tmp_path / "again.zip")
    assert refused.code == 5
    assert "exists" in refused.err
    assert not list(tmp_path.glob("*.part"))


def test_part_of_the_question_is_a_bundle_too(evidence: Evidence, stranger: Path, tmp_path: Path) -> None:
    """One name; what is left of a round is shown to be of the whole round."""
    done = export(evidence, tmp_path / "one.zip", "--name", "kickasstorrents.to", "--json").well().document
    assert (tmp_path / "one.zip").stat().st_size < evidence.bundle.stat().st_size
    assert done["bundle"]["query"]["names"] == ["kickasstorrents.to."]
    shutil.copy(evidence.trust, tmp_path)
    verified = alone(tmp_path, stranger, "bundle", "verify", "one.zip", "--trust", "trust.json", "--json")
    assert verified.returncode == 0, verified.stdout
    assert msgspec.json.decode(verified.stdout)["counts"]["records"] == done["records"]


def test_the_days_are_those_of_the_database(evidence: Evidence) -> None:
    """What the bundle says of each day and name is what the coverage and the runs of the database say."""
    days = msgspec.json.decode(ottempera("bundle", "show", evidence.bundle, "--json").well().out)["days"]
    assert {row["resolver"] for row in days} == {"cloudflare"}
    assert len(days) == 3 * ROUNDS
    states = {row["name"]: row["state"] for row in rows("status", evidence.data) if row["resolver"] == "cloudflare"}
    for row in days:
        assert row["planned"] == row[states[row["name"]]] == 1
        assert row["untimed"] == 0


def test_a_changed_byte_is_refused(evidence: Evidence, stranger: Path, tmp_path: Path) -> None:
    data = bytearray(evidence.bundle.read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / "bundle.zip").write_bytes(bytes(data))
    done = alone(tmp_path, stranger, "bundle", "verify", "bundle.zip", "--trust", evidence.trust)
    assert done.returncode == 10, done.stdout


REFUSALS = [
    (("--order", "nothing"), 5, "there is no order nothing"),
    (("--to", "2022-07-20"), 7, "is not over at the newest stamped head"),
    (("--operator", "google"), 5, "obliges no operator google"),
    (("--name", "example.org"), 5, "has no name example.org."),
    (("--from", "yesterday"), 5, "'yesterday' is no day"),
]


@pytest.mark.parametrize(("options", "code", "words"), REFUSALS, ids=[words for _, _, words in REFUSALS])
def test_what_is_refused_says_why(
    evidence: Evidence, tmp_path: Path, options: tuple[str, ...], code: int, words: str
) -> None:
    done = export(evidence, tmp_path / "none.zip", *options)
    assert (done.code, words in done.err) == (code, True), done.err
    assert not list(tmp_path.iterdir())
