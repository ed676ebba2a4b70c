"""Why a name may be where an ordered site went: a closed list with weights as data, and what each says to people. Pure.

The weights say how much a person should want to look, nothing more: no number accepts a name. What each rests on stands
beside it; ADR 0036 says how they were chosen and what was left out.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final, Literal, NamedTuple, TypeAlias

from schema.codec import Wire

Language: TypeAlias = Literal["en", "it"]


class Ground(StrEnum):
    """What speaks for a name, or against it."""

    REDIRECT = "redirect"
    SAME_LABEL = "same_label"
    NAME_SERVERS = "name_servers"
    CONTACT = "contact"
    ADDRESS = "address"
    SEEN_CHANGE = "seen_change"
    CHANGE = "change"
    LISTED = "listed"
    ELSEWHERE = "elsewhere"


class Weight(NamedTuple):
    """What a ground is worth: *full*, or *part* where it says less; and on what that rests.

    It says less where a few unrelated names share the same, and of a label so short that strangers have it too.
    """

    full: int
    part: int
    source: str
    en: str
    it: str


WEIGHTS: Final[dict[Ground, Weight]] = {
    Ground.REDIRECT: Weight(
        60, 60, "RFC 9110 §10.2.2: the site itself names its next address",
        "{member} redirected to it: {value}",
        "{member} rinviava a questo nome: {value}",
    ),
    Ground.SAME_LABEL: Weight(
        40, 20, "order of the Tribunale di Milano of 19 December 2024: the same second-level name under another TLD, on notice",
        "the same label {value} as {member}, under another suffix",
        "la stessa etichetta {value} di {member}, con altro suffisso",
    ),
    Ground.NAME_SERVERS: Weight(
        40, 15, "ADR 0036: whoever runs a name server of their own uses it for their own names",
        "the name server {value}, as {member}; used by {others} unrelated names that are known here",
        "il name server {value}, come {member}; usato da {others} nomi estranei qui noti",
    ),
    Ground.CONTACT: Weight(
        30, 15, "RFC 1035 §3.3.13: the mailbox of who is responsible for the zone",
        "the SOA contact {value}, as {member}; used by {others} unrelated names that are known here",
        "il contatto SOA {value}, come {member}; usato da {others} nomi estranei qui noti",
    ),
    Ground.ADDRESS: Weight(
        30, 15, "ADR 0036: an address that few names share is one machine",
        "the address {value}, as {member}; used by {others} unrelated names that are known here",
        "l'indirizzo {value}, come {member}; usato da {others} nomi estranei qui noti",
    ),
    Ground.SEEN_CHANGE: Weight(
        30, 30, "ADR 0036: whoever moved by that change before may do so again",
        "the label differs from that of {member} by a change seen before between two names of one site: {value}",
        "l'etichetta differisce da quella di {member} per una variazione già vista fra due nomi di uno stesso sito: {value}",
    ),
    Ground.CHANGE: Weight(
        20, 20, "L. 93/2023 art. 2(2), by analogy: variations of the name",
        "the label differs from that of {member} by one small change: {value}",
        "l'etichetta differisce da quella di {member} per una piccola variazione: {value}",
    ),
    Ground.LISTED: Weight(
        10, 10, "the imported list itself; alone it ties a name to no site",
        "it stands in the list under {value}",
        "compare nell'elenco di {value}",
    ),
    Ground.ELSEWHERE: Weight(
        -10, -10, "ADR 0036: sites of one name that stand side by side on servers of their own may be two sites",
        "against: it stands on other servers ({value}) while {member} is alive on its own",
        "contro: sta su altri server ({value}) mentre {member} è attivo sui propri",
    ),
}  # fmt: skip

#: From this score a name is queued for a person to look at: one ground that stands alone, or two that do not.
QUEUE_FROM: Final = 30
#: What so many unrelated names share ties names together in part; what more share does not.
FEW: Final = 5
#: What brings a name back that was rejected. A list that names it later says nothing new of whose it is.
TYING: Final = frozenset(Ground) - {Ground.LISTED, Ground.ELSEWHERE}


class Reason(Wire, frozen=True, omit_defaults=False):
    """One ground for one name: what is shared, with which name of the site, how many others share it, what it weighs."""

    ground: Ground
    value: str
    member: str
    others: int
    weight: int
    witness: str = ""  # digest of the record that shows it, where there is one

    @property
    def key(self) -> tuple[Ground, str]:
        """What must differ for a ground to be a new one."""
        return self.ground, self.value

    def said(self, language: Language) -> str:
        """In words."""
        weight = WEIGHTS[self.ground]
        text = weight.en if language == "en" else weight.it
        return text.format(value=self.value, member=self.member.rstrip("."), others=self.others)


def reason(
    ground: Ground, value: str, member: str, *, others: int = 0, less: bool = False, witness: str = ""
) -> Reason | None:
    """The ground at its weight, *less* of it or all; None where too many unrelated names (*others*) share it."""
    if others > FEW:
        return None
    weight = WEIGHTS[ground]
    return Reason(ground, value, member, others, weight.part if others or less else weight.full, witness)
