"""The closed vocabularies: as the contract lists them, and of one shape."""

from __future__ import annotations

import inspect
import re
from enum import StrEnum

import pytest

from schema import words
from schema.words import VERIFIABLE, Failure, Finding, Gap, How, Note, Origin, Outcome, Profile, Role, State, Transport

VOCABULARIES = [
    word for _, word in inspect.getmembers(words, inspect.isclass) if issubclass(word, StrEnum) and word is not StrEnum
]
FAILURES = "timeout refused_connection unreachable reset closed tls_failed tls_untrusted http_status framing too_large local_error"
CONTRACT: list[tuple[type[StrEnum], str]] = [
    (Transport, "udp tcp tls https quic"),
    (Profile, "stub edns dnssec"),
    (Role, "target control identity known_good known_absent canary look measure time"),
    (Failure, FAILURES),
    (Gap, "ceiling breaker quota crashed not_running never_probe transport_unavailable"),
    (Outcome, "blocked open dead failing insufficient"),
    (How, "nxdomain nodata refused servfail timeout address cname null_address loopback"),
    (Origin, "resolver path unattributed"),
    (State, "blocked open mixed dead failing insufficient"),
    (Finding, "compliant not_compliant partly_compliant not_testable undetermined not_due over_blocking"),
]
NOTES = "path_interferes transports_differ types_differ addresses_differ profiles_differ pool dead_name parked may_be_cached"


@pytest.mark.parametrize(("vocabulary", "listed"), CONTRACT, ids=lambda value: getattr(value, "__name__", ""))
def test_as_listed(vocabulary: type[StrEnum], listed: str) -> None:
    """These words are stored for years: one more or one less is a change of the contract."""
    assert [word.value for word in vocabulary] == listed.split()


def test_notes_begin_as_listed() -> None:
    assert set(NOTES.split()) <= {note.value for note in Note}


@pytest.mark.parametrize("vocabulary", VOCABULARIES, ids=lambda vocabulary: vocabulary.__name__)
def test_shape(vocabulary: type[StrEnum]) -> None:
    """A word is its name in lower case, and every vocabulary says what it is for."""
    assert all(word.value == word.name.lower() and re.fullmatch(r"[a-z][a-z_]*", word.value) for word in vocabulary)
    assert vocabulary.__doc__


def test_every_outcome_is_a_state() -> None:
    assert {outcome.value for outcome in Outcome} <= {state.value for state in State}


def test_port_53_is_never_verifiable() -> None:
    assert {Transport.UDP, Transport.TCP}.isdisjoint(VERIFIABLE)
