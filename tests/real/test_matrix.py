"""Every policy of every program, over every transport, in every profile, is judged as it has to be."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import msgspec
import pytest

from deploy.lab.real.lab import absent
from deploy.lab.real.namespace import enclosed, environment
from deploy.lab.real.places import POOLS, TESTED
from deploy.lab.real.policies import CANNOT, DEAD_NAME, DOCKET, PROVIDER, Policy
from probe.transport.quic import available
from schema.errors import UnavailableError
from schema.words import VERIFIABLE, Note, Origin, Outcome, Transport
from tests.real.asking import PROFILES
from tests.real.expected import EXPECTED, POOL, expected
from tests.real.matrix import Cell

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_TRANSPORTS = [*(one for one in Transport if one is not Transport.QUIC or available()), None]
_SPOKEN_TO_ALL = frozenset({Policy.HONEST, Policy.TCP_ONLY})


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Cell], str]:
    """The cells of one run of the lab, in a namespace of its own, and the table that it printed."""
    if lacking := absent():
        pytest.skip(f"not installed: {', '.join(lacking)}")
    folder: Path = tmp_path_factory.mktemp("real")
    try:
        command = enclosed(
            [sys.executable, "-m", "tests.real", "--inside", str(folder), "--cells", str(folder / "cells")]
        )
    except UnavailableError as error:
        pytest.skip(f"{error} {error.remedy}")
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment())
    assert (folder / "cells").exists(), done.stderr
    return msgspec.json.decode((folder / "cells").read_bytes(), type=list[Cell]), done.stdout


def test_every_cell_is_as_expected(asked: tuple[list[Cell], str], show: Callable[[str], None]) -> None:
    cells, table = asked
    show(table)
    assert [cell for cell in cells if cell.found != cell.expected] == []


def test_no_cell_is_left_out(asked: tuple[list[Cell], str]) -> None:
    """Programs, names, zones, transports and profiles are crossed in full."""
    there = {
        (cell.software, cell.own_line, cell.subject, cell.signed, cell.transport, cell.profile) for cell in asked[0]
    }
    places = [(software, False) for software in TESTED] + [(PROVIDER, True)]
    subjects = [(policy.value, signed) for policy in Policy for signed in (False, True)]
    subjects += [(name, name == DOCKET[0]) for name in (*DOCKET, DEAD_NAME)]
    full = {
        (*place, *subject, transport, profile)
        for place in places for subject in subjects for transport in _TRANSPORTS for profile in PROFILES
    }  # fmt: skip
    full |= {
        (software, False, POOL, signed, transport, profile)
        for software in POOLS for signed in (False, True) for transport in _TRANSPORTS for profile in PROFILES
    }  # fmt: skip
    assert there == full
    assert len(asked[0]) == len(full)


def test_nobody_is_named_by_port_53_alone(asked: tuple[list[Cell], str]) -> None:
    """But on its own line, where what the line does is the operator's doing."""
    named = [cell for cell in asked[0] if cell.found.origin is Origin.RESOLVER and not cell.own_line]
    assert named
    assert {cell.transport for cell in named} <= {*VERIFIABLE, None}


def test_what_is_answered_honestly_is_never_blocked(asked: tuple[list[Cell], str]) -> None:
    honest = [
        cell for cell in asked[0]
        if cell.subject in _SPOKEN_TO_ALL or (cell.software, cell.subject) in CANNOT or cell.subject == DEAD_NAME
    ]  # fmt: skip
    assert honest
    assert {cell.found.outcome for cell in honest} == {Outcome.OPEN, Outcome.DEAD, Outcome.INSUFFICIENT}


def test_only_bind_tells_the_truth_to_who_asks_for_signatures(asked: tuple[list[Cell], str]) -> None:
    differ = {(cell.software, cell.signed) for cell in asked[0] if Note.PROFILES_DIFFER in cell.found.notes}
    assert differ == {(PROVIDER, True)}


def test_every_row_of_what_is_expected_is_used(asked: tuple[list[Cell], str]) -> None:
    used = {id(expected(cell.software, cell.subject, cell.transport)) for cell in asked[0]}
    assert [row for row in EXPECTED if id(row) not in used] == []
