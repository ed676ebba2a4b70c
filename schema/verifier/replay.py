"""The port through which a verifier has the rules replayed; who offers it knows the rules, the verifier does not."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from schema.codec import Digest, Instant, Wire
from schema.words import How, Note, Origin, State

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from schema.plan import Plan
    from schema.policy import Policy
    from schema.record import Record
    from schema.verdict import Verdict


class Said(Wire, frozen=True, omit_defaults=False):
    """One plan's word on a resolver and name: a row of the timeline without the day it counts for."""

    plan: Digest
    number: int
    at: Instant
    resolver: str
    name: str
    state: State
    how: How | None
    origin: Origin | None
    label: str | None
    vantages: int
    networks: int
    absent: int
    notes: tuple[Note, ...]
    rule: str
    witness_digest: str | None


class Replayed(NamedTuple):
    """What follows from the rounds of one plan.

    `verdicts` by probe, resolver, name; `samples` by resolver and name, one for each pair that was asked for.
    """

    verdicts: tuple[Verdict, ...]
    samples: tuple[Said, ...]


class Replay(Protocol):
    """Judges the rounds of a plan by its policy and folds what they say."""

    def __call__(
        self,
        plan_id: str,
        plan: Plan,
        policy: Policy,
        *,
        pairs: Collection[tuple[str, str]],
        rounds: Mapping[str, Sequence[tuple[bytes, Record]]],
    ) -> Replayed:
        """What is said of *pairs* (resolver, name).

        *rounds* are by probe, of those that closed: lines without newline and what they hold, by cell; cells inside the
        gaps of a close have none. *policy* is best the same object for the same digest: what is remembered goes by it.

        Raises:
            FormatError: a record's endpoint is none. EvidenceError: a round of a probe that the plan does not enrol.
            UnavailableError: the policy names a rule that is not known here.
        """
