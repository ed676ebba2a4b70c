"""What a stranger trusts before he opens a bundle: whose logs, whose clocks, whose eyes, and how many of each."""

from __future__ import annotations

from schema.codec import Digest, Whole, Wire, reader

VERSION = 1


class TrustedLog(Wire, frozen=True):
    """A collector's log by its origin, and the key (hex) that signs its checkpoints, its plans and its bundles."""

    origin: str
    key: Digest


class TrustedAuthority(Wire, frozen=True):
    """A time-stamping authority, pinned: its signing certificate and those above it (DER), its policy (OID).

    `qualified` says whether it is a qualified trust service for time stamps (eIDAS art. 42) in the reader's eyes.
    """

    name: str
    certificate: bytes
    policy: str
    chain: tuple[bytes, ...] = ()
    qualified: bool = False


class TrustedWitness(Wire, frozen=True):
    """One that cosigns and is no probe."""

    name: str
    key: Digest


class Needs(Wire, frozen=True):
    """How many authorities must have stamped a checkpoint for its time to count, how many witnesses cosigned the newest."""

    authorities: Whole = 2
    cosignatures: Whole = 1


class Trust(Wire, frozen=True):
    """The whole of it; `root_keys` are DNSKEY RDATA of the root zone's key signing keys. `lab`: invented worlds only."""

    v: Whole
    logs: tuple[TrustedLog, ...]
    authorities: tuple[TrustedAuthority, ...] = ()
    witnesses: tuple[TrustedWitness, ...] = ()
    needs: Needs = Needs()
    root_keys: tuple[bytes, ...] = ()
    lab: bool = False


read_trust = reader(Trust, "trust file")
