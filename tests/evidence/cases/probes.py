"""Bundles whose probes' logs are wrong (steps 5.1 to 5.4)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from probe.observe import close_line
from schema.cells import applicable
from schema.codec import encode
from schema.entry import Equivocation
from schema.log import leaf_hash
from schema.note import Checkpoint, with_signatures
from schema.words import Gap
from tests.evidence.cases.case import Made, bad, case
from tests.evidence.cases.good import made
from tests.evidence.cases.logs import LONE
from tests.evidence.forge.answers import obeys, record
from tests.evidence.forge.authority import due, tre
from tests.evidence.forge.cast import MILAN
from tests.evidence.forge.house import House
from tests.evidence.forge.keys import Keys
from tests.evidence.forge.stories import FIRST, MINUTE, announce, finish, founded, lean, play
from tests.evidence.forge.tamper import edit_line

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from schema.registry import Vantage
    from tests.evidence.forge.answers import Hears
    from tests.evidence.forge.draft import Draft
    from tests.evidence.forge.house import Measured, Published
    from tests.evidence.forge.probe import Probe


def probe_file(draft: Draft, nth: int = 0) -> str:
    """The log of a chain."""
    return draft.names("probes/")[nth]


@bad("probe-log-missing", "5.1", "The log of a probe is not in the bundle.")
def _no_log(house: House, draft: Draft) -> None:
    del draft.files[probe_file(draft)]


@bad("probe-log-cut-short", "5.1", "The last line of a probe's log is missing: a round would be gone.")
def _short(house: House, draft: Draft) -> None:
    draft.put_lines(probe_file(draft), draft.lines(probe_file(draft))[:-1])


@bad("probe-log-too-many", "5.2", "A log of a chain of which the collector's log has no head.")
def _extra_log(house: House, draft: Draft) -> None:
    draft.files[f"probes/rm-01/{'ab' * 16}.jsonl"] = draft.files[probe_file(draft)]


@bad("probe-log-too-long", "5.2", "A line stands in a probe's log after the greatest head.")
def _long(house: House, draft: Draft) -> None:
    lines = draft.lines(probe_file(draft))
    draft.put_lines(probe_file(draft), [*lines, lines[-1]])


@bad("probe-line-changed", "5.2", "A close in a probe's log is another than the head is over.")
def _line(house: House, draft: Draft) -> None:
    edit_line(draft, probe_file(draft), 2, lambda line: line.replace(b'"observed":', b'"observed":1'))


@bad("probe-lines-swapped", "5.2", "Two lines of a probe's log changed places.")
def _swap(house: House, draft: Draft) -> None:
    first, second, third = draft.lines(probe_file(draft))
    draft.put_lines(probe_file(draft), [first, third, second])


class _Probes(House):
    """In whose probes' logs something stands that should not."""

    def measure(self, published: Published, probe: str, hears: Hears = obeys, at: datetime | None = None) -> Measured:
        self.before(self.probes[probe])
        found = super().measure(published, probe, hears, at)
        self.after(self.probes[probe])
        return found

    def before(self, probe: Probe) -> None:
        """What happens before a round."""

    def after(self, probe: Probe) -> None:
        """And after it."""


def probes(name: str, step: str, why: str) -> Callable[[type[_Probes]], type[_Probes]]:
    """Enter a house as a case."""

    def enter(kind: type[_Probes]) -> type[_Probes]:
        @case(name, step, why)
        def _() -> Made:
            return made(lean(house=kind(LONE, [due(), tre()])))

        return kind

    return enter


@probes("two-begins", "5.3", "A chain begins twice.")
class _Begins(_Probes):
    def before(self, probe: Probe) -> None:
        probe.chain.append(probe.chain.lines[0])
        probe.head()


