"""Bundles whose conclusions do not follow from what was measured (steps 7.1 to 8.4)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from msgspec import structs

from collector.judge.rules import RULE_IDS
from deploy.lab.rootzone import root_keys
from schema.bundle.parts import read_days, read_round_times, read_timeline_row
from schema.cells import Group
from schema.names import ROOT
from schema.registry import Network
from schema.verdict import Counts, read_verdict
from schema.words import How, Note, Origin, Outcome, Profile, Role, State
from tests.evidence.cases.case import Made, bad, case
from tests.evidence.cases.logs import LONE
from tests.evidence.forge.answers import ROOT_SIGNED, obeys
from tests.evidence.forge.cast import LIVE, RESOLVERS, few_questions, policy
from tests.evidence.forge.export import Export, query
from tests.evidence.forge.stories import DAY, FIRST, bundle, lean
from tests.evidence.forge.tamper import edit, edit_line, fields

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from schema.cells import Cell
    from schema.policy import Policy
    from schema.registry import Vantage
    from tests.evidence.forge.answers import Said
    from tests.evidence.forge.draft import Draft
    from tests.evidence.forge.house import House


def table(
    name: str,
    step: str,
    why: str,
    file: str,
    read: Callable[[bytes], Any],
    *,
    page_step: str | None = "",
    **changes: object,
) -> None:
    """A case in which one line of a derived file has other fields."""

    @bad(name, step, why, page_step=page_step)
    def _(house: House, draft: Draft) -> None:
        edit_line(draft, f"derived/{file}", 0, fields(read, **changes))


def without_line(name: str, step: str, why: str, file: str) -> None:
    """A case in which a derived file lacks its last line."""

    @bad(name, step, why)
    def _(house: House, draft: Draft) -> None:
        draft.put_lines(f"derived/{file}", draft.lines(f"derived/{file}")[:-1])


def with_line(name: str, step: str, why: str, file: str) -> None:
    """A case in which a derived file has its last line twice."""

    @bad(name, step, why)
    def _(house: House, draft: Draft) -> None:
        lines = draft.lines(f"derived/{file}")
        draft.put_lines(f"derived/{file}", [*lines, lines[-1]])


_ROUNDS = ("rounds.jsonl", read_round_times)
_ROWS = ("timeline.jsonl", read_timeline_row)
_DAYS = ("days.jsonl", read_days)
_VERDICTS = ("verdicts.jsonl", read_verdict)

table("round-earlier", "7.1", "A round is said to have been closed earlier than is shown.", *_ROUNDS, not_after=FIRST)
table("round-later", "7.1", "A round is said to have begun later than is shown.", *_ROUNDS, not_before=FIRST)
table(
    "round-without-times",
    "7.1",
    "A round is said to have no times, though they are shown.",
    *_ROUNDS,
    not_before=None,
    not_after=None,
)
without_line("round-times-missing", "7.1", "The times of a round are missing.", "rounds.jsonl")
with_line("round-times-twice", "7.1", "The times of a round stand twice.", "rounds.jsonl")

table(
    "sample-counts-for-another-day",
    "7.2",
    "A sample is said to count for the day before.",
    *_ROWS,
    day=DAY - timedelta(days=1),
)
table("sample-counts-for-no-day", "7.2", "A sample is said to count for no day.", *_ROWS, day=None)
table("sample-with-more-networks-in-time", "7.2", "A sample is said to have more networks in time.", *_ROWS, timed=5)
table(
    "sample-of-another-start",
    "7.2",
    "A sample is said to be of another time than its plan.",
    *_ROWS,
    at=FIRST + timedelta(hours=1),
)
table("sample-of-another-plan", "7.2", "A sample is said to be of another plan.", *_ROWS, plan="ab" * 32)
table("sample-of-another-number", "7.2", "A sample is said to be of another number.", *_ROWS, number=2)
without_line("sample-missing", "7.2", "A resolver's sample is missing.", "timeline.jsonl")
with_line("sample-twice", "7.2", "A resolver's sample stands twice.", "timeline.jsonl")

table("day-counted-otherwise", "7.3", "A day counts a sample as open that was blocked.", *_DAYS, blocked=0, open=1)
table("day-with-more-planned", "7.3", "A day is said to have more plans.", *_DAYS, planned=144)
table("day-with-another-witness", "7.3", "A day names another witness.", *_DAYS, first_witness="ab" * 32)
without_line("day-missing", "7.3", "A resolver's day is missing.", "days.jsonl")
with_line("day-twice", "7.3", "A resolver's day stands twice.", "days.jsonl")

# What follows only from the rules: the page does not replay them, and says so.
table(
    "verdict-by-another-rule",
    "8.1",
    "A verdict names another rule; the outcome is the same.",
    *_VERDICTS,
    rule="address_in_control",
)
table("verdict-with-other-counts", "8.1", "A verdict counts other cells.", *_VERDICTS, counts=Counts(9, 0, 0))
table("verdict-with-another-witness", "8.1", "A verdict names another witness.", *_VERDICTS, witness=3)
table(
    "verdict-blames-the-path",
    "7.2",
    "A verdict says that something on the path answered; its sample counts for the day all the same.",
    *_VERDICTS,
    origin=Origin.PATH,
)
table(
    "verdict-with-a-note",
    "8.1",
    "A verdict has a note that the records do not bear out.",
    *_VERDICTS,
    notes=(Note.POOL,),
)
table(
    "verdict-turned",
    "7.2",
    "A verdict says open where the records say blocked: the sample then lacks its network.",
    *_VERDICTS,
    outcome=Outcome.OPEN,
    how=None,
)
without_line("verdict-missing", "7.2", "A verdict is missing: the sample then lacks its network.", "verdicts.jsonl")

table(
    "sample-by-another-way", "8.2", "A sample says that the name was withheld in another way.", *_ROWS, how=How.REFUSED
)
table("sample-with-more-vantages", "8.2", "A sample counts more vantages.", *_ROWS, vantages=9)
table("sample-with-a-label", "8.2", "A sample has a label that no verdict has.", *_ROWS, label="adm_gambling")
table("sample-that-hides-an-absence", "8.2", "A sample says that more were absent.", *_ROWS, absent=3)


@bad(
    "all-conclusions-turned",
    "8.1",
    "Verdicts, timeline and days all say open, in agreement with each other; the records say blocked.",
)
def _turned(house: House, draft: Draft) -> None:
    opened = {"how": None, "rule": "address_in_control"}
    for file, read, changes in (
        ("verdicts.jsonl", read_verdict, {"outcome": Outcome.OPEN, **opened}),
        ("timeline.jsonl", read_timeline_row, {"state": State.OPEN, **opened}),
        ("days.jsonl", read_days, {"blocked": 0, "open": 1}),
    ):
        for place in range(len(draft.lines(f"derived/{file}"))):
            edit_line(draft, f"derived/{file}", place, fields(read, **changes))
    for name in ("timeline", "days"):
        edit(
            draft,
            f"derived/{name}.csv",
            lambda data: data.replace(b",blocked,nxdomain,", b",open,,").replace(b",1,1,0,", b",1,0,1,"),
        )


@bad("capture-changed", "8.3", "The capture shows another answer than the records.")
def _capture(house: House, draft: Draft) -> None:
    edit(draft, "derived/traffic.pcap", lambda data: data[:-4] + bytes(int(part) for part in LIVE.split(".")))


@bad("capture-cut", "8.3", "The last packets of the capture are missing.")
def _capture_cut(house: House, draft: Draft) -> None:
    edit(draft, "derived/traffic.pcap", lambda data: data[:24])


@bad("capture-missing", "8.3", "There is no capture.")
def _no_capture(house: House, draft: Draft) -> None:
    del draft.files["derived/traffic.pcap"]


@bad("table-changed", "8.3", "The table for people says another number than the JSON beside it.")
def _table(house: House, draft: Draft) -> None:
    edit(draft, "derived/days.csv", lambda data: data.replace(b",1,1,0,", b",1,0,1,"))


@bad("table-with-other-newlines", "8.3", "The table for people has other newlines.")
def _newlines(house: House, draft: Draft) -> None:
    edit(draft, "derived/timeline.csv", lambda data: data.replace(b"\r\n", b"\n"))


def rooted(signed: datetime) -> Made:
    """A round that asks for the root zone's SOA and keys, which were signed at that time."""
    time = Group(Role.TIME, (ROOT,), ("c1",), ("SOA", "DNSKEY"), (Profile.DNSSEC,))
    plain = few_questions()
    asked = structs.replace(plain, names=(*plain.names, ROOT), groups=(*plain.groups, time))

    def hears(vantage: Vantage, cell: Cell) -> Said:
        return f"{ROOT_SIGNED}{int(signed.timestamp())}" if cell.role is Role.TIME else obeys(vantage, cell)

    house = lean(hears, cast=LONE.but(questions=asked))
    return Made(bundle(house).pack(), structs.replace(house.trust(), root_keys=root_keys()))


