"""BIND: policies by a response policy zone; a refusal by a zone of its own that nobody may query."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from deploy.lab.real import rpz
from deploy.lab.real.policies import Policy, Rule
from deploy.lab.real.programs import Program
from deploy.lab.real.zones import root_hints, root_key

if TYPE_CHECKING:
    from deploy.lab.real.keys import Keys
    from deploy.lab.real.places import Place

COMMAND: Final = "named"
# `break-dnssec no` and `qname-wait-recurse yes` are BIND's defaults, and what most of its operators have.
_CONF: Final = """options {{
    directory ".";
    pid-file none;
    session-keyfile none;
    listen-on port 53 {{ {address}; }};
    listen-on port 853 tls lab {{ {address}; }};
    listen-on port 443 tls lab http lab {{ {address}; }};
    listen-on-v6 {{ none; }};
    query-source address {address};
    recursion yes;
    allow-query {{ any; }};
    allow-query-cache {{ any; }};
    allow-recursion {{ any; }};
    tcp-clients 1000;
    http-listener-clients 1000;
    http-streams-per-connection 1000;
    dnssec-validation yes;
    server-id "{identity}";
    response-policy {{ zone "{zone}"; }};
}};
controls {{ }};
tls lab {{ cert-file "{certificate}"; key-file "{key}"; }};
http lab {{ endpoints {{ "/dns-query"; }}; }};
trust-anchors {{ . static-key {trust_anchor}; }};
zone "." {{ type hint; file "root.hints"; }};
zone "{zone}" {{ type primary; file "policy.zone"; allow-query {{ none; }}; }};
"""
_REFUSED: Final = 'zone "{name}" {{ type primary; file "refused.zone"; allow-query {{ none; }}; }};\n'
_REFUSED_ZONE: Final = "$TTL 300\n@ SOA localhost. hostmaster.localhost. 1 7200 3600 1209600 300\n@ NS localhost.\n"


def program(place: Place, keys: Keys, rules: tuple[Rule, ...]) -> Program:
    """BIND at *place*, following *rules*."""
    flags, protocol, algorithm, *key = root_key().split()
    refused = "".join(_REFUSED.format(name=rule.name) for rule in rules if rule.policy is Policy.REFUSED)
    conf = _CONF.format(
        address=place.address,
        identity=place.identity,
        zone=rpz.ZONE,
        certificate=keys.certificate,
        key=keys.key,
        trust_anchor=f'{flags} {protocol} {algorithm} "{"".join(key)}"',
    )
    files = {
        "named.conf": conf + refused,
        "root.hints": root_hints(),
        "policy.zone": rpz.zone(rules),
        "refused.zone": _REFUSED_ZONE,
    }
    return Program("bind", (COMMAND, "-g", "-c", "named.conf"), files, asked=(place.address,))