@probes("begin-of-another-chain", "5.3", "A chain's first line is that of another chain.")
class _OtherChain(_Probes):
    def enrol(self, vantage: Vantage, at: datetime) -> Probe:
        probe = super().enrol(vantage, at)
        line = probe.chain.lines[0].replace(probe.chain.id.encode(), b"ab" * 16)
        probe.chain.lines, probe.chain.tree = [], type(probe.chain.tree)()
        probe.chain.append(line)
        return probe


@probes("line-after-rotate", "5.3", "A chain goes on after its last line.")
class _Rotated(_Probes):
    def before(self, probe: Probe) -> None:
        probe.rotate(Keys("next"), FIRST)


@probes("unknown-line-in-a-probe-log", "5.3", "A line that is none of the four kinds.")
class _Unknown(_Probes):
    def before(self, probe: Probe) -> None:
        probe.chain.append(b'{"v":1,"remark":"hello"}')
        probe.head()


@probes("record-in-a-probe-log", "5.3", "A record stands as a line of the log.")
class _Recorded(_Probes):
    def before(self, probe: Probe) -> None:
        cell = self.plans[1].cells[0]
        probe.chain.append(encode(record(cell, "NXDOMAIN", plan=self.plans[1].id, probe="rm-01", at=FIRST)))
        probe.head()


@probes(
    "seen-another-history",
    "5.3",
    "The probe saw a checkpoint of this log that has other lines: the collector shows two logs.",
)
class _Fork(_Probes):
    def before(self, probe: Probe) -> None:
        other = Checkpoint(self.origin, self.newest.size, leaf_hash(b"another history"))
        probe.see(other, self.keys.note.sign(other).blob, FIRST - MINUTE)


@probes("seen-what-nobody-signed", "5.3", "The probe says that it saw a checkpoint which the log did not sign.")
class _Unsigned(_Probes):
    def before(self, probe: Probe) -> None:
        probe.see(self.newest, bytes(64), FIRST - MINUTE)


@probes("seen-backwards", "5.3", "The probe saw a smaller checkpoint after a larger one.")
class _Backwards(_Probes):
    def before(self, probe: Probe) -> None:
        smallest = self.notes[min(self.notes)]
        probe.see(smallest.checkpoint, smallest.signatures[0].blob, FIRST - MINUTE)


@bad("seen-checkpoint-missing", "5.3", "A checkpoint that a probe saw is not in the bundle.")
def _no_seen(house: House, draft: Draft) -> None:
    del draft.files["checkpoints/0000000010.note"]


@bad("checkpoint-that-nothing-names", "5.3", "A sound checkpoint of the log that neither a stamp nor a probe names.")
def _extra_note(house: House, draft: Draft) -> None:
    checkpoint = Checkpoint(house.origin, 7, house.tree.root(7))
    draft.files["checkpoints/0000000007.note"] = with_signatures(checkpoint, [house.keys.note.sign(checkpoint)])


@probes("closed-twice", "5.4", "A probe closed one round in two ways, in one chain.")
class _Twice(_Probes):
    def after(self, probe: Probe) -> None:
        probe.close(other_close(self, probe))


@probes(
    "closed-twice-in-two-chains", "5.4", "A probe closed one round in two ways, in two chains: it was copied, or lies."
)
class _TwoChains(_Probes):
    def after(self, probe: Probe) -> None:
        probe.begin(FIRST)
        probe.close(other_close(self, probe))


def other_close(house: House, probe: Probe) -> bytes:
    """Another close of plan 1: nothing was asked."""
    published_ = house.plans[1]
    vantage = published_.plan.vantage(probe.vantage.id)
    assert vantage is not None
    cells = applicable(published_.cells, vantage)
    return close_line(
        cells, {}, dict.fromkeys((c.number for c in cells), Gap.CRASHED), plan=published_.id, probe=vantage.id
    )


class _Told(_Twice):
    """Who closed twice is told of in the log."""

    told = "rm-01"

    def deliver(self, *who: str) -> None:
        super().deliver(*who)
        self.enter(Equivocation(probe=self.told, what="close", digests=("ab" * 32, "cd" * 32), at=FIRST))


