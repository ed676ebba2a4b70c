"""What becomes of a candidate when the program queues it and people decide."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from msgspec.structs import replace

from collector.successors.candidates import Candidate
from collector.successors.deciding import (
    MOST_CHARS,
    Event,
    Kind,
    accepted,
    attach,
    evidence,
    rejected,
    standing,
    to_queue,
)
from collector.successors.grounds import Ground, Reason, reason
from schema.errors import ConfigError
from schema.order import Order, Scope, ScopeRule

AT = datetime(2026, 11, 1, 23, 30, tzinfo=UTC)
ON = date(2026, 11, 2)
ORDER = Order(
    id="milano", title="An order", authority="Tribunale", issued_on=date(2022, 7, 11), addressees=("cloudflare",),
    starts_on=date(2022, 7, 11), grace_days=30,
    scope=(
        Scope("examplesite.to.", ScopeRule.EXACT, "example"),
        Scope("examplesite.to.", ScopeRule.ADJUDICATED, "example"),
        Scope("other.to.", ScopeRule.EXACT, "other"),
    ),
)  # fmt: skip


def given(ground: Ground, value: str, others: int = 0) -> Reason:
    found = reason(ground, value, "examplesite.to.", others=others)
    assert found is not None
    return found


LABEL = given(Ground.SAME_LABEL, "examplesite")
SERVER = given(Ground.NAME_SERVERS, "ns1.own.example.")
LISTED = given(Ground.LISTED, "agcom")


def candidate(*reasons: Reason, state: str = "alive", family: str = "example") -> Candidate:
    return Candidate("milano", family, "examplesite.net.", reasons or (LABEL,), state, AT)


def history(*events: Event) -> list[Event]:
    return list(events)


def queued(*reasons: Reason) -> Event:
    event = to_queue(candidate(*reasons), None, AT)
    assert event is not None
    return event


def test_is_queued_once() -> None:
    event = queued()
    assert (event.kind, event.by, event.score) == (Kind.QUEUED, "", 40)
    assert to_queue(candidate(), standing([event]), AT) is None


@pytest.mark.parametrize("state", ["unasked", "dead", "nodata", "parked"])
def test_what_is_not_there_is_not_queued(state: str) -> None:
    assert to_queue(candidate(state=state), None, AT) is None


def test_rejected_stays_rejected_until_something_new_ties_it() -> None:
    no = rejected(candidate(), standing([queued()]), by="Anna", reason="a fan page", at=AT + timedelta(days=1))
    before = standing([queued(), no])
    assert before.kind is Kind.REJECTED
    assert to_queue(candidate(), before, AT) is None
    assert to_queue(candidate(LABEL, LISTED), before, AT) is None, "a list says nothing of whose it is"
    assert to_queue(candidate(LABEL, given(Ground.SAME_LABEL, "examplesite")), before, AT) is None
    again = to_queue(candidate(LABEL, SERVER), before, AT + timedelta(days=2))
    assert again is not None
    assert again.reason.startswith("new grounds: the name server ns1.own.example.")
    assert standing([queued(), no, again]).kind is Kind.QUEUED


def test_the_same_server_shared_by_others_is_no_new_ground() -> None:
    first = queued(SERVER)
    no = rejected(candidate(SERVER), standing([first]), by="Anna", reason="no", at=AT)
    assert (
        to_queue(candidate(given(Ground.NAME_SERVERS, "ns1.own.example.", 2), LABEL), standing([first, no]), AT)
        is not None
    )
    assert (
        to_queue(candidate(given(Ground.NAME_SERVERS, "ns1.own.example.", 2), LISTED), standing([first, no]), AT)
        is None
    )


def test_one_person_accepts() -> None:
    event, attached = accepted(
        ORDER, candidate(LABEL, SERVER), standing([queued()]), by="Anna", reason="same site", at=AT, on=ON
    )
    assert event.kind is Kind.ACCEPTED
    assert attached is not None
    assert (attached.name, attached.by, attached.on, attached.reason) == ("examplesite.net.", "Anna", ON, "same site")
    assert attached.evidence.startswith("score 80: ")
    grown = attach(ORDER, "example", attached)
    assert grown is not None
    assert grown.scope[1].attached == (attached,)
    assert (grown.scope[0], grown.scope[2]) == (ORDER.scope[0], ORDER.scope[2])
    assert attach(grown, "example", attached) is None, "nothing is attached twice"


def test_two_persons_accept() -> None:
    order = replace(ORDER, persons=2)
    events = history(queued())
    first, attached = accepted(order, candidate(), standing(events), by="Anna", reason="same site", at=AT, on=ON)
    assert (first.kind, attached) == (Kind.SECONDED, None)
    events.append(first)
    with pytest.raises(ConfigError, match=r"has accepted .* already"):
        accepted(order, candidate(), standing(events), by=" anna ", reason="again", at=AT, on=ON)
    fresh = to_queue(candidate(LABEL, SERVER), standing(events), AT)
    assert fresh is not None
    events.append(fresh)
    assert standing(events).kind is Kind.SECONDED, "new grounds take no second away"
    last, attached = accepted(order, candidate(), standing(events), by="Bruno", reason="I see it too", at=AT, on=ON)
    assert last.kind is Kind.ACCEPTED
    assert attached is not None
    assert attached.by == "Anna, Bruno"


def test_a_rejection_takes_the_second_away() -> None:
    order = replace(ORDER, persons=2)
    events = history(queued())
    events.append(accepted(order, candidate(), standing(events), by="Anna", reason="same", at=AT, on=ON).event)
    events.append(rejected(candidate(), standing(events), by="Bruno", reason="no", at=AT))
    assert standing(events).seconds == ()
    assert accepted(order, candidate(), standing(events), by="Anna", reason="yes", at=AT, on=ON).attached is None


def test_refusals() -> None:
    done = standing([queued(), accepted(ORDER, candidate(), None, by="Anna", reason="same", at=AT, on=ON).event])
    with pytest.raises(ConfigError, match="was accepted already by Anna"):
        accepted(ORDER, candidate(), done, by="Bruno", reason="same", at=AT, on=ON)
    with pytest.raises(ConfigError, match="was accepted by Anna"):
        rejected(candidate(), done, by="Bruno", reason="no", at=AT)
    assert to_queue(candidate(SERVER), done, AT) is None
    no = standing([rejected(candidate(), None, by="Anna", reason="no", at=AT)])
    with pytest.raises(ConfigError, match="was rejected already by Anna"):
        rejected(candidate(), no, by="Bruno", reason="no", at=AT)
    for family in ("other", "nobody"):
        with pytest.raises(ConfigError, match=f"no adjudicated entry for the family '{family}'"):
            accepted(ORDER, candidate(family=family), None, by="Anna", reason="same", at=AT, on=ON)


def test_evidence_fits_and_shows() -> None:
    odd = given(Ground.NAME_SERVERS, "ns\x1b[31m.example.")
    assert "\x1b" not in evidence(candidate(odd))
    assert len(evidence(candidate(*[LABEL] * 40))) == MOST_CHARS
    assert evidence(candidate(), "it").startswith("punteggio 40: la stessa etichetta")
