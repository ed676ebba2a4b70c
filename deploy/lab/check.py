"""What types alone cannot hold of a scenario: names, addresses and ids that must be such, once, and somewhere."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING

import dns.rdatatype
from dns.exception import DNSException
from msgspec.structs import replace

from deploy.lab.defaults import DOCUMENTATION_ASN, TRANSPORTS, controls
from deploy.lab.shapes import Answer, File, Intercept, Mode, Name, ReplyKind, Resolver, Vantage
from schema.errors import FormatError
from schema.names import canonical
from schema.toml import did_you_mean
from schema.words import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from schema.toml import Path

EVERY_NAME = "*"


class Trouble(Exception):  # noqa: N818 - not an error of its own: the reader of the file turns it into one with a line
    """What is wrong at a path of the file, and what to do."""

    def __init__(self, path: Path, problem: str, remedy: str) -> None:
        """Keep all three."""
        super().__init__(problem)
        self.path = path
        self.problem = problem
        self.remedy = remedy


def checked(file: File) -> File:
    """*file* with everything in canonical form and filled in.

    Raises:
        Trouble: the first thing that cannot be.
    """
    names = tuple(_name(name, ("name", number)) for number, name in enumerate(file.names))
    _refuse_overlaps(names)
    resolvers = tuple(_resolver(each, ("resolver", number)) for number, each in enumerate(file.resolvers))
    _once((resolver.id for resolver in resolvers), "resolver", "id")
    _refuse_shared_addresses(resolvers)
    _once((vantage.id for vantage in file.vantages), "vantage", "id")
    if not any(resolver.kind is Kind.CONTROL for resolver in resolvers):
        resolvers += controls(resolvers)
    known = [resolver.id for resolver in resolvers]
    vantages = tuple(_vantage(each, number, known) for number, each in enumerate(file.vantages))
    return replace(
        file,
        names=names,
        resolvers=resolvers,
        vantages=vantages or (Vantage(id="lab-01", asn=DOCUMENTATION_ASN),),
    )


def _name(name: Name, path: Path) -> Name:
    _rounds_in_order(name, path)
    addresses = _addresses(name.addresses, (*path, "addresses"))
    servers = tuple(_canonical(one, (*path, "name_servers", i)) for i, one in enumerate(name.name_servers))
    soa = " ".join(_canonical(one, (*path, "soa")) for one in name.soa.split())
    return replace(
        name, name=_canonical(name.name, (*path, "name")), addresses=addresses, name_servers=servers, soa=soa
    )


def _refuse_overlaps(names: tuple[Name, ...]) -> None:
    for number, name in enumerate(names):
        for other in names[:number]:
            later = max(name.from_round, other.from_round)
            if name.name == other.name and name.covers(later) and other.covers(later):
                raise Trouble(
                    ("name", number, "name"),
                    f"{name.name} has an entry already",
                    "Keep one, or give both from_round and to_round that do not overlap.",
                )


def _resolver(resolver: Resolver, path: Path) -> Resolver:
    address = _addresses((resolver.address,), (*path, "address"))[0]
    more = _addresses(resolver.more_addresses, (*path, "more_addresses"))
    if len({address, *more}) <= len(more):
        raise Trouble((*path, "more_addresses"), "an address stands here twice", "Write each address once.")
    resolver = replace(
        resolver,
        address=address,
        more_addresses=more,
        operator=resolver.operator or resolver.id,
        transports=tuple(dict.fromkeys(resolver.transports)) or TRANSPORTS[resolver.kind],
    )
    answers = (_answer(each, resolver, (*path, "answer", number)) for number, each in enumerate(resolver.answers))
    return replace(resolver, answers=tuple(answers))


def _answer(answer: Answer, resolver: Resolver, path: Path) -> Answer:
    _rounds_in_order(answer, path)
    for number, mnemonic in enumerate(answer.types):
        try:
            dns.rdatatype.from_text(mnemonic)
        except (DNSException, ValueError) as error:
            raise Trouble(
                (*path, "types", number), f"`{mnemonic}` is not a record type", "Write it as A, AAAA, TXT or TYPE65."
            ) from error
    at = _addresses(answer.at, (*path, "at"))
    for number, address in enumerate(at):
        if address not in resolver.addresses:
            raise Trouble(
                (*path, "at", number),
                f"{address} is not an address of {resolver.id}",
                f"It has: {', '.join(resolver.addresses)}.",
            )
    if answer.reply is ReplyKind.ADDRESS and not answer.addresses:
        raise Trouble((*path, "addresses"), "missing", "Say which addresses the reply `address` gives.")
    if answer.reply is ReplyKind.CNAME and not answer.target:
        raise Trouble((*path, "target"), "missing", "Say which name the reply `cname` points to.")
    names = (
        name if name == EVERY_NAME else _canonical(name, (*path, "names", number))
        for number, name in enumerate(answer.names)
    )
    return replace(
        answer,
        names=tuple(names),
        types=tuple(mnemonic.upper() for mnemonic in answer.types),
        addresses=_addresses(answer.addresses, (*path, "addresses")),
        target=_canonical(answer.target, (*path, "target")) if answer.target else "",
        at=at,
    )


def _vantage(vantage: Vantage, number: int, resolvers: list[str]) -> Vantage:
    for place, intercept in enumerate(vantage.intercepts):
        _intercept(intercept, ("vantage", number, "intercept", place), resolvers)
    return replace(vantage, asn=vantage.asn or DOCUMENTATION_ASN + number)


def _intercept(intercept: Intercept, path: Path, resolvers: list[str]) -> None:
    _among(intercept.resolver, resolvers, (*path, "resolver"))
    if intercept.speaks_as:
        _among(intercept.speaks_as, resolvers, (*path, "as"))
    elif intercept.mode is not Mode.DROP:
        raise Trouble((*path, "as"), "missing", f"Say as which resolver the device answers: {', '.join(resolvers)}.")


def _among(identifier: str, known: list[str], path: Path) -> None:
    if identifier not in known:
        raise Trouble(path, f"there is no resolver {identifier!r}", did_you_mean(identifier, known))


def _rounds_in_order(entry: Name | Answer, path: Path) -> None:
    if entry.to_round is not None and entry.to_round < entry.from_round:
        raise Trouble(
            (*path, "to_round"),
            f"round {entry.to_round} is before from_round {entry.from_round}",
            "The last round is included; leave to_round out for no end.",
        )


def _addresses(texts: Iterable[str], path: Path) -> tuple[str, ...]:
    return tuple(_each(texts, path, lambda text: str(ip_address(text)), "is not an IP address"))


def _each(texts: Iterable[str], path: Path, read: Callable[[str], str], problem: str) -> Iterable[str]:
    for number, text in enumerate(texts):
        try:
            yield read(text)
        except ValueError as error:
            raise Trouble((*path, number), f"`{text}` {problem}", "Write 192.0.2.1 or 2001:db8::1.") from error


def _canonical(name: str, path: Path) -> str:
    try:
        return canonical(name)
    except FormatError as error:
        raise Trouble(path, str(error), error.remedy or "Write it as letters, digits and hyphens.") from error


def _once(identifiers: Iterable[str], table: str, key: str) -> None:
    seen: set[str] = set()
    for number, identifier in enumerate(identifiers):
        if identifier in seen:
            raise Trouble((table, number, key), f"there is another {table} `{identifier}`", "Give each its own id.")
        seen.add(identifier)


def _refuse_shared_addresses(resolvers: tuple[Resolver, ...]) -> None:
    owners: dict[str, str] = {}
    for number, resolver in enumerate(resolvers):
        for address in resolver.addresses:
            if address in owners:
                raise Trouble(
                    ("resolver", number, "address"),
                    f"{address} is an address of {owners[address]} already",
                    "Records name resolvers by address: give each its own.",
                )
            owners[address] = resolver.id
