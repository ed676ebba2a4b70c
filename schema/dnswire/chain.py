"""Follows an answer from the question's name, over aliases, to the records asked for (RFC 1034 §4.3.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct

from schema.dnswire.errors import DnsWireError
from schema.dnswire.message import Message, Question, Record
from schema.dnswire.rdata import ANY, CNAME, target

if TYPE_CHECKING:
    from schema.dnswire.names import Names


class Chain(Struct, frozen=True, gc=False):
    """Where an answer leads."""

    aliases: tuple[str, ...]  # the names that CNAMEs lead to, in order
    end: str | None  # the last name, the question's own where there is no alias; None without a question
    rrset: tuple[Record, ...]  # records of the asked type at the end
    broken: bool  # the last alias cannot be read


NOWHERE: Final = Chain((), None, (), broken=False)


def follow(message: Message, question: Question, names: Names) -> Chain:
    """Follow ANSWER in whatever order its records stand.

    A name that has records of the asked type is the end, even where an alias stands beside them. Of several aliases at
    one name the first counts; a loop ends where it closes. A question for CNAME or ANY is answered by the alias itself.
    """
    wanted, rdclass = question.rdtype, question.rdclass
    sets: dict[str, list[Record]] = {}
    aliases: dict[str, Record] = {}
    for record in message.answer:
        if record.rdclass != rdclass:
            continue
        if wanted in (record.rdtype, ANY):
            sets.setdefault(record.name, []).append(record)
        elif record.rdtype == CNAME:
            aliases.setdefault(record.name, record)
    chain: list[str] = []
    end = question.name
    broken = False
    while end not in sets and (alias := aliases.pop(end, None)) is not None:
        try:
            end = target(message.wire, alias, names)
        except DnsWireError:
            broken = True
            break
        chain.append(end)
    return Chain(tuple(chain), end, tuple(sets.get(end, ())), broken)
