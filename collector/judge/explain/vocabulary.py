"""The words of one language, as tables; a test holds that each table is whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from collector.judge.explain.select import Vouched
    from collector.judge.seen import Form
    from collector.judge.standing import Health
    from collector.judge.witnesses import Why
    from schema.words import Failure, Gap, Note, Sign


class Vocabulary(NamedTuple):
    """What stands in braces is filled in: `{}`, `{addresses}`, `{name}`."""

    place: int  # of the language in a wording: 0 English, 1 Italian
    months: tuple[str, ...]
    times: Mapping[int, str]  # 0: any other number
    conjunction: str
    then: str  # between what came one after the other
    more: str  # how many are not named
    each_time: str
    alias: str  # by way of what name an address came
    page: str  # that it is a stop page, of which label
    cut: str  # a whole clause
    came: Mapping[Form, str]  # whole clauses
    saying: Mapping[Form, str]  # one of several answers to one question
    word: Mapping[Form, tuple[str, str]]  # what one control, or several, said
    reasons: Mapping[Failure | Gap | None, str]  # why nothing came; None: no valid certificate
    left_out: Mapping[Why, str]
    health: Mapping[Health, str]
    lists: Mapping[str, str]  # lists that no copyright order fills, by label
    other_list: str  # one that has no name here
    notes: Mapping[Note, str]
    signs: Mapping[Sign, str]
    seen_from: str  # by what signs
    vouched: Mapping[Vouched, str]  # what stands behind the names of transports
    looked: str  # that certificates for the {name} were shown at the {addresses}
    overruled: str  # a statement that counts for nothing beside a true address
    error: str  # extended errors
    stating: str  # in how many of the answers
    policy_zone: str
    soa: str
    bearing: str  # what an answer bears besides
    bare: str  # a denial of which its operator documents that it is no ordinary one
    source: str  # which address answered
    outcomes: Mapping[str, str]
    label: str
    rule: str
