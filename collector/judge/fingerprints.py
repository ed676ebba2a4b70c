"""Recognises answers that are known to be block pages or traces of a policy: by address and network, within their dates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from collector.judge.addresses import impossible

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from schema.dnswire import Reading
    from schema.policy import Fingerprint
    from schema.registry import Resolver

_RCODES: Final = {"NOERROR": 0, "SERVFAIL": 2, "NXDOMAIN": 3, "REFUSED": 5}
ANY_IMPOSSIBLE: Final = "bogon"  # as the value of kind a or aaaa: any address at which no site can be
BLOCK, NOT_BLOCK, USER_FILTER = "block", "not_block", "user_filter"
PARKED = "parked"  # not a block: a parking service's address or name server
_SPEAKING: Final = frozenset({"a", "aaaa", "cname", "ns"})  # a value of these kinds is somebody's own
_OTHER_AUTHORITIES: Final = frozenset({"gambling", "tobacco", "child_abuse", "insurance", "own_filter"})


class Match(NamedTuple):
    """A fingerprint that fits an answer."""

    fingerprint: Fingerprint
    value: str  # the address or name by which it fits; empty where the answer has none
    here: bool  # it names networks, and the resolver's is one of them
    on_line: bool  # it names networks, and the vantage's is one of them

    @property
    def page(self) -> bool:
        """Whether it is the address of somebody's stop page, which shows a block wherever it is seen."""
        kind, polarity = self.fingerprint.kind, self.fingerprint.polarity
        return kind in {"a", "aaaa"} and polarity == BLOCK and not impossible_value((kind, self.value))


def other_authority(fingerprint: Fingerprint) -> bool:
    """Whether the list behind *fingerprint* is none that a copyright order fills."""
    return set(fingerprint.basis.split(";")) <= _OTHER_AUTHORITIES


class Fingerprints:
    """The fingerprints of a policy, to be held against answers."""

    def __init__(self, known: Iterable[Fingerprint]) -> None:
        """Sort *known* by what they key on."""
        index: dict[tuple[str, str], list[Fingerprint]] = {}
        for one in known:
            value = one.value if one.kind not in {"cname", "soa", "ns"} else one.value.lower()
            key = (one.kind, str(_RCODES.get(value, value)) if one.kind == "rcode" else value.removesuffix("."))
            index.setdefault(key, []).append(one)
        self._index = index
        #: Addresses that were once taken for stop pages and are none.
        self.spared = frozenset(one.value for one in known if one.polarity == NOT_BLOCK and one.kind in {"a", "aaaa"})

    def match(self, reading: Reading, seen_on: datetime, resolver: Resolver, line_asn: int) -> tuple[Match, ...]:
        """Those that fit *reading* on the day of *seen_on*, first those that name the network, then those with more conditions.

        One whose value says little alone (an rcode, a loopback address) fits only on the networks it names.
        """
        keyed = [(key, one) for key in _keys(reading) if key in self._index for one in self._index[key]]
        if not keyed:
            return ()
        day = seen_on.date().isoformat()
        found = []
        for key, fingerprint in keyed:
            if not (fingerprint.valid_from or day) <= day <= (fingerprint.valid_to or day):
                continue
            here = bool(set(fingerprint.asns) & set(resolver.asns))
            on_line = line_asn in fingerprint.asns and not here and key[0] != "rcode"
            speaks_alone = not fingerprint.asns or (key[0] in _SPEAKING and not impossible_value(key))
            if (here or on_line or speaks_alone) and _fits(fingerprint, reading, resolver):
                found.append(Match(fingerprint, key[1], here, on_line))
        return tuple(sorted(found, key=lambda one: (not one.here, not one.on_line, not one.fingerprint.also)))


def impossible_value(key: tuple[str, str]) -> bool:
    """Whether the value of a key is an address at which no site can be."""
    return key[0] in {"a", "aaaa"} and (key[1] == ANY_IMPOSSIBLE or impossible(key[1]) is not None)


def _keys(reading: Reading) -> list[tuple[str, str]]:
    keys: list[tuple[str, str]] = []
    for address in reading.addresses:
        kind = "aaaa" if ":" in address else "a"
        keys.append((kind, address))
        if impossible(address):
            keys.append((kind, ANY_IMPOSSIBLE))
    keys += [("cname", name.removesuffix(".")) for name in reading.cname_chain]
    for name in reading.name_servers:  # a service's name stands for all beneath it
        labels = name.removesuffix(".").split(".")
        keys += [("ns", ".".join(labels[start:])) for start in range(len(labels))]
    if reading.rcode in {3, 5}:  # the rest say nothing alone
        keys.append(("rcode", str(reading.rcode)))
    if reading.soa is not None:
        keys.append(("soa", f"{reading.soa.mname} {reading.soa.rname} {reading.soa.serial}"))
    return keys


def _fits(fingerprint: Fingerprint, reading: Reading, resolver: Resolver) -> bool:
    return all(_holds(*condition.partition("=")[::2], reading, resolver) for condition in fingerprint.also)


def _holds(key: str, value: str, reading: Reading, resolver: Resolver) -> bool:  # noqa: PLR0911 - one condition a line
    match key:
        case "ttl":
            return str(reading.min_ttl) == value
        case "aa":
            return reading.aa == (value == "1")
        case "ra":
            return reading.ra == (value == "1")
        case "authority_count":
            return str(reading.authority_count) == value
        case "rcode":
            return str(reading.rcode) == str(_RCODES.get(value, value))
        case "ede":
            return any(str(code) == value for code, _ in reading.ede)
        case "minimum":
            return reading.soa is not None and str(reading.soa.minimum) == value
        case "soa":
            return reading.soa is not None and f"{reading.soa.mname} {reading.soa.rname}" == value
        case "kind":
            return resolver.kind.value == value
        case _:  # a condition that cannot be tested is not met
            return False
