"""dnsdist: a resolver's policies as rules in front of an honest one, TLS and HTTPS for who serves neither, and pools."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from deploy.lab.real.policies import NULL_V4, NULL_V6, PAGE_ADDRESS, PAGE_NAME, Policy, Rule
from deploy.lab.real.programs import Program

if TYPE_CHECKING:
    from collections.abc import Iterable

    from deploy.lab.real.keys import Keys
    from deploy.lab.real.places import Place

COMMAND: Final = "dnsdist"
#: Where pools are asked by what stands in front of them, so that its turns are not those of who asks at port 53.
BEHIND_QUIC: Final = 5353
# By default it hangs up on who is silent for two seconds, which on a busy machine is anybody.
_HEAD: Final = """setSecurityPollSuffix('')
setTCPRecvTimeout(60)
setTCPSendTimeout(60)
setACL({ '0.0.0.0/0' })
setMaxTCPClientThreads(20)
setMaxUDPOutstanding(65535)
"""
_ENCRYPTED: Final = """addTLSLocal('{address}:853', '{certificate}', '{key}', {{ provider = 'openssl', maxInFlight = 1000 }})
addDOHLocal('{address}:443', '{certificate}', '{key}', {{ '/dns-query' }})
"""
# A front that gives up says so over HTTPS (502), and the silence of who stands behind it would be silence no more.
_PATIENT: Final = "setUDPTimeout(60)\n"
# Turns by question, not by whoever comes next: of two equal questions one meets each server, in every run.
_POOL_POLICY: Final = """local turns = {}
function by_turns(servers, dq)
  local edns, dnssec_ok = dq:getEDNSOptions(), dq:getDO()
  local asked = table.concat({ dq.localaddr:toStringWithPort(), dq:getProtocol(), dq.qname:toString():lower(),
    dq.qtype, tostring(next(edns) ~= nil), tostring(dnssec_ok) }, ' ')
  turns[asked] = (turns[asked] or 0) + 1
  return servers[turns[asked] % #servers + 1]
end
"""
_ACTIONS: Final = {
    Policy.NXDOMAIN: "RCodeAction(DNSRCode.NXDOMAIN)",
    Policy.NODATA: "RCodeAction(DNSRCode.NOERROR)",
    Policy.PAGE: f"SpoofCNAMEAction('{PAGE_NAME}')",
    Policy.ADDRESS: f"SpoofAction('{PAGE_ADDRESS}')",
    Policy.NULL: f"SpoofAction({{ '{NULL_V4}', '{NULL_V6}' }})",
    Policy.REFUSED: "RCodeAction(DNSRCode.REFUSED)",
    Policy.DROP: "DropAction()",
    Policy.TCP_ONLY: "TCAction()",
}


def resolver(place: Place, keys: Keys, rules: tuple[Rule, ...], backend: str) -> Program:
    """The resolver at *place*, following *rules*; the rest it asks of *backend*."""
    lines = [_HEAD, f"addLocal('{place.address}:53')\n", _encrypted(place, keys), _server(backend, place.address, "")]
    for rule in rules:
        asked = f"QNameRule('{rule.name}')"
        if rule.policy is Policy.TCP_ONLY:  # dnsdist cuts short whatever way the question came
            asked = f"AndRule({{ {asked}, TCPRule(false) }})"
        lines.append(f"addAction({asked}, {_ACTIONS[rule.policy]})\n")
    return _program("dnsdist", lines, (place.address,))


def front(places: Iterable[tuple[Place, Keys]], pools: Iterable[tuple[Place, Keys, tuple[str, str]]]) -> Program:
    """One dnsdist that serves TLS and HTTPS for *places*, and each of *pools*, which stand with their two servers."""
    lines, local = [_HEAD, _PATIENT, _POOL_POLICY], []
    for place, keys in places:
        lines += [_encrypted(place, keys), _server(place.address, place.address, place.id), _routed(place)]
    for place, keys, servers in pools:
        lines += [f"addLocal('{place.address}:{port}')\n" for port in (53, BEHIND_QUIC)]
        lines += [_encrypted(place, keys), _routed(place)]
        lines += [_server(one, place.address, place.id) for one in servers]
        lines.append(f"setPoolServerPolicyLua('by_turns', by_turns, '{place.id}')\n")
        local.append(place.address)
    return _program("front", lines, tuple(local))


def _program(name: str, lines: list[str], asked: tuple[str, ...]) -> Program:
    command = (COMMAND, "--supervised", "--disable-syslog", "-C", "dnsdist.conf")
    return Program(name, command, {"dnsdist.conf": "".join(lines)}, asked=asked)


def _encrypted(place: Place, keys: Keys) -> str:
    return _ENCRYPTED.format(address=place.address, certificate=keys.certificate, key=keys.key)


def _server(address: str, source: str, pool: str) -> str:
    """A server behind; it is taken to be up, or the first questions of a lab would find nobody."""
    return f"newServer({{ address = '{address}:53', source = '{source}', pool = '{pool}', sockets = 4 }}):setUp()\n"


def _routed(place: Place) -> str:
    """Questions to the address of *place* go to the pool that is called like it."""
    return (
        f"local at = newNMG(); at:addMask('{place.address}/32')\n"
        f"addAction(NetmaskGroupRule(at, false), PoolAction('{place.id}'))\n"
    )
