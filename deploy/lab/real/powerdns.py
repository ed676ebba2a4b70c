"""PowerDNS Recursor: policies by response policy zones, one for each extended error; a refusal by its Lua."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from deploy.lab.real import rpz
from deploy.lab.real.policies import EDE_CODES, EDE_TEXT, Policy, Rule
from deploy.lab.real.programs import Program
from deploy.lab.real.zones import root_ds, root_hints

if TYPE_CHECKING:
    from deploy.lab.real.places import Place

COMMAND: Final = "pdns_recursor"
# `dont-query` would keep it from documentation addresses, which stand for sites and servers here.
_CONF: Final = """daemon=no
write-pid=no
socket-dir=.
local-address={address}
local-port=53
query-local-address={address}
allow-from=0.0.0.0/0
dont-query=
threads=1
dnssec=validate
hint-file=root.hints
lua-config-file=config.lua
lua-dns-script=script.lua
server-id={identity}
security-poll-suffix=
disable-syslog=yes
max-tcp-per-client=0
max-tcp-clients=500
max-concurrent-requests-per-tcp-connection=100
client-tcp-timeout=60
"""
_SCRIPT: Final = """local refused = newDS()
refused:add({{ {names} }})
function preresolve(dq)
  if refused:check(dq.qname) then
    dq.rcode = pdns.REFUSED
    return true
  end
  return false
end
"""


def program(place: Place, rules: tuple[Rule, ...]) -> Program:
    """PowerDNS Recursor at *place*, port 53, following *rules*; other transports need a front."""
    plain = tuple(rule for rule in rules if rule.policy not in EDE_CODES)
    config = ["clearTA()", f"addTA('.', '{root_ds()}')", f"rpzFile('policy.zone', {{ policyName = '{rpz.ZONE}' }})"]
    files = {"policy.zone": rpz.zone(plain)}
    for policy, code in EDE_CODES.items():
        origin, file = f"{policy}.{rpz.ZONE}", f"{policy}.zone"
        files[file] = rpz.zone((rule for rule in rules if rule.policy is policy), origin)
        config.append(
            f"rpzFile('{file}', {{ policyName = '{origin}', extendedErrorCode = {code}, "
            f"extendedErrorExtra = '{EDE_TEXT}' }})"
        )
    refused = ", ".join(f"'{rule.name}'" for rule in rules if rule.policy is Policy.REFUSED)
    files |= {
        "recursor.conf": _CONF.format(address=place.address, identity=place.identity),
        "config.lua": "\n".join(config) + "\n",
        "script.lua": _SCRIPT.format(names=refused),
        "root.hints": root_hints(),
    }
    return Program("powerdns", (COMMAND, "--config-dir=."), files, asked=(place.address,))
