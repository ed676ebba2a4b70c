"""Folders to play in, and one small world that was played to its end for every test that only reads."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from deploy.postgres import stop
from tests.acceptance.command import ottempera, play
from tests.helpers.workers import together
from tests.lab.worlds import FILES

SCENARIOS = Path(__file__).parents[1] / "lab" / "scenarios"
ROUNDS = 6
MILANO = next(path for path in FILES if path.stem == "milano-2022")
MILANO_ROUNDS = 174


class Finished(NamedTuple):
    """A world that was played to its end."""

    scenario: Path
    data: Path
    rounds: int


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "slow: takes more than a few seconds; `-m 'not slow'` leaves it out")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Hold the list of those that read the long world."""
    for item in items:
        if "milano" in getattr(item, "fixturenames", ()) and not together(item.nodeid):
            raise pytest.UsageError(
                f"{item.nodeid} would play the long world again: name it in tests/helpers/workers.py"
            )


@contextmanager
def data_folder() -> Iterator[Path]:
    """A folder that is not there yet, where another user's Postgres may pass; what is left running in it is ended."""
    above = Path(tempfile.mkdtemp(prefix="ottempera-acceptance-", dir="/tmp"))
    above.chmod(0o755)  # root's server runs as another user
    data = above / "data"
    try:
        yield data
    finally:
        if (data / "postgres").exists():
            stop(data, "immediate")
        shutil.rmtree(above, ignore_errors=True)


@pytest.fixture
def data() -> Iterator[Path]:
    """A folder for one deployment, not there yet."""
    with data_folder() as folder:
        yield folder


@pytest.fixture(scope="session")
def finished() -> Iterator[Finished]:
    """The late vantage's world, whose batches arrive out of the order of rounds; only to be read."""
    with data_folder() as folder:
        scenario = SCENARIOS / "late-vantage.toml"
        play(scenario, folder, ROUNDS).well()
        yield Finished(scenario, folder, ROUNDS)


@pytest.fixture(scope="session")
def milano() -> Iterator[Path]:
    """The half-year of the scenario that is played when none is named, to its end; only to be read."""
    with data_folder() as folder:
        play(MILANO, folder, MILANO_ROUNDS).well()
        yield folder


@pytest.fixture(scope="session")
def empty(finished: Finished) -> Iterator[Path]:
    """A folder with a database in which nothing has happened yet."""
    with data_folder() as folder:
        folder.mkdir()
        shutil.copy(finished.data / "deployment.json", folder)
        ottempera("collector", "migrate", "--data", folder).well()
        yield folder
