"""Seven kinds of interception and injection against real resolvers: what the path did is never laid at a resolver's door.

Every question is asked by the probe's own carriers at the real addresses, inside a network namespace without a way out.
"""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from deploy.lab.real.lab import absent
from deploy.lab.real.namespace import enclosed, environment
from deploy.lab.real.programs import missing
from schema.errors import UnavailableError
from schema.words import Note, Origin, Outcome
from tests.real.path_kinds import OVER_TCP, SEVEN, Kind
from tests.real.path_table import read, table, wrong

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.real.path_trials import Played, Trial

SEED = "path-1"
_WITHIN_S = 600


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> list[Played]:
    """Every episode, played once for all tests here."""
    if lacking := [*absent(), *missing(("nft",))]:
        pytest.skip(f"not installed: {', '.join(lacking)}")
    out = tmp_path_factory.mktemp("path") / "played.jsonl"
    try:
        command = enclosed([sys.executable, "-m", "tests.real.path_trials", str(out), SEED])
    except UnavailableError as error:
        pytest.skip(str(error))
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=_WITHIN_S, check=False)
    assert not done.returncode, done.stderr
    return read(out)


def of(played: list[Played], *kinds: Kind, reachable: bool | None = None) -> list[Trial]:
    """The trials of *kinds*, where verified channels are *reachable* if that is said."""
    return [
        trial
        for one in played
        if one.kind in kinds and (reachable is None or one.reachable is reachable)
        for trial in one.trials
    ]


def test_table(played: list[Played], show: Callable[[str], None]) -> None:
    """A hundred trials of each kind, and the table for whoever reads along."""
    show(f"seed {SEED}, {sum(one.took_s for one in played):.0f} s\n{table(played)}")
    for kind in SEVEN:
        assert len(of(played, kind)) >= 100, kind


@pytest.mark.parametrize("kind", SEVEN)
def test_the_resolver_is_not_named_for_what_the_path_did(played: list[Played], kind: Kind) -> None:
    """Origin `resolver` is for `open` by a witness behind a certificate, and never where no verified channel could be had."""
    assert not [trial for trial in of(played, kind) if wrong(trial)]
    assert not [trial for trial in of(played, kind, reachable=False) if trial.origin is Origin.RESOLVER]


@pytest.mark.parametrize("kind", [Kind.REDIRECT, Kind.RACE, Kind.FORGE, Kind.IMITATE, Kind.CLEAN])
def test_the_verified_channel_decides(played: list[Played], kind: Kind) -> None:
    """Where it was heard the name is open; a lost answer beside it may leave that undecided, and nothing else."""
    trials = [trial for trial in of(played, kind, reachable=True) if trial.heard]
    assert {trial.outcome for trial in trials} <= {Outcome.OPEN, Outcome.INSUFFICIENT}
    assert sum(trial.outcome is Outcome.OPEN and trial.origin is Origin.RESOLVER for trial in trials) > len(trials) / 2


def test_what_only_port_53_says_is_the_paths_or_nobodys(played: list[Played]) -> None:
    """The devices are heard: names come out blocked, by the path or by nobody who could be named."""
    for kind in (Kind.ONLY_53, Kind.TLS, Kind.FORGE, Kind.IMITATE):
        blocked = [trial for trial in of(played, kind, reachable=False) if trial.outcome is Outcome.BLOCKED]
        assert len(blocked) >= 20, kind
        assert {trial.origin for trial in blocked} <= {Origin.PATH, Origin.UNATTRIBUTED}
    paths = [trial for trial in of(played, Kind.ONLY_53, Kind.TLS) if trial.origin is Origin.PATH]
    assert all(Note.PATH_INTERFERES in trial.notes for trial in paths)
    assert paths


def test_imitation_is_not_refuted_and_settles_nothing(played: list[Played]) -> None:
    """A device that answers as the resolver would, but for the names, leaves no sign: nobody is named."""
    shut = of(played, Kind.IMITATE, reachable=False)
    assert {trial.origin for trial in shut if trial.outcome is Outcome.BLOCKED} == {Origin.UNATTRIBUTED}
    seen = [trial for trial in of(played, Kind.IMITATE, reachable=True) if trial.vouched]
    assert {Note.TRANSPORTS_DIFFER in trial.notes for trial in seen} == {True}


def test_every_datagram_is_stored(played: list[Played]) -> None:
    """Byte for byte, with its TTL: forged ones and true ones, late ones and those under another message id."""
    for one in played:
        assert (one.missing, one.invented, one.lost, one.unjournalled) == ((), (), 0, 0), (one.kind, one.title)
        assert one.stored >= one.delivered > 0, (one.kind, one.title)
    assert sum(one.forged for one in played) > 1000
    assert sum(one.other_ids for one in played) > 50


def test_a_race_is_won_and_lost(played: list[Played]) -> None:
    """A forged datagram that comes second is as visible as one that comes first."""
    races = [one for one in played if one.kind is Kind.RACE]
    assert sum(one.forged_first for one in races) > 0
    assert sum(one.true_first for one in races) > 0


def test_nothing_is_asked_behind_a_certificate_that_does_not_verify(played: list[Played]) -> None:
    """Neither behind nobody's authority nor behind a trusted one's certificate for another name."""
    for one in played:
        if one.kind is Kind.TLS:
            assert one.tls_greeted > 0
            assert one.untrusted > 0
            assert one.tls_asked == 0


def test_signs_are_shown(played: list[Played]) -> None:
    """What a device leaves behind is said of (probe, endpoint, round), whatever the verdict."""
    for one in played:
        for trial in one.trials:
            if one.expected_signs and trial.resolver not in one.unsigned:
                over = (trial.signs, trial.signs_tcp) if one.kind in OVER_TCP else (trial.signs,)
                assert all(set(signs) & set(one.expected_signs) for signs in over), (one.kind, one.title, trial)


def test_no_sign_is_shown_where_nothing_is(played: list[Played]) -> None:
    """A line without a device, an endpoint that a device leaves alone, and one that it imitates."""
    for trial in of(played, Kind.CLEAN, Kind.IMITATE):
        assert not trial.signs, trial
    for trial in of(played, Kind.CLEAN, Kind.IMITATE, Kind.RACE, Kind.FORGE):
        assert not trial.signs_tcp, trial


def test_a_clean_line_is_said_to_be_one(played: list[Played]) -> None:
    """The same rounds without a device: open, by the resolver, without a note on the path."""
    trials = of(played, Kind.CLEAN)
    assert {trial.outcome for trial in trials} <= {Outcome.OPEN, Outcome.INSUFFICIENT}
    assert sum(trial.outcome is Outcome.OPEN for trial in trials) > len(trials) / 2
    assert not [trial for trial in trials if {Note.PATH_INTERFERES, Note.TRANSPORTS_DIFFER} & set(trial.notes)]


def test_on_its_own_line_what_the_line_does_is_the_operators(played: list[Played]) -> None:
    """The access provider's line forges its own resolver's answers: its doing, shown by no other channel."""
    trials = of(played, Kind.OWN_LINE)
    assert {(trial.outcome, trial.origin) for trial in trials} == {(Outcome.BLOCKED, Origin.RESOLVER)}
