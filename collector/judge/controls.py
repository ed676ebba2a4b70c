"""What independent operators say of a name in the same round, over channels whose certificate vouches for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from collector.judge.addresses import impossible
from collector.judge.seen import Form

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from collector.judge.seen import Seen

ENOUGH: Final = 2  # different operators that agree


class Controls(NamedTuple):
    """The controls' common word on one name and type."""

    alive: bool = False  # enough operators give addresses and none denies
    dead: bool = False  # enough say NXDOMAIN and none anything else
    nodata: bool = False  # enough deny and at least one says only that there is no such type
    disagree: bool = False
    addresses: frozenset[str] = frozenset()  # of all that are fit
    given: frozenset[str] = frozenset()  # of all that were asked: an address they give too is no sign of a block
    aliases: frozenset[str] = frozenset()
    apex: bool = False  # the name is the top of its zone, where no alias can stand (RFC 1034 §3.6.2)

    @property
    def missing(self) -> bool:
        """Whether too few answered."""
        return not (self.alive or self.dead or self.nodata or self.disagree)


def confer(
    answers: Mapping[str, Iterable[Seen]],
    *,
    under_test: frozenset[str],
    own: str,
    apex: bool,
    is_unfit: Callable[[Seen], bool],
) -> Controls:
    """Put together what the operators (slugs) of *answers* say; those of *own*, the target's, do not count.

    An operator that is itself *under_test* for the name can show that the name lives, never that it does not: its denial
    may be the block. One that contradicts itself, *is_unfit* or gives an impossible address says nothing. One dissenter
    among the rest undoes the agreement; otherwise leaving out evidence could turn a verdict round.
    """
    alive = dead = nodata = 0
    addresses: set[str] = set()
    given: set[str] = set()
    aliases: set[str] = set()
    for operator, cells in answers.items():
        if operator == own:
            continue
        forms: set[Form] = set()
        said: set[str] = set()
        unfit = False
        for cell in cells:
            reading = cell.reading
            if reading is None or cell.form not in {Form.ADDRESS, Form.RECORDS, Form.NXDOMAIN, Form.NODATA, Form.ALIAS}:
                continue
            forms.add(cell.form)
            said.update(reading.addresses)
            aliases.update(reading.cname_chain)
            unfit = unfit or is_unfit(cell)
        given |= said
        if unfit or any(impossible(address) for address in said):
            continue
        if forms in ({Form.ADDRESS}, {Form.RECORDS}):
            alive += 1
            addresses |= said
        elif forms and not forms & {Form.ADDRESS, Form.RECORDS} and operator not in under_test:
            dead += forms == {Form.NXDOMAIN}
            nodata += forms != {Form.NXDOMAIN}
    denials = dead + nodata
    return Controls(
        alive=alive >= ENOUGH and not denials,
        dead=dead >= ENOUGH and not alive and not nodata,
        nodata=denials >= ENOUGH and not alive and bool(nodata),
        disagree=bool(alive and denials),
        addresses=frozenset(addresses),
        given=frozenset(given),
        aliases=frozenset(aliases),
        apex=apex,
    )
