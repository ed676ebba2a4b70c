"""The scripted world: which bytes come back, from whom and how late, for a question put at a place in a round.

`answer` is the definition and builds every reply anew; a `Voice` says the same for one port and remembers what it
built. A device on the path is a further voice: with `inject` it is heard first and the true one after it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from deploy.lab.check import EVERY_NAME
from deploy.lab.reply import HEADER_BYTES, HONEST, Asked, build, read_query, unreadable
from deploy.lab.shapes import Answer, Mode, ReplyKind, Resolver, Scenario, Vantage
from deploy.lab.truth import Truth, truth_of
from schema.words import VERIFIABLE, Transport

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_MAX_REMEMBERED = 20_000
_CLASS_IN = 1
_OFF_NET = Answer(names=(EVERY_NAME,), reply=ReplyKind.REFUSED)
#: What a server does for all names whatever the class; other replies speak of names of class IN.
_BROKEN = frozenset({ReplyKind.TIMEOUT, ReplyKind.REFUSED, ReplyKind.SERVFAIL, ReplyKind.GARBAGE})


class Reply(NamedTuple):
    """One message and how long after the question it is sent."""

    wire: bytes
    delay_ms: int


class Place(NamedTuple):
    """Where a question is put."""

    vantage: Vantage
    resolver: Resolver
    address: str
    transport: Transport


class _Speaker(NamedTuple):
    """Who answers at a place: the resolver itself, or a device that answers as another would."""

    resolver: Resolver
    address: str
    serves: bool  # whether it answers the vantage's network at all


class _Branch(NamedTuple):
    """A rule and the fraction of the questions that reach it which it decides."""

    share: float
    rule: Answer


def answer(scenario: Scenario, round_number: int, place: Place, query: bytes, dice: Callable[[], float]) -> list[Reply]:
    """All replies to *query*, in the order in which they are sent; none is silence. *dice* gives 0 <= x < 1."""
    asked = read_query(query)
    if asked is None:
        wire = unreadable(query)
        return [Reply(wire, 0)] if wire else []
    replies = []
    for speaker in speakers(scenario, place):
        rule = _drawn(_branches(round_number, place, speaker, asked), dice)
        wire = _said(scenario, round_number, place, speaker, asked, rule)
        if wire:
            replies.append(Reply(wire, rule.delay_ms))
    return replies


def intercept_mode(place: Place) -> Mode | None:
    """What a device on the path does with the questions put at *place*, if there is one."""
    for intercept in place.vantage.intercepts:
        if intercept.resolver == place.resolver.id and place.transport in intercept.transports:
            return intercept.mode
    return None


def speakers(scenario: Scenario, place: Place) -> tuple[_Speaker, ...]:
    """Who is heard at *place*, in order."""
    vantage, resolver, address, transport = place
    itself = _Speaker(resolver, address, not resolver.on_net_only or vantage.asn in resolver.asns)
    for intercept in vantage.intercepts:
        if intercept.resolver != resolver.id or transport not in intercept.transports:
            continue
        if intercept.mode is Mode.DROP:
            return ()
        other = scenario.resolver(intercept.speaks_as)
        device = _Speaker(other, other.address, serves=True)  # it stands on the line itself
        if intercept.mode is Mode.REPLACE:
            return (device,)
        # Nothing can be put into a channel that is encrypted from end to end.
        return (itself,) if transport in VERIFIABLE else (device, itself)
    return (itself,)


def _branches(round_number: int, place: Place, speaker: _Speaker, asked: Asked) -> tuple[_Branch, ...]:
    """The rules that can decide, in order, up to the first that always does."""
    if not speaker.serves:
        return (_Branch(1.0, _OFF_NET),)
    branches = []
    for rule in speaker.resolver.answers:
        if _matches(rule, round_number, place, speaker, asked):
            honest = asked.dnssec and not rule.dnssec_ok
            branches.append(_Branch(rule.share, HONEST if honest else rule))
            if rule.share >= 1.0:
                break
    return (*branches, _Branch(1.0, HONEST))


def _matches(rule: Answer, round_number: int, place: Place, speaker: _Speaker, asked: Asked) -> bool:
    if asked.rdclass == _CLASS_IN:
        named = EVERY_NAME in rule.names or asked.name in rule.names
    else:
        named = EVERY_NAME in rule.names and rule.reply in _BROKEN
    return (
        named
        and rule.covers(round_number)
        and (not rule.types or asked.type_text in rule.types)
        and (not rule.transports or place.transport in rule.transports)
        and (not rule.at or speaker.address in rule.at)
        and (not rule.countries or place.vantage.country in rule.countries)
    )


def _drawn(branches: Sequence[_Branch], dice: Callable[[], float]) -> Answer:
    for branch in branches:
        if branch.share >= 1.0 or dice() < branch.share:
            return branch.rule
    return HONEST


def _said(scenario: Scenario, round_number: int, place: Place, speaker: _Speaker, asked: Asked, rule: Answer) -> bytes:
    truth = truth_of(scenario, round_number, asked.name, speaker.resolver)
    return build(asked, rule, truth, place.transport, speaker.resolver.identity)


class _Remembered(NamedTuple):
    """A built reply without what changes: the id, and the question's case up to *question_end*."""

    share: float
    head: bytes
    question_end: int
    rest: bytes
    delay_ms: int
    silent: bool


