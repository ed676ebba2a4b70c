"""What independent operators say of a name in the same round, over channels whose certificate vouches for them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

from collector.judge.seen import STATEMENTS, Form, states_fault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from collector.judge.seen import Seen

ENOUGH: Final = 2  # different operators that agree
_GIVING: Final = frozenset({Form.ADDRESS, Form.RECORDS})
_HEARD: Final = _GIVING | {Form.NXDOMAIN, Form.NODATA, Form.ALIAS}


class Controls(NamedTuple):
    """The controls' common word on one name and type."""

    alive: bool = False  # enough operators give addresses and none denies
    dead: bool = False  # enough say NXDOMAIN and none anything else
    nodata: bool = False  # enough deny and at least one says only that there is no such type
    disagree: bool = False
    fit: tuple[frozenset[str], ...] = ()  # the addresses of each operator that is fit and gives any
    vouching: tuple[frozenset[str], ...] = ()  # those of operators that are not themselves under test for the name
    answers: tuple[tuple[frozenset[str], ...], ...] = ()  # of each operator that gives any, fit or not, by question
    sure: frozenset[str] = frozenset()  # addresses without which too few could agree that the name lives
    given: frozenset[str] = frozenset()  # of all that were asked: an address they give too is no sign of a block
    aliases: frozenset[str] = frozenset()  # of those that agree that the name lives, or else of all that were asked
    apex: bool = False  # the name is the top of its zone, where no alias can stand (RFC 1034 §3.6.2)

    @property
    def missing(self) -> bool:
        """Whether too few answered."""
        return not (self.alive or self.dead or self.nodata or self.disagree)

    @property
    def steady(self) -> bool:
        """Whether all that are fit give the same addresses: only then do others contradict them."""
        return len(frozenset(self.fit)) == 1

    @property
    def excusing(self) -> frozenset[str]:
        """Addresses that are no sign of a block: where enough agree that the name lives, a filtered one's excuse nobody."""
        return frozenset().union(*self.fit) if self.alive else self.given

    def confirm(self, addresses: frozenset[str]) -> bool:
        """Whether one of *addresses* is given by an operator that shares one with another, or two operators give some.

        What an odd one out gives is its word alone: it may stand behind the same filter as the answer. Who is under test
        for the name confirms nothing: it may withhold the name by the very page.
        """
        giving = [given for given in self.vouching if given & addresses]
        return len(giving) >= ENOUGH or any(
            given & other for given in giving for other in self.vouching if other is not given
        )

    def could_do_without(self, addresses: frozenset[str]) -> bool:
        """Whether enough operators could agree that the name lives and none give *addresses*, were others left out.

        What is found by an address that one operator confirms must not turn round when that one is not heard.
        """
        return sum(any(not given & addresses for given in each) for each in self.answers) >= ENOUGH


def shows_block(seen: Seen) -> bool:
    """Whether an answer is a stop page's, cannot be or says of itself that it is none: whoever gives it is filtered."""
    if any(one.page or one.fingerprint.kind in {"cname", "soa"} for one in seen.matches):
        return True
    reading = seen.reading
    if reading is None:
        return False
    says_so = seen.form not in _GIVING and (bool(reading.codes & STATEMENTS) or reading.soa_at == "additional")
    return says_so or bool(reading.nobodys)


class _Word(NamedTuple):
    """What one operator says."""

    forms: frozenset[Form]  # but of answers that show a block
    answers: tuple[frozenset[str], ...]  # by question, but for those
    addresses: frozenset[str]
    aliases: frozenset[str]
    sound: bool  # nothing in it shows that the operator is itself filtered or failing
    unsure: bool  # nothing but that the name that always answers was left without an answer

    @classmethod
    def of(cls, cells: Iterable[Seen], is_unfit: Callable[[Seen], bool], is_lost: Callable[[Seen], bool]) -> _Word:
        """Put the *cells* of one operator together."""
        said = [(cell, cell.reading) for cell in cells if cell.reading is not None and cell.form in _HEARD]
        own = [(cell, reading) for cell, reading in said if not shows_block(cell)]
        clean = len(own) == len(said) and not any(cell.form not in _GIVING and states_fault(cell) for cell, _ in said)
        return cls(
            frozenset(cell.form for cell, _ in own),
            tuple(reading.addresses for cell, reading in own if cell.form in _GIVING),
            frozenset().union(*(reading.addresses for _, reading in said)),
            frozenset(name for _, reading in said for name in reading.cname_chain),
            clean and not any(is_unfit(cell) for cell, _ in said),
            clean and not any(is_unfit(cell) and not is_lost(cell) for cell, _ in said),
        )

    @property
    def lives(self) -> bool:
        """Whether it says that the name lives, and nothing else."""
        return self.sound and self.forms in ({Form.ADDRESS}, {Form.RECORDS})

    @property
    def denies(self) -> bool:
        """Whether it denies the name or the type, and nothing else, as far as is known."""
        return self.unsure and bool(self.forms) and not self.forms & _GIVING


def confer(
    answers: Mapping[str, Iterable[Seen]],
    *,
    under_test: frozenset[str],
    own: str,
    gone: frozenset[str],
    apex: bool,
    is_unfit: Callable[[Seen], bool],
    is_lost: Callable[[Seen], bool],
) -> Controls:
    """Put together what the operators (slugs) of *answers* say; those of *own*, the target's, do not count.

    An operator that is itself *under_test* for the name can show that the name lives, never that it does not, nor where:
    its denial, or its address, may be the block. One that contradicts itself, *is_unfit* or gives an impossible address says nothing; one that is so
    only because an answer *is_lost* says nothing either, but its denial keeps others from agreeing. So does that of one of
    the *gone*, which say, asked for another type, that the name does not exist: a cache may keep one type longer. One
    dissenter among the rest undoes the agreement, and so do as many as could agree on the contrary, were what makes them
    unfit not known; otherwise leaving out evidence could turn a verdict round.
    """
    words = {operator: _Word.of(cells, is_unfit, is_lost) for operator, cells in answers.items() if operator != own}
    able = {operator: word for operator, word in words.items() if operator not in under_test}
    alive = [word for operator, word in words.items() if word.lives and operator not in gone]
    denials = [word.forms for word in able.values() if word.denies and word.sound]
    nodata = any(forms != {Form.NXDOMAIN} for forms in denials)
    giving = tuple(word.answers for word in words.values() if word.answers)
    dissenters = {operator for operator, word in able.items() if word.denies} | gone - under_test - {own}
    could_deny = len(dissenters.union(operator for operator, word in able.items() if word.forms - _GIVING))
    contested = bool(alive and dissenters) or (len(giving) >= ENOUGH and could_deny >= ENOUGH)
    agreed = len(denials) >= ENOUGH and not contested
    lives = len(alive) >= ENOUGH and not contested
    return Controls(
        alive=lives,
        dead=agreed and not nodata,
        nodata=agreed and nodata,
        disagree=contested,
        fit=tuple(word.addresses for word in alive),
        vouching=tuple(word.addresses for operator, word in able.items() if word.lives and operator not in gone),
        answers=giving,
        sure=_sure(giving),
        given=frozenset().union(*(word.addresses for word in words.values())),
        aliases=frozenset().union(*(word.aliases for word in (alive if lives else words.values()))),
        apex=apex,
    )


def _sure(answers: tuple[tuple[frozenset[str], ...], ...]) -> frozenset[str]:
    """The addresses that all but too few operators give in every one of their answers."""
    always = Counter(address for each in answers for address in frozenset.intersection(*each))
    return frozenset(address for address, operators in always.items() if len(answers) - operators < ENOUGH)