@case(
    "root-zone-signed-before",
    None,
    "The round holds the root zone's SOA, signed at noon: it did not exist before that.",
)
def _root_before() -> Made:
    return rooted(datetime(2026, 11, 21, 12, tzinfo=UTC))


@case(
    "root-zone-signed-afterwards",
    "8.4",
    "The round holds an SOA of the root zone that was signed when the round had long been stamped.",
)
def _root_after() -> Made:
    return rooted(datetime(2026, 11, 22, 0, tzinfo=UTC))


@case(
    "rules-of-tomorrow",
    "8.1",
    "The policy names a rule that no program knows yet: what it would have said is not guessed.",
    undecided=True,
)
def _tomorrow() -> Made:
    return _judged_otherwise(policy(floor_networks=1, rules=(*RULE_IDS, "rule_of_tomorrow")))


def _judged_otherwise(named: Policy) -> Made:
    """The plans name this policy; the conclusions are drawn by one that is sound."""
    house = lean(cast=LONE.but(policy=named))
    return Made(Export(house, query(house, DAY), judged_by=policy(floor_networks=1)).run().pack(), house.trust())


@case("policy-with-a-floor-of-none", "4.3", "By the policy a sample that no network bears out counts for its day.")
def _no_floor() -> Made:
    return _judged_otherwise(policy(floor_networks=0))


@case("policy-with-a-floor-below-none", "4.3", "By the policy fewer than no vantages need to decide.")
def _below() -> Made:
    return _judged_otherwise(policy(floor_networks=1, floor_on_net=-1))


@case("policy-that-shares-dissent-by-none", "4.3", "By the policy one network in none may dissent.")
def _dissent() -> Made:
    return _judged_otherwise(policy(floor_networks=1, lone_dissent_from=0))


@case("policy-of-two-resolvers-of-one-name", "4.3", "The policy holds a resolver twice, and says two things of it.")
def _twice_listed() -> Made:
    other = structs.replace(RESOLVERS[0], on_net_only=True)
    return _judged_otherwise(policy(floor_networks=1, resolvers=(*RESOLVERS, other)))


@case(
    "policy-with-a-network-that-is-none",
    "8.1",
    "A network of the policy has no prefix that is one: the rules cannot be applied.",
)
def _no_prefix() -> Made:
    return _judged_otherwise(policy(floor_networks=1, networks=(Network("garbage", 64500),)))
