"""The answers that a device forges: complete messages that repeat the question, in the shapes that blocks are seen in."""

from __future__ import annotations

from enum import StrEnum
from typing import Final, NamedTuple

import dns.edns
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

from deploy.lab.real.policies import NULL_V4, NULL_V6, PAGE_ADDRESS

_PAYLOAD_BYTES: Final = 1232
_TTL_S: Final = 300
_ID_BITS: Final = 0xFFFF


class Style(StrEnum):
    """What a forged answer says."""

    NXDOMAIN = "nxdomain"
    NXDOMAIN_SOA = "nxdomain_soa"  # as a registry denies a name
    NXDOMAIN_BARE = "nxdomain_bare"  # RA=0, AA=0 and no authority: the shape that Quad9 documents
    NODATA = "nodata"
    NULL = "null"
    LOOPBACK = "loopback"
    PAGE = "page"
    REFUSED = "refused"
    CENSORED = "censored"  # REFUSED with EDE 16 where there is EDNS: the shape that Google documents
    DENIED_CENSORED = "denied_censored"  # NXDOMAIN with EDE 16
    SERVFAIL = "servfail"


_RCODES: Final = {
    Style.NXDOMAIN: dns.rcode.NXDOMAIN,
    Style.NXDOMAIN_SOA: dns.rcode.NXDOMAIN,
    Style.NXDOMAIN_BARE: dns.rcode.NXDOMAIN,
    Style.DENIED_CENSORED: dns.rcode.NXDOMAIN,
    Style.REFUSED: dns.rcode.REFUSED,
    Style.CENSORED: dns.rcode.REFUSED,
    Style.SERVFAIL: dns.rcode.SERVFAIL,
}
_ADDRESSES: Final = {
    (Style.NULL, dns.rdatatype.A): NULL_V4,
    (Style.NULL, dns.rdatatype.AAAA): NULL_V6,
    (Style.LOOPBACK, dns.rdatatype.A): "127.0.0.1",
    (Style.LOOPBACK, dns.rdatatype.AAAA): "::1",
    (Style.PAGE, dns.rdatatype.A): PAGE_ADDRESS,
}


class Question(NamedTuple):
    """A question as a device reads it; *name* in lower case with its final dot."""

    message: dns.message.Message
    name: str

    @property
    def wants_nsid(self) -> bool:
        """Whether it asks which server answers (RFC 5001)."""
        return any(option.otype == dns.edns.OptionType.NSID for option in self.message.options)


def read_question(wire: bytes) -> Question | None:
    """The question in *wire*; None for what is none."""
    try:
        message = dns.message.from_wire(wire)
    except dns.exception.DNSException:
        return None
    if message.flags & dns.flags.QR or len(message.question) != 1:
        return None
    return Question(message, message.question[0].name.to_text().lower())


def forge(question: Question, style: Style, *, nsid: bytes | None = None) -> bytes:
    """An answer to *question* that says *style*, with its id and letter case; *nsid* imitates a server."""
    asked = question.message
    reply = dns.message.make_response(asked, recursion_available=style is not Style.NXDOMAIN_BARE)
    if style is Style.NXDOMAIN:
        reply.flags |= dns.flags.AA
    reply.set_rcode(_RCODES.get(style, dns.rcode.NOERROR))
    rrset = asked.question[0]
    address = _ADDRESSES.get((style, rrset.rdtype))
    if address is not None:
        reply.answer.append(dns.rrset.from_text(rrset.name, _TTL_S, rrset.rdclass, rrset.rdtype, address))
    elif style in {Style.NXDOMAIN_SOA, Style.NODATA}:
        zone = rrset.name.parent() if len(rrset.name) > 1 else dns.name.root
        soa = "ns.invalid. hostmaster.invalid. 1 7200 900 1209600 300"
        reply.authority.append(dns.rrset.from_text(zone, _TTL_S, "IN", "SOA", soa))
    if asked.edns >= 0:
        options: list[dns.edns.Option] = []
        if nsid and question.wants_nsid:
            options.append(dns.edns.NSIDOption(nsid))
        if style in {Style.CENSORED, Style.DENIED_CENSORED}:
            options.append(dns.edns.EDEOption(dns.edns.EDECode.CENSORED, None))
        reply.use_edns(0, asked.ednsflags & dns.flags.DO, _PAYLOAD_BYTES, options=options)
    return reply.to_wire()


def with_other_id(wire: bytes, offset: int) -> bytes:
    """*wire* under another message id; *offset* 1 to 65535."""
    return ((int.from_bytes(wire[:2], "big") + offset) & _ID_BITS).to_bytes(2, "big") + wire[2:]


def nsid_in(wire: bytes) -> bytes | None:
    """The NSID in the answer *wire*, if it tells one (RFC 5001 §2.3)."""
    try:
        options = dns.message.from_wire(wire).options
    except dns.exception.DNSException:
        return None
    return next((option.nsid for option in options if isinstance(option, dns.edns.NSIDOption)), None)
