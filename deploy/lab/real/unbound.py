"""Unbound: policies by a response policy zone and, for what that cannot say, by `local-zone`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from deploy.lab.real import rpz
from deploy.lab.real.policies import Policy, Rule
from deploy.lab.real.programs import Program
from deploy.lab.real.zones import root_hints, root_key

if TYPE_CHECKING:
    from deploy.lab.real.keys import Keys

COMMAND: Final = "unbound"
_CONF: Final = """server:
    username: ""
    chroot: ""
    directory: "."
    pidfile: ""
    use-syslog: no
    logfile: ""
    num-threads: 1
    incoming-num-tcp: 200
    do-ip6: no
{interfaces}
    access-control: 0.0.0.0/0 allow
    outgoing-interface: {egress}
    root-hints: "root.hints"
    trust-anchor-file: "root.key"
    module-config: "respip validator iterator"
    tls-service-pem: "{certificate}"
    tls-service-key: "{key}"
    tls-port: 853
    https-port: 443
    http-endpoint: "/dns-query"
    identity: "{identity}"
    nsid: "ascii_{identity}"
    ede: yes
{local_zones}
remote-control:
    control-enable: no
"""
_RPZ: Final = """rpz:
    name: "{zone}"
    zonefile: "policy.zone"
"""


class Instance(NamedTuple):
    """One Unbound: its name, where it listens, the address it asks by, and what it says it is."""

    name: str
    listens: tuple[str, ...]
    egress: str
    identity: str


def program(at: Instance, keys: Keys, rules: tuple[Rule, ...] = ()) -> Program:
    """An instance that follows *rules*; without rules an honest one."""
    refused = [f'    local-zone: "{rule.name}" always_refuse\n' for rule in rules if rule.policy is Policy.REFUSED]
    conf = _CONF.format(
        interfaces="".join(f"    interface: {one}@{port}\n" for one in at.listens for port in (53, 853, 443)),
        egress=at.egress,
        certificate=keys.certificate,
        key=keys.key,
        identity=at.identity,
        local_zones="".join(refused),
    )
    files = {"unbound.conf": conf, "root.hints": root_hints(), "root.key": f". 3600 IN DNSKEY {root_key()}\n"}
    if rules:
        files["unbound.conf"] += _RPZ.format(zone=rpz.ZONE)
        files["policy.zone"] = rpz.zone(rules)
    return Program(at.name, (COMMAND, "-d", "-c", "unbound.conf"), files, asked=at.listens)
