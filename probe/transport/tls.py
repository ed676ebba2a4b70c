"""TLS as a probe wants it: verified by name, and the whole chain kept whether it verifies or not."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterable
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, cast

from schema.record import TlsSeen

if TYPE_CHECKING:
    from probe.transport.port import OnCertificate

#: A file of certificate authorities (PEM), a maker of contexts, or None for the system's authorities.
Trust: TypeAlias = "Callable[[], ssl.SSLContext] | Path | str | None"


class TlsFront:
    """The contexts of one carrier set, and the certificates that it has shown already."""

    def __init__(self, trust: Trust, on_certificate: OnCertificate) -> None:
        """Verify by *trust*; hand each certificate to *on_certificate* at its first use."""
        self._trust = trust
        self._on_certificate = on_certificate
        self._contexts: dict[tuple[str, bool], ssl.SSLContext] = {}
        self._shown: set[str] = set()

    def context(self, alpn: str, *, verifying: bool) -> ssl.SSLContext:
        """A context that offers *alpn* (empty: nothing); one that does not verify only looks, and nothing is asked through it.

        Raises:
            OSError: the file of authorities cannot be read (ssl.SSLError: makes no sense).
        """
        context = self._contexts.get((alpn, verifying))
        if context is None:
            context = self._contexts[alpn, verifying] = self.make(alpn, verifying=verifying)
        return context

    def make(self, alpn: str, *, verifying: bool) -> ssl.SSLContext:
        """The same, of its own.

        Raises:
            OSError: as for `context`.
        """
        if not verifying:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        elif callable(self._trust):
            context = self._trust()
        else:
            context = ssl.create_default_context(cafile=str(self._trust) if self._trust else None)
        context.minimum_version = max(context.minimum_version, ssl.TLSVersion.TLSv1_2)
        if alpn:
            context.set_alpn_protocols([alpn])
        return context

    @property
    def trust(self) -> Trust:
        """Whose certificates verify."""
        return self._trust

    def seen(self, tls: ssl.SSLObject, *, verified: bool) -> TlsSeen:
        """What the finished handshake of *tls* showed."""
        return self.shown(tls.version() or "", chain_of(tls), verified=verified)

    def shown(self, version: str, chain: Iterable[bytes], *, verified: bool) -> TlsSeen:
        """What a handshake showed whose certificates are *chain*, in DER."""
        names = []
        for der in chain:
            name = sha256(der).hexdigest()
            names.append(name)
            if name not in self._shown:
                self._shown.add(name)
                self._on_certificate(name, der)
        return TlsSeen(version, tuple(names), verified)


def chain_of(tls: ssl.SSLObject) -> list[bytes]:
    """The certificates in DER as the peer sent them, its own first; only that one where Python cannot say more.

    `get_unverified_chain` is public from Python 3.13; from 3.10 the object beneath has it, with other types.
    """
    public = getattr(tls, "get_unverified_chain", None)
    if public is not None:
        return list(cast("Callable[[], list[bytes]]", public)())
    beneath = getattr(getattr(tls, "_sslobj", None), "get_unverified_chain", None)
    chain = beneath() if beneath is not None else None
    if chain:
        return [_der(certificate) for certificate in chain]
    leaf = tls.getpeercert(binary_form=True)
    return [leaf] if leaf else []


def _der(certificate: object) -> bytes:
    text = certificate.public_bytes()  # type: ignore[attr-defined]  # _ssl.Certificate has no stub; PEM text by default
    return ssl.PEM_cert_to_DER_cert(text)