class Library:
    """What the voices of one scenario share: questions once read and replies once built, whatever the round."""

    __slots__ = ("_built", "_read")

    def __init__(self) -> None:
        """Hold nothing."""
        self._read: dict[bytes, Asked | None] = {}
        self._built: dict[tuple[bytes, int, Truth, bool, str], bytes] = {}

    def read(self, query: bytes) -> Asked | None:
        """As `read_query`."""
        if query not in self._read:
            _make_room(self._read)
            self._read[query] = read_query(query)
        return self._read[query]

    def build(self, query: bytes, asked: Asked, rule: Answer, truth: Truth, place: Place, identity: str) -> bytes:
        """As `build`; *rule* lives as long as the scenario, so that its own identity names it."""
        key = query, id(rule), truth, place.transport is Transport.UDP, identity
        wire = self._built.get(key)
        if wire is None:
            _make_room(self._built)
            wire = self._built[key] = build(asked, rule, truth, place.transport, identity)
        return wire


def _make_room(memory: dict[Any, Any]) -> None:
    if len(memory) >= _MAX_REMEMBERED:
        memory.clear()


class Voice:
    """What is heard at one place; says what `answer` says, quickly."""

    __slots__ = ("_library", "_memory", "_place", "_round", "_scenario")

    def __init__(self, scenario: Scenario, place: Place, library: Library) -> None:
        """Speak at *place* from round 1 on; *library* is shared by the voices of *scenario*."""
        self._scenario = scenario
        self._place = place
        self._library = library
        self._round = 1
        self._memory: dict[bytes, tuple[tuple[_Remembered, ...], ...]] = {}

    @property
    def round_number(self) -> int:
        """The round it speaks of."""
        return self._round

    def set_round(self, round_number: int) -> None:
        """Go to another round; what was built for the last is forgotten."""
        self._round = round_number
        self._memory.clear()

    def replies(self, query: bytes, dice: Callable[[], float]) -> Sequence[Reply]:
        """All replies to *query*, as `answer` gives them."""
        # No octet of a host name is zero, so the first one ends it; a stranger name only makes another key.
        end = query.find(b"\0", HEADER_BYTES)
        key = query[2:HEADER_BYTES] + query[HEADER_BYTES:end].lower() + query[end:]
        heard = self._memory.get(key)
        if heard is None:
            heard = self._learn(b"\0\0" + key)
            if heard is None:
                return answer(self._scenario, self._round, self._place, query, dice)
            _make_room(self._memory)
            self._memory[key] = heard
        replies = []
        for choices in heard:
            for share, head, question_end, rest, delay_ms, silent in choices:
                if share >= 1.0 or dice() < share:
                    if not silent:
                        wire = query[:2] + head + query[HEADER_BYTES:question_end] + rest
                        replies.append(Reply(wire, delay_ms))
                    break
        return replies

    def _learn(self, query: bytes) -> tuple[tuple[_Remembered, ...], ...] | None:
        """The replies to *query*, which has no id and no case of its own."""
        asked = self._library.read(query)
        if asked is None:
            return None
        heard = []
        for speaker in speakers(self._scenario, self._place):
            truth = truth_of(self._scenario, self._round, asked.name, speaker.resolver)
            choices = []
            for share, rule in _branches(self._round, self._place, speaker, asked):
                wire = self._library.build(query, asked, rule, truth, self._place, speaker.resolver.identity)
                end = HEADER_BYTES if rule.reply is ReplyKind.GARBAGE else asked.end
                choices.append(
                    _Remembered(share, wire[2:HEADER_BYTES], end, wire[end:], rule.delay_ms, silent=not wire)
                )
            heard.append(tuple(choices))
        return tuple(heard)
