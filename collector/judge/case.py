"""One target cell with everything in its round that bears on it, and the questions that rules ask of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from collector.judge.addresses import impossible
from collector.judge.fingerprints import BLOCK, USER_FILTER
from collector.judge.seen import STATEMENTS, Form, states_fault
from collector.judge.standing import Health
from schema.words import How

if TYPE_CHECKING:
    from collector.judge.again import Again
    from collector.judge.controls import Controls
    from collector.judge.fingerprints import Match
    from collector.judge.networks import Networks
    from collector.judge.seen import Seen
    from collector.judge.standing import Standing
    from schema.registry import Resolver

_STALE: Final = frozenset({3, 19})
_HOW_BY_FORM: Final = {
    Form.NXDOMAIN: How.NXDOMAIN,
    Form.NODATA: How.NODATA,
    Form.REFUSED: How.REFUSED,
    Form.SERVFAIL: How.SERVFAIL,
    Form.TIMEOUT: How.TIMEOUT,
}


class Case(NamedTuple):
    """What a rule looks at."""

    seen: Seen
    controls: Controls
    standing: Standing
    resolver: Resolver
    matches: tuple[Match, ...]
    twin: tuple[Seen, ...]  # the same question at the operator's unfiltered service
    shared: frozenset[str]  # addresses that the resolver gives for unrelated names
    perhaps_shared: frozenset[str]  # those that could turn out so if other records were left out
    explained: (
        bool  # elsewhere in the round the same question, answered in the same form, was told a fault as the reason
    )
    again: Again  # whether other questions for the name were left without an answer too
    networks: Networks
    network_decides: bool  # whether an address in a network of the controls' counts
    looked: frozenset[str]  # addresses of the answer's at which a certificate for the name was shown to this probe
    off_net: bool  # the resolver serves its own network only, and the vantage is elsewhere

    @property
    def form(self) -> Form:
        """The form of the answer."""
        return self.seen.form

    @property
    def addresses(self) -> frozenset[str]:
        """The addresses answered."""
        return self.seen.reading.addresses if self.seen.reading is not None else frozenset()

    @property
    def nobodys(self) -> frozenset[str]:
        """Those of the addresses at which no site can be."""
        return self.seen.reading.nobodys if self.seen.reading is not None else frozenset()

    @property
    def codes(self) -> frozenset[int]:
        """The info-codes of extended errors."""
        return self.seen.reading.codes if self.seen.reading is not None else frozenset()

    @property
    def faulty(self) -> bool:
        """Whether a fault is named as the reason: in the answer, or to the same question that could be told of it.

        A question without EDNS cannot be told what the same question with EDNS is told.
        """
        return self.explained or states_fault(self.seen)

    @property
    def stale(self) -> bool:
        """Whether the answer says that it comes from a cache past its time (RFC 8914 §4.4, §4.20)."""
        return bool(self.codes & _STALE)

    @property
    def withheld(self) -> bool:
        """Whether this is no answer that a user can follow to the site.

        What a statement is attached to is read before the statement: an extended error may stand on an honest answer.
        An endpoint that does not serve the name that always answers withholds nothing by refusing this one.
        """
        if self.form is Form.ADDRESS:
            if self.addresses & self.controls.given:
                return False
            return self.controls.alive or self.only_impossible
        if self.form not in {Form.NXDOMAIN, Form.NODATA, Form.REFUSED, Form.SERVFAIL, Form.ALIAS} or self.standing.ails:
            return False
        asked = self.standing.health is Health.OK or self.seen.verified
        return asked or self.form not in {Form.REFUSED, Form.SERVFAIL}

    @property
    def only_impossible(self) -> bool:
        """Whether every address is one at which no site can be, none of them what the controls or every name get."""
        excused = self.controls.excusing | self.standing.good | self._invented
        return bool(self.addresses) and self.nobodys == self.addresses and not self.addresses & excused

    @property
    def _invented(self) -> frozenset[str]:
        """What names that do not exist get too: no sign of a block where this one may not exist either."""
        return frozenset() if self.controls.alive else self.standing.invented

    @property
    def contradicted(self) -> bool:
        """Whether independent operators agree that the name lives, and the endpoint is fit to be compared with them."""
        return self.controls.alive and not self.standing.ails and not self.faulty

    @property
    def contradicted_by_silence(self) -> bool:
        """Whether silence or refusal can count: here, now, more than once, and for this name only."""
        return self.contradicted and self.again.counts and self.standing.health is Health.OK

    def states(self, code: int) -> bool:
        """Whether the answer withholds the name and says so itself by the info-code *code*.

        On an address it is read only where the controls all give the same ones: of a name with many addresses it may be
        an honest one, and the statement may have stayed on it from another answer. What the endpoint says of every name it
        denies says nothing of one.
        """
        if (
            code not in self.codes
            or not self.withheld
            or (self.form is not Form.ADDRESS and code in self.standing.stated)
        ):
            return False
        return self.form is not Form.ADDRESS or self.only_impossible or self.controls.steady

    @property
    def rewritten(self) -> bool:
        """Whether it withholds the name and shows the policy zone by which it does, as it does not for every name it denies."""
        reading = self.seen.reading
        return reading is not None and reading.soa_at == "additional" and self.withheld and not self.standing.rewritten

    @property
    def marked_as_ever(self) -> bool:
        """Whether it bears a mark of a block that the endpoint puts on its denial of a name that exists nowhere too."""
        reading = self.seen.reading
        if reading is None or self.form is Form.ADDRESS:
            return False
        return (
            bool(reading.codes & self.standing.stated)
            or (reading.soa_at == "additional" and self.standing.rewritten)
            or any(self.usual(one) and (one.here or one.fingerprint.kind == "soa") for one in self.matches)
        )

    @property
    def marked(self) -> bool:
        """Whether it bears any mark of a block that needs no controls, whether or not the mark counts here."""
        reading = self.seen.reading
        if reading is None:
            return False
        known = any(one.page or one.fingerprint.kind in {"cname", "soa"} for one in self.matches)
        said = bool(reading.codes & STATEMENTS) or reading.soa_at == "additional"
        return known or said or bool(self.nobodys) or self.known_refusal or self.documented or self.marked_as_ever

    @property
    def near(self) -> bool:
        """Whether every address is another than the controls', in a network where they find the name."""
        return self.elsewhere and self.networks.together(self.addresses, frozenset().union(*self.controls.fit))

    @property
    def vouched(self) -> bool:
        """Whether at every address a certificate for the name was shown, in this round and to this probe."""
        return bool(self.addresses) and self.addresses <= self.looked

    @property
    def unspoilt(self) -> bool:
        """Whether nothing keeps a sign that the site is at the address from counting."""
        spoilt = self.standing.ails or self.doubtful or bool(self.addresses & self.standing.invented)
        return self.form is Form.ADDRESS and self.controls.alive and not spoilt

    @property
    def led_away(self) -> bool:
        """Whether it answers addresses that no control gives, where the controls all give the same ones, by other aliases."""
        chain = self.seen.reading.cname_chain if self.seen.reading is not None else ()
        differs = self.elsewhere and self.controls.steady and not set(chain) & self.controls.aliases
        spared = self.addresses & (self.standing.invented | self.looked) or (self.network_decides and self.near)
        return self.contradicted and differs and not spared

    @property
    def elsewhere(self) -> bool:
        """Whether it answers addresses that no control gives."""
        return bool(self.addresses) and not self.addresses & self.controls.given

    @property
    def doubtful(self) -> bool:
        """Whether what makes an address look true is one operator's word, and without it the answer would show a block.

        An address that a control gives clears an answer of what else it carries. Where the controls could agree without
        it, it is held back: leaving out evidence must not turn open into blocked.
        """
        reading = self.seen.reading
        if reading is None or self.form is not Form.ADDRESS:
            return False
        if any(
            one.page or (one.fingerprint.kind == "cname" and one.fingerprint.polarity == BLOCK) for one in self.matches
        ):
            return True
        marked = (
            bool(self.codes & STATEMENTS)
            or reading.soa_at == "additional"
            or any(one.fingerprint.kind == "soa" for one in self.matches)
            or (self.controls.apex and bool(reading.cname_chain))
            or self.addresses <= self.perhaps_shared
        )
        return marked and self.controls.could_do_without(self.addresses)

    def impossible_how(self, how: How) -> bool:
        """Whether it answers only impossible addresses, the first kind of which is *how*."""
        return self.form is Form.ADDRESS and self.only_impossible and self.how is how

    @property
    def how(self) -> How | None:
        """By what answer the name is withheld, if it is."""
        if self.form is Form.ALIAS:
            return How.CNAME
        if self.form is not Form.ADDRESS:
            return _HOW_BY_FORM.get(self.form)
        kinds = {impossible(address) for address in self.nobodys}
        for how in (How.NULL_ADDRESS, How.LOOPBACK):
            if how in kinds:
                return how
        chain = self.seen.reading.cname_chain if self.seen.reading is not None else ()
        return How.CNAME if chain and not set(chain) & self.controls.aliases else How.ADDRESS

    def usual(self, found: Match) -> bool:
        """Whether the endpoint denies names that do not exist in the shape of *found* too: then the shape tells nothing."""
        return found.fingerprint.kind in {"rcode", "soa"} and found.fingerprint.id in self.standing.usual

    @property
    def label(self) -> Match | None:
        """The fingerprint that names a block best; what the line is known for names nothing that a certificate vouches for."""
        return next(
            (
                one
                for one in self.matches
                if one.fingerprint.polarity in {BLOCK, USER_FILTER}
                and (one.page or not (one.on_line and self.seen.verified))
                and not self.usual(one)
            ),
            None,
        )

    def fits(self, *kinds: str, polarity: str = BLOCK) -> bool:
        """Whether a fingerprint of one of *kinds* fits, and neither a control gives that value too nor every name gets it."""
        if self.addresses and self.addresses <= self._invented:
            return False
        return any(
            one.fingerprint.kind in kinds
            and one.fingerprint.polarity == polarity
            and one.value not in self.controls.excusing
            and f"{one.value}." not in self.controls.aliases
            and not self.usual(one)
            for one in self.matches
        )

    @property
    def stop_page(self) -> bool:
        """Whether it answers the address of a known stop page that neither the controls nor every name get."""
        common = self.controls.excusing | self.standing.good | self._invented
        return any(one.page and one.value not in common for one in self.matches)

    @property
    def known_refusal(self) -> bool:
        """Whether it is a refusal by which the operator says it blocks, over a channel that is the operator's for sure."""
        known = any(one.here and one.fingerprint.label == "google_court" for one in self.matches)
        return known and self.form is Form.REFUSED and self.seen.verified

    @property
    def documented(self) -> bool:
        """Whether rcode and flags are those by which the operator says it blocks."""
        return any(
            one.here and one.fingerprint.kind == "rcode" and one.fingerprint.also and not self.usual(one)
            for one in self.matches
        )

    @property
    def unlike_twin(self) -> bool:
        """Whether the unfiltered twin answers, or denies in the ordinary shape."""
        own = self.seen.reading
        return own is not None and any(
            other.reading is not None
            and (
                (other.form is Form.ADDRESS and not other.reading.nobodys)
                or (other.form is Form.NXDOMAIN and other.reading.ra and other.reading.soa_at == "authority")
            )
            for other in self.twin
            if other.verified or not self.seen.verified
        )
