"""The versioned floor of evidence, hysteresis, rules, fingerprints and registry that a plan names by digest."""

from __future__ import annotations

from hashlib import sha256

from schema.codec import Instant, Whole, Wire, encode, reader
from schema.registry import Network, Resolver

VERSION = 1


class Fingerprint(Wire, frozen=True):
    """An answer known to be a block page or a policy's trace, with the dates between which it was seen so.

    `kind` is one of a, aaaa, cname, rcode, soa, ns (a name server, or all beneath a name); `also` holds further conditions
    as `key=value`; `polarity` is block, not_block, user_filter or parked; dates are ISO, empty when open; `asns` empty
    means any network.
    """

    id: str
    label: str
    kind: str
    value: str
    also: tuple[str, ...] = ()
    asns: tuple[Whole, ...] = ()
    polarity: str = "block"
    basis: str = ""
    valid_from: str = ""
    valid_to: str = ""
    source: str = ""


class Bound(Wire, frozen=True):
    """Operators (slugs) that an order obliges for these names: they are no controls for them. `due_at`: from when, if known."""

    names: tuple[str, ...]
    operators: tuple[str, ...]
    due_at: Instant | None = None


class Policy(Wire, frozen=True):
    """Everything that tunes a judgement; nothing else does.

    `floor_networks`: networks that must decide. `floor_on_net`: vantages inside an access provider's own network.
    `lone_dissent_from`: from so many networks on, one in that many may dissent. `confirm` of `window` samples change a
    state. `fresh_s`: how long a status stands without a supporting sample. `territory`: country whose networks count.
    `network_decides`: whether an address in a network where independent operators find the name counts as open. `cache_s`:
    how long a cache may keep what it was told before an order fell due. `sweep`: the plan goes through long lists in
    rotation, one question to each resolver and name; its samples say so and count no day.
    """

    v: Whole = VERSION
    floor_networks: Whole = 2
    floor_on_net: Whole = 1
    lone_dissent_from: Whole = 5
    confirm: Whole = 2
    window: Whole = 3
    fresh_s: Whole = 3 * 86400
    territory: str = "IT"
    indicative: bool = False
    rules: tuple[str, ...] = ()
    fingerprints: tuple[Fingerprint, ...] = ()
    resolvers: tuple[Resolver, ...] = ()
    bound: tuple[Bound, ...] = ()
    networks: tuple[Network, ...] = ()
    network_decides: bool = False
    cache_s: Whole = 86400
    sweep: bool = False


read_policy = reader(Policy, "policy")


def policy_digest(policy: Policy) -> str:
    """Hex SHA-256 of the policy's bytes."""
    return sha256(encode(policy)).hexdigest()
