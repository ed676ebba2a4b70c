"""What other operators say of a name, put together for one operator under test at a time."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from collector.judge.controls import Controls, confer, shows_block
from collector.judge.facts import Facts, facts
from collector.judge.seen import Form, states_fault
from schema.words import Kind

if TYPE_CHECKING:
    from collector.judge.registered import Registered
    from collector.judge.seen import Seen


class Heard(NamedTuple):
    """What other operators say of a name."""

    name: str
    cells: tuple[Seen, ...]  # that ask controls
    ailing: tuple[bool, ...]  # whether the endpoint of each ails, or answers for names that do not exist
    losing: tuple[bool, ...]  # whether it ails only for want of an answer
    under_test: frozenset[str]  # operators (slugs) that are targets for the name
    apex: bool  # the name is the top of its zone


class Testimony:
    """*heard*, put together for one operator under test and one type at a time; to be compared by identity."""

    def __init__(self, heard: Heard, registered: Registered, bound: frozenset[str]) -> None:
        """Leave out the operators (slugs) that are *bound* by an order on the name."""
        self.heard = heard
        self.registered = registered
        self.bound = bound
        self._conferred: dict[tuple[str, str], Controls] = {}
        self.unfit = {
            seen
            for seen, ails in zip(heard.cells, heard.ailing, strict=True)
            if ails or any(one.page or one.fingerprint.kind == "cname" for one in seen.matches)
        }
        self._lost = {seen for seen, loses in zip(heard.cells, heard.losing, strict=True) if loses}
        self._answers: dict[str, dict[str, list[Seen]]] = {}
        for seen in heard.cells:
            place = seen.place
            operator = registered.operator(place.resolver)
            provider = registered.resolver(place.resolver).kind is Kind.ISP
            if seen.verified and operator not in bound and not provider:
                self._answers.setdefault(place.qtype, {}).setdefault(operator, []).append(seen)

    @cached_property
    def _operators(self) -> frozenset[str]:
        return frozenset().union(*self._answers.values())

    def _gone(self, qtype: str) -> frozenset[str]:
        """Operators that say of the name, asked for another type, that it does not exist (RFC 8020 §2)."""
        return frozenset(
            operator
            for other, by_operator in self._answers.items()
            for operator, cells in by_operator.items()
            if other != qtype
            and any(
                seen.form is Form.NXDOMAIN
                and not (shows_block(seen) or states_fault(seen) or (seen in self.unfit and seen not in self._lost))
                for seen in cells
            )
        )

    def controls(self, qtype: str, own: str) -> Controls:
        """What operators other than *own* (a slug) say, as far as they are fit to say it."""
        answers = self._answers.get(qtype, {})
        key = (qtype, own if own in self._operators else "")
        if key not in self._conferred:
            self._conferred[key] = confer(
                answers,
                under_test=self.heard.under_test,
                own=own,
                gone=self._gone(qtype),
                apex=self.heard.apex,
                is_unfit=self.unfit.__contains__,
                is_lost=self._lost.__contains__,
            )
        return self._conferred[key]

    @cached_property
    def troubled(self) -> bool:
        """Whether an operator that is not under test fails on the name and not on others: its servers are in trouble."""
        return any(
            seen.form is Form.SERVFAIL and seen not in self.unfit
            for by_operator in self._answers.values()
            for operator, cells in by_operator.items()
            if operator not in self.heard.under_test
            for seen in cells
        )

    @cached_property
    def facts(self) -> Facts:
        """What is known of the name itself, whichever resolver is judged."""
        return facts(lambda qtype: self.controls(qtype, ""), self.fit)

    def fit(self, qtype: str) -> dict[str, list[Seen]]:
        """The answers for one type by operator, without those of operators of which some are unfit."""
        return {
            operator: cells
            for operator, cells in self._answers.get(qtype, {}).items()
            if not any(seen in self.unfit or shows_block(seen) for seen in cells)
        }
