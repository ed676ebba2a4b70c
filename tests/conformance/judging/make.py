"""Writes the lines of every case: `python -m tests.conformance.judging.make`. A test holds that they are these bytes.

Everything in them is invented; the names of operators stand where a rule looks at an operator's network or its documents.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from schema.words import Failure, Profile, Role
from tests.conformance.judging.building import Reply, Round, addresses, nxdomain

if TYPE_CHECKING:
    from collections.abc import Callable

HERE: Final = Path(__file__).parent
NAME: Final = "kickasstorrents.to."
LIVE: Final = addresses("198.51.100.7")
A, B = (
    ("control-a", "tls:198.18.0.1:853#dns.control-a.test"),
    ("control-b", "tls:198.18.0.2:853#dns.control-b.test"),
)
CLOUDFLARE = {
    "udp": ("cloudflare", "udp:1.1.1.1:53"),
    "tcp": ("cloudflare", "tcp:1.1.1.1:53"),
    "tls": ("cloudflare", "tls:1.1.1.1:853#one.one.one.one"),
    "https": ("cloudflare", "https:1.1.1.1:443#cloudflare-dns.com/dns-query"),
}
QUAD9, TWIN = ("quad9", "tls:9.9.9.9:853#dns.quad9.net"), ("quad9-unfiltered", "tls:9.9.9.10:853#dns10.quad9.net")
TIM = {"udp": ("tim", "udp:212.216.112.112:53"), "tcp": ("tim", "tcp:212.216.112.112:53")}
VODAFONE = ("vodafone", "udp:83.224.70.62:53")
PUBLIC = {kind: ("public-a", f"{kind}:198.18.1.1:{port}") for kind, port in (("udp", "53"), ("tcp", "53"))}
PUBLIC["tls"] = ("public-a", "tls:198.18.1.1:853#dns.public-a.test")


def aaaa_nodata_while_a_forged() -> Round:
    """A kit's zone has an A record and no AAAA."""
    zone = f"authority {NAME} ns.localhost. root.localhost."
    made = Round("mi-01", NAME)
    made.sound(TIM["udp"]).target(TIM["udp"], addresses("0.0.0.0", aa=True))
    for profile in (Profile.STUB, Profile.EDNS):
        made.add(Role.TARGET, TIM["udp"], Reply(aa=True, soa=zone), asks=f"{NAME} AAAA IN", profile=profile)
    for control in (A, B):
        made.control(control, LIVE).control(control, addresses("2001:db8::7"), "AAAA")
    return made


def bind_do_bit_honest() -> Round:
    """BIND's default leaves a signed name alone when DNSSEC data are asked for."""
    policy = nxdomain(soa="additional rpz.provider.example. localhost. root.localhost.", ttl=5)
    made = Round("mi-01", NAME).sound(TIM["udp"]).sound(TIM["tcp"])
    for where in TIM.values():
        made.target(where, policy, dnssec=LIVE._replace(ad=True))
    return made.control(A, LIVE).control(B, LIVE)


def control_itself_filtered() -> Round:
    """One of the two operators that are to vouch for the name is made to block it."""
    made = Round("xx-01", NAME).sound(CLOUDFLARE["tls"], "MXP").target(CLOUDFLARE["tls"], LIVE)
    return made.control(A, LIVE).control(B, addresses("217.175.53.72"))


def dead_everywhere_nxdomain() -> Round:
    """A name that is gone looks like one that is blocked."""
    made = Round("xx-01", NAME)
    for where in CLOUDFLARE.values():
        made.sound(where, "MXP").target(where, nxdomain())
    return made.control(A, nxdomain()).control(B, nxdomain())


def dead_name_still_blocked() -> Round:
    """The stop page outlives the name."""
    made = Round("rm-01", NAME).sound(VODAFONE).target(VODAFONE, addresses("83.224.65.74"))
    return made.control(A, nxdomain()).control(B, nxdomain())


def ede_on_honest_answer() -> Round:
    """PowerDNS tells a policy hit to come back over TCP, and says so on the true answer too."""
    blocked = ((15, "policy: tcp-only"),)
    made = Round("mi-01", NAME).sound(TIM["udp"]).sound(TIM["tcp"])
    made.target(TIM["udp"], Reply(tc=True, ede=blocked)).target(TIM["tcp"], LIVE._replace(ede=blocked))
    return made.control(A, LIVE).control(B, LIVE)


