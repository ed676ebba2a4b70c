"""The README says what is true: its targets, commands, exit codes and settings exist, and none is left out."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest
from typer.main import get_command

from collector.config import Config
from collector.evidence.authorities import AuthorityConfig
from collector.evidence.witnesses import WitnessSettings
from collector.receive.limits import Limits
from deploy.cli import app
from probe.config import DEFAULT_PATH, ProbeConfig
from schema import errors
from schema.verifier.steps import EXIT

if TYPE_CHECKING:
    from collections.abc import Iterator

TOP = Path(__file__).parents[2]
README = (TOP / "README.md").read_text(encoding="utf-8")
MAKEFILE = (TOP / "Makefile").read_text(encoding="utf-8")


def named(pattern: str) -> set[str]:
    return set(re.findall(pattern, README, re.MULTILINE))


def commands(command: object, name: str = "ottempera") -> Iterator[str]:
    """The full names of every command below *command*, groups left out."""
    below: dict[str, object] = getattr(command, "commands", {})
    if not below:
        yield name
    for word, further in below.items():
        yield from commands(further, f"{name} {word}")


def section(title: str) -> str:
    """The text under the heading *title*, up to the next heading."""
    found = re.search(rf"^#+ {re.escape(title)}\n(.*?)(?=^#|\Z)", README, re.MULTILINE | re.DOTALL)
    assert found, title
    return found[1]


def test_the_first_thing_is_two_commands() -> None:
    assert re.findall(r"^    (make \w+)", README.split("\n\n")[1], re.MULTILINE) == ["make setup", "make demo"]


def test_targets() -> None:
    """Each target of the Makefile stands in the README and the other way round; each has its line in `make help`."""
    targets = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))
    assert named(r"`make ([\w-]+)`") == targets - {"help"}
    assert set(re.findall(r"^([a-z-]+):.*## \S", MAKEFILE, re.MULTILINE)) == targets
    phony = re.search(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)
    assert phony
    assert set(phony[1].split()) == targets


def test_commands() -> None:
    """Each command stands in the table and the other way round."""
    table = set(re.findall(r"^\| `(ottempera [a-z -]+)` \|", section("Commands"), re.MULTILINE))
    assert table == set(commands(get_command(app)))
    mentioned = {name.removesuffix(" ") for name in named(r"`(ottempera(?: [a-z]+)+)[ `]")}
    known = table | {" ".join(name.split()[:2]) for name in table}
    assert mentioned <= known


def test_every_command_says_what_it_does() -> None:
    def walk(command: object) -> Iterator[str]:
        yield getattr(command, "help", "") or ""
        for further in getattr(command, "commands", {}).values():
            yield from walk(further)

    assert all(text.strip() for text in walk(get_command(app)))


def test_exit_codes() -> None:
    """0 to 2 are the system's and the command line's; each kind of refusal has its own, and each result of verifying."""

    def walk(kind: type[errors.OttemperaError]) -> Iterator[int]:
        yield kind.exit_code
        for below in kind.__subclasses__():
            yield from walk(below)

    table = {int(code) for code in re.findall(r"^\| (\d+) \|", section("Exit codes"), re.MULTILINE)}
    assert table == {0, 2, *walk(errors.OttemperaError), *EXIT.values()}


@pytest.mark.parametrize(
    ("after", "fields"),
    [
        ("A probe reads", [field.encode_name for field in msgspec.structs.fields(ProbeConfig)]),
        (
            "`ottempera collector serve` reads",
            [field.encode_name for field in msgspec.structs.fields(Config)]
            + [f"limits.{field.encode_name}" for field in msgspec.structs.fields(Limits)]
            + [f"authority.{field.encode_name}" for field in msgspec.structs.fields(AuthorityConfig)]
            + [f"witness.{field.encode_name}" for field in msgspec.structs.fields(WitnessSettings)],
        ),
    ],
    ids=["probe", "collector"],
)
def test_settings(after: str, fields: list[str]) -> None:
    """Each setting stands in its table, in the order of the struct."""
    table = section("Settings").split(after)[1].split("\n\n")[1]
    assert re.findall(r"^\| `([a-z_.]+)` \|", table, re.MULTILINE) == fields


def test_where_a_probe_looks() -> None:
    assert str(DEFAULT_PATH) in section("Settings")


def test_links() -> None:
    """Every file that README and CHANGELOG name is there."""
    for document in ("README.md", "CHANGELOG.md"):
        text = (TOP / document).read_text(encoding="utf-8")
        paths = re.findall(r"\]\(([^)#:]+)\)", text) + re.findall(r"`((?:schema|deploy|tests|\.ci)/[\w./-]*)`", text)
        assert [path for path in paths if not (TOP / path).exists()] == []


def test_invented_data_are_called_so() -> None:
    assert "data are invented" in README
