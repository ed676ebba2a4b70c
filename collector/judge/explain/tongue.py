"""What is told of an account, in which order, and what every language puts together alike."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Final

from collector.judge.explain.select import by_word, overruled, tells_standing, to_tell, trimmed
from collector.judge.explain.text import error, host, listed, lowered, shown, written
from collector.judge.rules import FOLDS, RULES
from collector.judge.seen import Form
from collector.judge.wording import WORDINGS
from schema.words import Note, Origin

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from collector.judge.account import Account
    from collector.judge.came import Came
    from collector.judge.explain.vocabulary import Vocabulary
    from collector.judge.witnesses import Witness

_SOURCES: Final = {rule.rule_id: rule.source for rule in RULES} | {fold.rule_id: fold.source for fold in FOLDS}
_CHANGES: Final = 2  # places between what a wording says and what would change it
_TRANSPORTS: Final = {"udp": "UDP", "tcp": "TCP", "tls": "TLS", "https": "HTTPS", "quic": "QUIC"}
PORT_53: Final = frozenset({"udp", "tcp"})


class Tongue(ABC):
    """One language: its *words*, and the sentences that each builds in its own way."""

    def __init__(self, words: Vocabulary) -> None:
        self.words = words

    def say(self, account: Account) -> str:
        """The account in one line."""
        account = trimmed(account)
        verdict = account.verdict
        words = by_word(account.witnesses)
        parts = [
            self.asked(account),
            self.standing(account) if tells_standing(account) else "",
            self.beside(account) if account.beside else "",
            *(self.otherwise(kind, one) for kind, one in account.differing),
            self.twin(account.twin) if verdict.rule == "unlike_its_twin" and account.twin else "",
            self.controls(*words),
            self._looked(account) if verdict.rule == "address_vouched" else "",
            self.clause(verdict.rule),
            self.conclusion(account),
            self._seen_from(account) if verdict.origin is Origin.PATH else "",
            self.words.overruled if overruled(account) else "",
            *(self.note(note, account) for note in verdict.notes if to_tell(note, account)),
            WORDINGS[verdict.rule][self.words.place + _CHANGES] if verdict.rule in WORDINGS else "",
        ]
        return " ".join(part for part in parts if part)

    @abstractmethod
    def asked(self, account: Account) -> str:
        """What was asked, and what came back."""

    @abstractmethod
    def beside(self, account: Account) -> str:
        """What came on the channel that does not decide."""

    @abstractmethod
    def otherwise(self, kind: str, came: Came) -> str:
        """What came for another type, or (*kind* empty) with DNSSEC asked for."""

    @abstractmethod
    def controls(self, heard: Sequence[tuple[Witness, Sequence[str]]], left_out: Sequence[Witness]) -> str:
        """What independent operators said, those that say the same together, and who is left out."""

    @abstractmethod
    def invented(self, addresses: str) -> str:
        """That a name which exists nowhere got *addresses*."""

    @abstractmethod
    def twin(self, came: Sequence[Came]) -> str:
        """What the resolver's unfiltered service answered."""

    @abstractmethod
    def conclusion(self, account: Account) -> str:
        """What is concluded, and of whom."""

    def standing(self, account: Account) -> str:
        """How the place that decides treats names that no order is about."""
        health = self.words.health[account.standing.health]
        invented = sorted(account.standing.invented)
        return f"{health} {self.invented(self.several(invented))}" if invented else health

    def clause(self, rule: str) -> str:
        """The rule that decides, with its source."""
        if rule not in WORDINGS or rule not in _SOURCES:
            return f"{self.words.rule} {shown(rule)}."
        return f"{self.words.rule} {rule} ({_SOURCES[rule]}): {lowered(WORDINGS[rule][self.words.place])}"

    def note(self, note: Note, account: Account) -> str:
        """What else a reader must know."""
        label = account.verdict.label or ""
        said = self.words.notes[note].format(self.words.lists.get(label) or self.words.other_list.format(shown(label)))
        signs = self._seen_from(account) if note is Note.PATH_INTERFERES else ""
        return f"{said} {signs}".rstrip()

    def _seen_from(self, account: Account) -> str:
        """By what it is shown that another than the resolver answers."""
        signs = self.several(self.words.signs[one] for one in account.signs)
        return self.words.seen_from.format(signs) if signs else ""

    def _looked(self, account: Account) -> str:
        """At which addresses a certificate for the name was shown."""
        return self.words.looked.format(addresses=self.several(account.looked), name=host(account.verdict.name))

    def outcome(self, account: Account, *, labelled: bool) -> str:
        """The word for what was seen, with the label of the answer."""
        verdict = account.verdict
        word = self.words.outcomes[verdict.outcome]
        return word + (self.words.label.format(shown(verdict.label)) if labelled and verdict.label else "")

    def several(self, items: Iterable[str]) -> str:
        """*items* as a list in words."""
        return listed(items, self.words.conjunction, self.words.more)

    def times(self, number: int) -> str:
        """How often."""
        return self.words.times.get(number) or self.words.times[0].format(number)

    def transports(self, names: Iterable[str]) -> str:
        """Transports in words."""
        return self.several(_TRANSPORTS[one] for one in names)

    def operators(self, names: Iterable[str]) -> str:
        """Operators in words."""
        return self.several(map(written, names))

    def unheard(self, left_out: Sequence[Witness]) -> str:
        """Controls that do not count, each with its reason."""
        return self.several(
            f"{written(one.operator)} ({self.words.left_out[one.left_out]})" for one in left_out if one.left_out
        )

    def word(self, witness: Witness, operators: int) -> str:
        """What one control said, or several of them alike."""
        words = self.words.word
        told = (
            words.get(witness.form or Form.NODATA) or words[Form.NODATA]
        )  # an alias to nothing is no such record either
        return told[operators > 1].format(addresses=self.several(witness.addresses))

    def all(self, kinds: Sequence[Came]) -> str:
        """What came, each kind with how often, and where from if that tells them apart."""
        if len(kinds) == 1:
            each = kinds[0].times > 1 and kinds[0].form is not Form.NOT_ASKED
            return (f"{self.words.each_time} " if each else "") + self.clause_of(kinds[0])
        by_server = len({one.servers for one in kinds}) > 1
        by_transport = len({one.transports for one in kinds}) > 1
        told = []
        for one in kinds:
            where = self.words.source.format(self.several(one.servers)) if by_server else ""
            where += f" ({self.transports(one.transports)})" if by_transport and not by_server else ""
            told.append(f"{self.times(one.times)} {self.clause_of(one)}{where}")
        return "; ".join(told)

    def clause_of(self, came: Came) -> str:
        """One kind of answer in a whole clause."""
        return self._bare_clause(came) + self._marks(came)

    def _bare_clause(self, came: Came) -> str:
        words = self.words
        if came.cut:
            return words.cut
        if came.form not in words.came:
            return words.reasons[came.reason]
        clause = words.came[came.form].format(
            addresses=self.several(came.addresses),
            name=host(came.leads_to),
            several=words.then.join(self._saying(one) for one in came.sayings),
        )
        clause += words.alias.format(host(came.leads_to)) if came.leads_to and came.addresses else ""
        return clause + (words.page.format(shown(came.page)) if came.page else "")

    def _saying(self, came: Came) -> str:
        form = came.form if came.form in self.words.saying else Form.UNUSABLE
        return self.words.saying[form].format(addresses=self.several(came.addresses))

    def _marks(self, came: Came) -> str:
        """What the answer bears besides."""
        words, marks = self.words, []
        if came.errors:
            some = words.stating.format(came.stating, came.times) if came.stating < came.times else ""
            marks.append(words.error.format(self.several(error(*one) for one in came.errors)) + some)
        if came.policy_zone:
            marks.append(words.policy_zone.format(host(came.policy_zone)))
        if came.soa:
            marks.append(words.soa.format(shown(came.soa)))
        return (words.bearing.format(self.several(marks)) if marks else "") + (words.bare if came.bare else "")
