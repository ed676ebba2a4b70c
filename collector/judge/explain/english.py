"""English."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from collector.judge.explain.select import Vouched, same, vouched
from collector.judge.explain.text import clock, host, shown, written
from collector.judge.explain.tongue import PORT_53, Tongue
from collector.judge.explain.vocabulary import Vocabulary
from collector.judge.seen import Form
from collector.judge.standing import Health
from collector.judge.witnesses import Why
from schema.words import Failure, Gap, How, Note, Origin, Outcome, Sign

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from collector.judge.account import Account, Asked
    from collector.judge.came import Came
    from collector.judge.witnesses import Witness

_NO_CERTIFICATE: Final = "no valid certificate was shown, so nothing that came counts"
_NOT_PUT: Final = "the question was not put"
WORDS: Final = Vocabulary(
    place=0,
    months=(
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ),
    times={0: "{} times", 1: "once", 2: "twice"},
    conjunction="and",
    then=", then ",
    more="{} more",
    each_time="each time",
    alias=", by way of the name {}",
    page=", a known stop page ({})",
    cut="the answer was cut short, to be asked for again over TCP",
    came={
        Form.ADDRESS: "the answer was {addresses}",
        Form.RECORDS: "the answer gave records of that type",
        Form.ALIAS: "the answer led to the name {name} and to no address",
        Form.NXDOMAIN: "the answer was that the name does not exist",
        Form.NODATA: "the answer was that the name has no such record",
        Form.REFUSED: "the answer was a refusal",
        Form.SERVFAIL: "the answer was a failure (SERVFAIL)",
        Form.SEVERAL: "several answers came to the one question ({several})",
        Form.UNUSABLE: "what came was cut short, unreadable or no answer to the question",
    },
    saying={
        Form.ADDRESS: "{addresses}",
        Form.NXDOMAIN: "that the name does not exist",
        Form.NODATA: "that the name has no such record",
        Form.REFUSED: "a refusal",
        Form.SERVFAIL: "a failure (SERVFAIL)",
        Form.UNUSABLE: "something else",
    },
    word={
        Form.ADDRESS: ("gave {addresses}", "gave {addresses}"),
        Form.RECORDS: ("gave records of that type", "gave records of that type"),
        Form.NXDOMAIN: ("said that the name does not exist", "said that the name does not exist"),
        Form.NODATA: ("said that the name has no such record", "said that the name has no such record"),
    },
    reasons={
        None: _NO_CERTIFICATE,
        Failure.TIMEOUT: "no answer came in the time allowed",
        Failure.REFUSED_CONNECTION: "the connection was refused",
        Failure.UNREACHABLE: "the address could not be reached",
        Failure.RESET: "the connection was cut off",
        Failure.CLOSED: "the connection was closed without an answer",
        Failure.TLS_FAILED: "no encrypted channel came about",
        Failure.TLS_UNTRUSTED: _NO_CERTIFICATE,
        Failure.HTTP_STATUS: "the web server sent an error in place of an answer",
        Failure.FRAMING: "what came could not be read",
        Failure.TOO_LARGE: "what came was too large to be read",
        Failure.LOCAL_ERROR: "the probe itself failed",
        Gap.CEILING: f"{_NOT_PUT}: a ceiling on questions was reached",
        Gap.BREAKER: f"{_NOT_PUT}: too many before it had failed",
        Gap.QUOTA: f"{_NOT_PUT}: the probe's disk was full",
        Gap.CRASHED: f"{_NOT_PUT}: the probe had stopped",
        Gap.NOT_RUNNING: f"{_NOT_PUT}: the probe was not running",
        Gap.NEVER_PROBE: f"{_NOT_PUT}: the probe's operator excludes the name",
        Gap.TRANSPORT_UNAVAILABLE: f"{_NOT_PUT}: the probe has no such channel",
    },
    left_out={
        Why.OWN: "the same operator",
        Why.PROVIDER: "an access provider",
        Why.BOUND: "bound by an order on the name",
        Why.NOT_VERIFIED: "no certificate vouches for it",
        Why.SILENT: "no usable answer",
        Why.PAGE: "its own answer is that of a block",
        Why.AILS: "does not truly answer for names that no order is about",
        Why.FAULT: "names a fault as its reason",
        Why.CONTRADICTS_ITSELF: "contradicts itself",
        Why.UNDER_TEST: "itself under test for the name",
    },
    health={
        Health.OK: "The same question for example.com was answered.",
        Health.NOT_ASKED: "The same question was not put for example.com, which always answers.",
        Health.FAILS: "The same question for example.com, which always answers, got no answer.",
        Health.REFUSES: "The same question for example.com, which always answers, was refused.",
        Health.LIES: "The same question for example.com, which always answers, got no true answer.",
    },
    lists={
        "adm_gambling": "the customs agency's gambling list (ADM)",
        "adm_tobacco": "the customs agency's tobacco list (ADM)",
        "cncpo": "a police list (CNCPO)",
        "ivass": "the insurance authority's list (IVASS)",
        "user_filter": "a filter that the user chose",
        "cloudflare_filter": "a filter that the user chose",
    },
    other_list="another list or filter ({})",
    notes={
        Note.PATH_INTERFERES: "On port 53 of this line something other than the resolver is shown to answer.",
        Note.TRANSPORTS_DIFFER: "The channels come out differently, and it is not shown why.",
        Note.TYPES_DIFFER: "Asked for other types of record, the name comes out differently.",
        Note.ADDRESSES_DIFFER: "The resolver's own addresses come out differently.",
        Note.PROFILES_DIFFER: "With DNSSEC data asked for, the answer is another.",
        Note.POOL: "One question, put again, came out differently, as from servers that are not alike.",
        Note.DEAD_NAME: "The name exists nowhere else, and is withheld here all the same.",
        Note.PARKED: "The name is parked: it leads to a holding page, not to a site of its own.",
        Note.MAY_BE_CACHED: "A stored copy (cache) may explain the answer.",
        Note.MORE_THAN_ONE_ANSWER: "One question got several different answers.",
        Note.CONTROLS_MISSING: "Too few independent operators answered.",
        Note.CONTROLS_DISAGREE: "Independent operators contradict each other.",
        Note.KNOWN_GOOD_FAILS: "At one of the addresses asked even the name that always answers got no true answer.",
        Note.KNOWN_ABSENT_ANSWERED: "One of the addresses asked invents answers for names that do not exist.",
        Note.OTHER_AUTHORITY: "The answer is that of {}: it says nothing of an order on copyright.",
        Note.NETWORK_ONLY: "Only the network of the address agrees with independent operators, not the address itself.",
        Note.INDICATIVE: "Indicative only: a single vantage is no evidence.",
        Note.SWEEP: "From a sweep over long lists, one question each: it counts no day.",
    },
    signs={
        Sign.IDENTITY: "the name that it gives itself",
        Sign.WHOAMI: "the network from which its questions go on",
        Sign.DISTANCE: "the distance from which its answers come",
        Sign.DATAGRAMS: "more than one answer to one question",
        Sign.STOP_PAGE: "a stop page that is not the resolver's",
        Sign.CANARY: "an answer from an address where no DNS runs",
    },
    seen_from="What shows it: {}.",
    vouched={
        Vouched.NOTHING: "",
        Vouched.WHAT_CAME: ", certificate verified wherever an answer came",
        Vouched.ALL: ", certificate verified",
    },
    looked="In the same round this probe opened a connection to {addresses} and was shown a certificate that is valid for {name}.",
    overruled="An extended error beside an address that independent operators give too does not count as a block.",
    error="extended error {}",
    stating=" in {} of the {} answers",
    policy_zone="the SOA record of the zone {} in its additional section",
    soa='the SOA record "{}"',
    bearing=", with {}",
    bare=", without the marks of an ordinary denial (RA=0, authority section empty)",
    source=" (from {})",
    outcomes={one.value: one.value for one in Outcome},
    label=" (label {})",
    rule="Rule",
)  # fmt: skip


class English(Tongue):
    """English, for people who are no engineers."""

    def __init__(self) -> None:
        super().__init__(WORDS)

    def asked(self, account: Account) -> str:
        """What was asked, and what came back."""
        asked, vantage = account.asked, account.vantage
        line = ", ".join(
            part for part in (written(vantage.operator), f"AS{vantage.asn}" if vantage.asn else "") if part
        )
        probe = f"{_when(asked)} probe {shown(account.verdict.probe)}" + (f" ({line})" if line else "")
        whom = f"{written(account.resolver.operator)} ({self.several(asked.servers)})"
        what = f"{whom} for {_wanted(asked.qtype)} {host(account.verdict.name)}"
        came = self.all(account.answered)
        if not asked.times:
            return f"{probe} was to ask {what}, but {came}."
        over = self._over(asked.transports, vouched=vouched(account), plainly=account.on_line)
        return f"{probe} asked {what}, {self.times(asked.times)} {over}: {came}."

    def beside(self, account: Account) -> str:
        """What came on the channel that does not decide."""
        transports = dict.fromkeys(one for kind in account.beside for one in kind.transports)
        alike = same(account)
        over = self._over(transports, vouched=Vouched.NOTHING, plainly=account.on_line or alike)
        over = over[:1].upper() + over[1:]
        return f"{over} the answer was the same." if alike else f"{over}: {self.all(account.beside)}."

    def otherwise(self, kind: str, came: Came) -> str:
        """What came for another type, or with DNSSEC asked for."""
        if kind:
            return f"Asked for {_wanted(kind)} the same name, {self.clause_of(came)}."
        return f"Asked with DNSSEC data, as users do not ask, {self.clause_of(came)}."

    def controls(self, heard: Sequence[tuple[Witness, Sequence[str]]], left_out: Sequence[Witness]) -> str:
        """What independent operators said, and who is left out."""
        out = self.unheard(left_out)
        told = "; ".join(f"{self.operators(names)} {self.word(one, len(names))}" for one, names in heard)
        if not told:
            return f"No independent operator counts: {out}." if out else "No independent operator was asked."
        who = "the independent operators" if len(heard[0][1]) > 1 else "the independent operator"
        begin = f"In the same round {who}" if len(heard) == 1 else "Of the independent operators in the same round,"
        return f"{begin} {told}{f'; not counted: {out}' if out else ''}."

    def invented(self, addresses: str) -> str:
        """That a name which exists nowhere got *addresses*."""
        return f"A name that exists nowhere got {addresses}."

    def twin(self, came: Sequence[Came]) -> str:
        """What the resolver's unfiltered service answered."""
        return f"From its unfiltered service ({self.several(came[0].servers)}) {self.all(came)}."

    def conclusion(self, account: Account) -> str:  # noqa: PLR0911 - one conclusion a line
        """What is concluded, and of whom."""
        verdict = account.verdict
        word = self.outcome(account, labelled=Note.OTHER_AUTHORITY not in verdict.notes)
        blocked = verdict.outcome is Outcome.BLOCKED
        match verdict.outcome, verdict.origin:
            case Outcome.DEAD, _:
                return "Conclusion: the name does not exist (dead); nobody is seen to block it."
            case Outcome.FAILING, _:
                return "Conclusion: failing; no block is shown."
            case Outcome.INSUFFICIENT, _:
                return "Conclusion: none (insufficient)."
            case _, Origin.RESOLVER if account.on_line:
                by = ", by the operator itself" if blocked else "; the operator itself gave the address"
                return f"Conclusion: {word}{by}, on whose network the probe stands."
            case _, Origin.RESOLVER:
                return f"Conclusion: {word}{', by the resolver itself' if blocked else '; the resolver itself gave the address'}."
            case _, Origin.PATH:
                by = "by" if blocked else "as answered by"
                return (
                    f"Conclusion: {word} on this line, {by} something on the path that answers in the resolver's place;"
                    " nothing is said of the resolver."
                )
            case _:
                who = "whose silence it is" if verdict.how is How.TIMEOUT else "who answered"
                return f"Conclusion: {word}, but {who} is not shown; nothing is said of the resolver."

    def _over(self, transports: Iterable[str], *, vouched: Vouched, plainly: bool = False) -> str:
        names = list(transports)
        if PORT_53 & set(names):
            return f"on port 53 ({self.transports(names)})" + ("" if plainly else ", where nothing shows who answers")
        return f"over {self.transports(names)}" + self.words.vouched[vouched]


def _when(asked: Asked) -> str:
    day, hour, last_day, last_hour = clock(asked.since, asked.until, WORDS.months)
    if day != last_day:
        return f"From {day}, {hour}, to {last_day}, {last_hour} (Rome),"
    return f"On {day} at {hour} (Rome)" if hour == last_hour else f"On {day} between {hour} and {last_hour} (Rome)"


def _wanted(qtype: str) -> str:
    named = {"A": "the address of", "AAAA": "the IPv6 address of"}
    return named.get(qtype) or f"the record of type {shown(qtype)} of"
