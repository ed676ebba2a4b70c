"""Reads DNS responses: bytes in, what they say out. Pure, bounded by the length of the input, one error type.

``read`` gives a judge its ``Reading``; ``read_message`` gives every record, and the functions of ``rdata`` what is in it.
dnspython is the oracle in the tests: what it accepts is accepted and read alike.
"""

from schema.dnswire.edns import OPTION_EDE, OPTION_NSID, Edns, extended_errors, nsid
from schema.dnswire.errors import DnsWireError
from schema.dnswire.message import Message, Question, Record, read_message
from schema.dnswire.rdata import Soa, address, nsec_has, soa, target, texts
from schema.dnswire.reading import Reading, Section, read, summarise

__all__ = [
    "OPTION_EDE",
    "OPTION_NSID",
    "DnsWireError",
    "Edns",
    "Message",
    "Question",
    "Reading",
    "Record",
    "Section",
    "Soa",
    "address",
    "extended_errors",
    "nsec_has",
    "nsid",
    "read",
    "read_message",
    "soa",
    "summarise",
    "target",
    "texts",
]
