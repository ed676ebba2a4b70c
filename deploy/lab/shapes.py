"""The shapes of a scenario file (DESIGN section 8), as they are once read: closed, immutable, defaults filled in.

Times: rounds count from 1, `to_round` is included, None is for ever. Names are canonical (A-labels, lower case, final
dot), addresses in their shortest form. Beyond section 8, a `[[name]]` may have `from_round` and `to_round`, so that a
name can die or be born: outside all its rounds it does not exist. `name_servers` are its zone's, `soa` is the primary and
the mailbox of its SOA; without them no server is told, and the SOA is `ns1` and `hostmaster` below the zone. What its site answers over HTTPS is `https_status` and
`https_location`, in `https_countries` (all by default; elsewhere 200); a `[[vantage]]` that `measures` asks it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from schema.words import Kind, Transport

Round = Annotated[int, Meta(ge=1)]
Asn = Annotated[int, Meta(ge=0, le=2**32 - 1)]
Identifier = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9._-]{0,62}$")]
Country = Annotated[str, Meta(pattern=r"^[A-Z]{2}$")]


class ReplyKind(StrEnum):
    """What a scripted resolver does with a question."""

    TRUTH = "truth"
    NXDOMAIN = "nxdomain"
    NODATA = "nodata"
    REFUSED = "refused"
    SERVFAIL = "servfail"
    TIMEOUT = "timeout"
    ADDRESS = "address"
    CNAME = "cname"
    GARBAGE = "garbage"
    TRUNCATED = "truncated"


class Mode(StrEnum):
    """What a device on the path does with a question to somebody else."""

    REPLACE = "replace"
    DROP = "drop"
    INJECT = "inject"


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A table of the file; keys that are not its own are refused."""


class Clock(_Table, frozen=True):
    """The lab's own clock."""

    starts_at: Annotated[datetime, Meta(tz=True)]
    step_s: Annotated[float, Meta(gt=0)] = 86400.0

    def at(self, round_number: int) -> datetime:
        """When round *round_number* starts."""
        return self.starts_at + timedelta(seconds=self.step_s * (round_number - 1))


class Name(_Table, frozen=True):
    """What the authoritative servers say of a name; no addresses: it does not exist."""

    name: str
    addresses: tuple[str, ...] = ()
    signed: bool = False
    name_servers: tuple[str, ...] = ()
    soa: Annotated[str, Meta(pattern="^([!-~]+ [!-~]+)?$")] = ""
    https_status: Annotated[int, Meta(ge=200, le=599)] = 200
    https_location: Annotated[str, Meta(max_length=1000, pattern="^[!-~]*$")] = ""
    https_countries: tuple[Country, ...] = ()
    from_round: Round = 1
    to_round: Round | None = None

    def covers(self, round_number: int) -> bool:
        """Whether this entry speaks of *round_number*."""
        return self.from_round <= round_number <= (self.to_round or round_number)


class Ede(_Table, frozen=True):
    """An extended DNS error (RFC 8914): info-code and extra text."""

    code: Annotated[int, Meta(ge=0, le=65535)]
    text: str = ""


class Answer(_Table, frozen=True):
    """A rule of a resolver; the first that matches decides."""

    names: Annotated[tuple[str, ...], Meta(min_length=1)]
    reply: ReplyKind
    types: tuple[str, ...] = ()
    from_round: Round = 1
    to_round: Round | None = None
    addresses: tuple[str, ...] = ()
    target: str = ""
    soa: bool = True
    ra: bool = True
    aa: bool = False
    ttl: Annotated[int, Meta(ge=0, le=2**31 - 1)] = 300
    ede: tuple[Ede, ...] = ()
    transports: tuple[Transport, ...] = ()
    at: tuple[str, ...] = ()
    countries: tuple[Country, ...] = ()
    dnssec_ok: bool = True
    share: Annotated[float, Meta(ge=0, le=1)] = 1.0
    delay_ms: Annotated[int, Meta(ge=0, le=600_000)] = 0

    def covers(self, round_number: int) -> bool:
        """Whether the rule holds in *round_number*."""
        return self.from_round <= round_number <= (self.to_round or round_number)


class Resolver(_Table, frozen=True, rename={"answers": "answer"}):
    """A recursive service of the scripted world."""

    id: Identifier
    address: str
    operator: str = ""
    kind: Kind = Kind.PUBLIC
    asn: Asn | tuple[Asn, ...] = ()
    more_addresses: tuple[str, ...] = ()
    transports: tuple[Transport, ...] = ()
    identity: Annotated[str, Meta(max_length=255)] = ""
    on_net_only: bool = False
    answers: tuple[Answer, ...] = ()

    @property
    def asns(self) -> tuple[int, ...]:
        """The operator's networks."""
        return self.asn if isinstance(self.asn, tuple) else (self.asn,)

    @property
    def addresses(self) -> tuple[str, ...]:
        """All addresses, the main one first."""
        return (self.address, *self.more_addresses)


class Intercept(_Table, frozen=True, rename={"speaks_as": "as"}):
    """A device on the path between a vantage and a resolver."""

    resolver: str
    transports: Annotated[tuple[Transport, ...], Meta(min_length=1)] = (Transport.UDP, Transport.TCP)
    speaks_as: str = ""
    mode: Mode = Mode.REPLACE


class Vantage(_Table, frozen=True, rename={"intercepts": "intercept"}):
    """A network place the lab's probes measure from."""

    id: Identifier
    asn: Asn = 0
    operator: str = ""
    country: Country = "IT"
    custodian: str = ""
    measures: bool = False
    offline_rounds: tuple[Round, ...] = ()
    intercepts: tuple[Intercept, ...] = ()


class File(
    _Table, frozen=True, rename={"names": "name", "resolvers": "resolver", "vantages": "vantage", "orders": "order"}
):
    """What a file may say; `orders` are tables as TOML has them, for the reader of orders (`schema.order`)."""

    title: str = ""
    clock: Clock | None = None
    names: tuple[Name, ...] = ()
    resolvers: tuple[Resolver, ...] = ()
    vantages: tuple[Vantage, ...] = ()
    orders: tuple[dict[str, Any], ...] = ()


class Scenario(File, frozen=True, kw_only=True):
    """The whole scripted world; `digest` is the hex SHA-256 of the file's bytes."""

    digest: str

    @property
    def invented(self) -> bool:
        """True: what a scripted world says was written by a person, never measured."""
        return True

    @property
    def asked(self) -> tuple[str, ...]:
        """Every name once, in the file's order."""
        return tuple(dict.fromkeys(name.name for name in self.names))

    def resolver(self, identifier: str) -> Resolver:
        """The resolver with this id.

        Raises:
            KeyError: there is none.
        """
        return {resolver.id: resolver for resolver in self.resolvers}[identifier]

    def vantage(self, identifier: str) -> Vantage:
        """The vantage with this id.

        Raises:
            KeyError: there is none.
        """
        return {vantage.id: vantage for vantage in self.vantages}[identifier]
