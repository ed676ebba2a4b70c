"""Steps 3.1 to 3.4: the time-stamp tokens, each for itself, against the order of the log, and over the head."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from schema.entry import Stamped
from schema.timing import Stamp, Times, microseconds, stamp
from schema.verifier.case import RefusedError
from schema.verifier.files import certificate_pem
from schema.verifier.history import note_name
from schema.verifier.steps import Result

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schema.trust import TrustedAuthority
    from schema.verifier.case import Case

_TOKEN: Final = re.compile(r"stamps/([0-9]{10,20})\.([a-z0-9-]+)\.ts([qr])")
_MAX_TOKEN_BYTES: Final = 2**20


def presence(case: Case) -> None:
    """3.1 Each time-stamp token in the log is in the bundle, with its request and its authority's certificates."""
    for size, authority, entry in _tokens(case):
        for name in (f"{_stem(size, authority)}.tsr", f"{_stem(size, authority)}.tsq", f"stamps/{authority}.pem"):
            if name not in case.archive:
                raise RefusedError(f"{name} is not in the bundle")
        if entry and case.digests[f"{_stem(size, authority)}.tsr"] != entry.token:
            raise RefusedError(f"{_stem(size, authority)}.tsr is not the token in the log")
        case.count("tokens")


def tokens(case: Case) -> None:
    """3.2 Each token holds: imprint, pinned certificate, policy, nonce, signature; no other file is among them."""
    try:
        from schema.verifier.token import check_token  # noqa: PLC0415 - needs `cryptography`, which may not be installed
    except ImportError as error:
        raise RefusedError(
            f"time stamps cannot be checked here: {error}; install ottempera[verify]", result=Result.UNDECIDED
        ) from error
    known: set[str] = set()
    for size, authority, entry in _tokens(case):
        stem, certificates = _stem(size, authority), f"stamps/{authority}.pem"
        pinned = case.authorities.get(authority)
        if pinned is not None and certificates not in known:
            _check_certificates(case, certificates, pinned)
        known |= {f"{stem}.tsr", f"{stem}.tsq", certificates}
        if pinned is None:
            continue  # the reader does not trust it: it counts for nothing
        if size not in case.notes:
            raise RefusedError(f"{note_name(size)}, which {stem}.tsr stamps, is not in the bundle")
        token = check_token(
            case.read(f"{stem}.tsr", _MAX_TOKEN_BYTES),
            request=case.read(f"{stem}.tsq", _MAX_TOKEN_BYTES),
            message=case.read(note_name(size)),
            pinned=pinned,
        )
        certificate = sha256(token.certificate).hexdigest()
        if entry is None:
            digest = case.digests[f"{stem}.tsr"]
            case.stamps.append(Stamp(size, authority, microseconds(token.at), token.accuracy_us, digest, None))
            continue
        if (entry.at, entry.accuracy_us, entry.certificate) != (token.at, token.accuracy_us, certificate):
            raise RefusedError(f"the log says another time, accuracy or certificate of {stem}.tsr than the token")
    case.stamps[:0] = [
        stamp(entry, index)
        for index, entry in enumerate(case.entries)
        if isinstance(entry, Stamped) and entry.authority in case.authorities
    ]
    if extra := set(case.named("stamps")) - known:
        raise RefusedError(f"{min(extra)} is named by nothing")


def _check_certificates(case: Case, name: str, pinned: TrustedAuthority) -> None:
    """What stock tools are given for the authority's certificate is the one that the reader pinned; others may follow."""
    if not case.read(name, _MAX_TOKEN_BYTES).startswith(certificate_pem(pinned.certificate)):
        raise RefusedError(f"{name} does not begin with the certificate that the trust file has for this authority")


def sequence(case: Case) -> None:
    """3.3 The tokens' times do not contradict the order of the log: what a checkpoint holds is not younger than its stamp."""
    entered = [one for one in case.stamps if one.entry is not None]
    place, newest = 0, None
    for later in sorted(case.stamps, key=lambda one: one.size):
        while place < len(entered) and (entered[place].entry or 0) < later.size:
            if newest is None or entered[place].not_before > newest.not_before:
                newest = entered[place]
            place += 1
        if newest is not None and newest.not_before > later.not_after:
            raise RefusedError(
                f"{_stem(later.size, later.authority)}.tsr is older than {_stem(newest.size, newest.authority)}.tsr, "
                "which stands in the lines that it stamps"
            )


def head(case: Case) -> None:
    """3.4 The newest checkpoint is stamped by enough authorities."""
    over = {one.authority for one in case.stamps if one.size == case.bundle.size}
    if len(over) < case.needed:
        raise RefusedError(f"{len(over)} trusted authorities stamped the head, {case.needed} are needed")
    trusted = [
        entry if not isinstance(entry, Stamped) or entry.authority in case.authorities else None
        for entry in case.entries
    ]
    case.times = Times(trusted, needed=case.needed, head=[one for one in case.stamps if one.entry is None])


def _tokens(case: Case) -> Iterator[tuple[int, str, Stamped | None]]:
    """Size and authority of every token of the log with its entry; then those over the head, which have none."""
    for entry in case.entries:
        if isinstance(entry, Stamped):
            yield entry.size, entry.authority, entry
    found = {
        match[2]
        for name in case.named("stamps")
        if (match := _TOKEN.fullmatch(name)) and name == f"{_stem(case.bundle.size, match[2])}.ts{match[3]}"
    }
    for authority in sorted(found):
        yield case.bundle.size, authority, None


def _stem(size: int, authority: str) -> str:
    return f"stamps/{size:010d}.{authority}"