class _ToldOfAnother(_Told):
    told = "mi-01"


@case(
    "closed-twice-and-told",
    "9.1",
    "A probe closed a round in two ways and the log says so: the round counts as not closed.",
)
def _told() -> Made:
    house = lean(house=_Told(LONE, [due(), tre()]))
    house.rounds.clear()
    return made(house)


@case(
    "closed-twice-and-told-and-counted",
    "6.2",
    "A probe closed a round in two ways, the log says so, and one of the two is in the bundle.",
)
def _counted() -> Made:
    return made(lean(house=_Told(LONE, [due(), tre()])))


@case(
    "closed-twice-and-another-told", "5.4", "A probe closed a round in two ways; what the log says is of another probe."
)
def _told_of_another() -> Made:
    return made(lean(house=_ToldOfAnother(LONE.but(vantages=(*LONE.vantages, MILAN)), [due(), tre()])))


@probes("close-in-another-form", "5.3", "A close means the same as one in its one form.")
class _Spaced(_Probes):
    def enrol(self, vantage: Vantage, at: datetime) -> Probe:
        probe = super().enrol(vantage, at)
        honest = probe.close
        probe.close = lambda line: honest(line.replace(b'"v":1,', b'"v": 1,'))  # type: ignore[method-assign]  # this one is odd
        return probe


class _Unfulfilled(_Probes):
    """Its probe closed a round and its records are not what the close says; the collector says so."""

    def deliver(self, *who: str) -> None:
        super().deliver(*who)
        leaf = leaf_hash(self.rounds[-1].close).hex()
        self.enter(Equivocation(probe="rm-01", what="round", digests=(leaf, "cd" * 32), at=FIRST))


@case(
    "round-not-fulfilled-and-told",
    "9.1",
    "A probe closed a round whose records never came, and the log says so: the round counts as not closed.",
)
def _unfulfilled() -> Made:
    house = lean(house=_Unfulfilled(LONE, [due(), tre()]))
    house.rounds.clear()
    return made(house)


@case(
    "round-not-fulfilled-and-told-and-counted",
    "6.2",
    "The log says that a round's records are not what its close says, and the round is in the bundle.",
)
def _unfulfilled_counted() -> Made:
    return made(lean(house=_Unfulfilled(LONE, [due(), tre()])))


_A_DAY = timedelta(days=1)
_A_MICROSECOND = timedelta(microseconds=1)


def _told_after(wait: timedelta) -> House:
    """The collector says it of a round that was sound, *wait* after stamps had covered the close."""
    house = founded(house=House(LONE, [due(), tre()]))
    announce(house, FIRST, at=FIRST - 90 * MINUTE)
    play(house, 1)
    leaf = leaf_hash(house.rounds[-1].close).hex()
    house.enter(Equivocation(probe="rm-01", what="round", digests=(leaf, "cd" * 32), at=FIRST))
    house.seal()
    house.stamp(FIRST + 6 * MINUTE + wait)
    finish(house)
    return house


@case(
    "round-not-fulfilled-told-at-the-last-moment",
    "9.1",
    "The log says that a round's records are not what its close says, a day after the close: that is in time.",
)
def _told_at_last() -> Made:
    house = _told_after(_A_DAY)
    house.rounds.clear()
    return made(house)


@case(
    "round-not-fulfilled-told-too-late",
    "6.1",
    "The log says so a microsecond later than it may: it is passed over, and the round is missing.",
)
def _told_too_late() -> Made:
    house = _told_after(_A_DAY + _A_MICROSECOND)
    house.rounds.clear()
    return made(house)


@case(
    "round-said-too-late-not-to-be-fulfilled",
    None,
    "The log says it too late of a round that is there and sound: what was counted is not undone.",
)
def _told_too_late_of_a_sound_one() -> Made:
    return made(_told_after(_A_DAY + _A_MICROSECOND))