def first_datagram_forged() -> Round:
    """Something nearer than the resolver answers first; the true answer comes second."""
    forged = addresses("203.0.113.9", us=2_100, ip_ttl=62)
    made = Round("xx-01", NAME).sound(CLOUDFLARE["udp"], "MXP").sound(CLOUDFLARE["tls"], "MXP")
    made.target(CLOUDFLARE["udp"], forged, LIVE).target(CLOUDFLARE["tls"], LIVE)
    return made.control(A, LIVE).control(B, LIVE)


def geo_answer_no_verdict() -> Round:
    """A content network answers everybody differently."""
    made = Round("xx-01", NAME).sound(CLOUDFLARE["tls"], "MXP").target(CLOUDFLARE["tls"], addresses("203.0.113.9"))
    return made.control(A, LIVE).control(B, addresses("198.51.100.91"))


def knot_drop_servfail() -> Round:
    """Knot Resolver tells a dropped question to fail, and gives `Prohibited` as the reason."""
    dropped = Reply(rcode="SERVFAIL", ede=((18, "U5KL"),))
    made = Round("xx-01", NAME)
    for where in PUBLIC.values():
        made.sound(where).target(where, dropped)
    return made.control(A, LIVE).control(B, LIVE)


def off_net_refused() -> Round:
    """An access provider's resolver serves its customers only, and the probe is nobody's customer there."""
    made = Round("xx-01", NAME)
    for where in TIM.values():
        made.target(where, Reply(rcode="REFUSED", ra=False))
    return made.control(A, LIVE).control(B, LIVE)


def path_stop_page_on_port_53() -> Round:
    """On this line every resolver seems to give a stop page, so long as nothing is encrypted."""
    made = Round("xx-01", NAME)
    for kind, where in CLOUDFLARE.items():
        made.sound(where, "MXP").target(where, addresses("217.175.53.72", us=3_000) if kind in {"udp", "tcp"} else LIVE)
    return made.control(A, LIVE).control(B, LIVE)


def pool_of_two() -> Round:
    """Two servers behind one address; one of them blocks."""
    made = Round("xx-01", NAME).sound(CLOUDFLARE["tls"], "MXP")
    for repeat, said in enumerate((LIVE, nxdomain(), LIVE, nxdomain(), LIVE)):
        made.add(Role.TARGET, CLOUDFLARE["tls"], said, repeat=repeat)
    return made.control(A, LIVE).control(B, LIVE)


def port_53_only_unattributed() -> Round:
    """The verified channel cannot be had, so port 53 is all there is."""
    made = Round("xx-01", NAME)
    for kind, where in PUBLIC.items():
        if kind != "tls":
            made.sound(where).target(where, nxdomain())
    return made.control(A, LIVE).control(B, LIVE)


def quad9_block_beside_twin() -> Round:
    """A block of any cause has one shape; only the unfiltered twin tells it from a name that is gone."""
    made = Round("xx-01", NAME).sound(QUAD9, "res860.qmxp1.rrdns.pch.net").sound(TWIN, "res710.qmxp1.rrdns.pch.net")
    made.target(QUAD9, Reply(rcode="NXDOMAIN", ra=False)).target(TWIN, LIVE)
    return made.control(A, LIVE).control(B, Failure.TIMEOUT)


def same_cloud_stop_page() -> Round:
    """The stop page stands in the cloud that also hosts the site."""
    made = Round("mi-01", NAME).sound(TIM["udp"]).target(TIM["udp"], addresses("34.110.214.49"))
    return made.control(A, addresses("34.110.214.77")).control(B, addresses("34.110.214.77"))


CASES: Final[dict[str, Callable[[], Round]]] = {
    made.__name__.replace("_", "-"): made
    for made in (
        aaaa_nodata_while_a_forged, bind_do_bit_honest, control_itself_filtered, dead_everywhere_nxdomain,
        dead_name_still_blocked, ede_on_honest_answer, first_datagram_forged, geo_answer_no_verdict, knot_drop_servfail,
        off_net_refused, path_stop_page_on_port_53, pool_of_two, port_53_only_unattributed, quad9_block_beside_twin,
        same_cloud_stop_page,
    )
}  # fmt: skip


def main() -> None:
    """Write every `lines.jsonl`."""
    for case, made in CASES.items():
        folder = HERE / case
        folder.mkdir(exist_ok=True)
        folder.joinpath("lines.jsonl").write_bytes(made().lines())


if __name__ == "__main__":
    main()
