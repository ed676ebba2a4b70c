"""Whether the certificates of a QUIC peer are for a name and by an authority that is trusted.

QUIC's handshake is not in the hands of Python's `ssl` (RFC 9001 §4), so its chain is verified here, with the same
authorities and by the same library as over TLS: signatures, dates and constraints by OpenSSL, the use as a server's by
RFC 5280 §4.2.1.12, the name by RFC 6125 §6.
"""

from __future__ import annotations

import ssl
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID
from OpenSSL import crypto
from service_identity import CertificateError, VerificationError
from service_identity.cryptography import verify_certificate_hostname, verify_certificate_ip_address

if TYPE_CHECKING:
    from collections.abc import Sequence

    from probe.transport.tls import Trust


def authorities(trust: Trust) -> crypto.X509Store:
    """The store that *trust* names.

    Raises:
        OSError: the file of authorities cannot be read, or holds none.
    """
    store = crypto.X509Store()
    try:
        if callable(trust):
            for der in trust().get_ca_certs(binary_form=True):
                store.add_cert(crypto.X509.from_cryptography(x509.load_der_x509_certificate(der)))
        elif trust is not None:
            if not Path(trust).is_file():
                raise FileNotFoundError(f"no file of authorities at {trust}")
            store.load_locations(str(trust))
        else:
            paths = ssl.get_default_verify_paths()
            if paths.cafile or paths.capath:
                store.load_locations(paths.cafile, paths.capath)
    except crypto.Error as error:
        raise OSError(f"the authorities at {trust} cannot be read: {error}") from error
    return store


def verifies(store: crypto.X509Store, chain: Sequence[x509.Certificate], name: str) -> bool:
    """Whether *chain*, the peer's own certificate first, leads to *store* and is a server's of this *name*."""
    try:
        own, *others = chain
        context = crypto.X509StoreContext(
            store, crypto.X509.from_cryptography(own), [crypto.X509.from_cryptography(other) for other in others]
        )
        context.verify_certificate()
        return _is_for(own, name) and all(
            _serves(certificate.to_cryptography()) for certificate in context.get_verified_chain()
        )
    except (crypto.X509StoreContextError, crypto.Error, CertificateError, VerificationError, ValueError):
        return False  # ValueError: no certificate at all, or an extension that is none


def _is_for(certificate: x509.Certificate, name: str) -> bool:
    # Both raise where it is not.
    try:
        ip_address(name)
    except ValueError:
        verify_certificate_hostname(certificate, name)
    else:
        verify_certificate_ip_address(certificate, name)
    return True


def _serves(certificate: x509.Certificate) -> bool:
    """Whether *certificate* may stand in a server's chain: one that names its uses must name that one."""
    try:
        uses = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return True
    return ExtendedKeyUsageOID.SERVER_AUTH in uses
