"""Certificate authorities of the lab: one that its probes trust, and one of a device on the path that nobody trusts."""

from __future__ import annotations

import ssl
import tempfile
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

if TYPE_CHECKING:
    from collections.abc import Sequence

# A lab's clock may stand anywhere, and the machine's own clock judges, too.
_NOT_BEFORE = datetime(2000, 1, 1, tzinfo=UTC)
_NOT_AFTER = datetime(2049, 12, 31, tzinfo=UTC)


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


class Authority:
    """A root and the certificates it gives; keys live as long as this object."""

    def __init__(self, common_name: str) -> None:
        """Make a root called *common_name*."""
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._leaf_key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
        self._root = self._sign(
            self._builder(self._name, self._key.public_key())
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_key_usage(signs_certificates=True), critical=True)
        )

    @property
    def pem(self) -> bytes:
        """The root, for a trust store."""
        return self._root.public_bytes(Encoding.PEM)

    def certificate(self, tls_name: str, address: str) -> x509.Certificate:
        """A server's certificate for *tls_name* and the numeric *address*."""
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, tls_name)])
        names = x509.SubjectAlternativeName([x509.DNSName(tls_name), x509.IPAddress(ip_address(address))])
        return self._sign(
            self._builder(subject, self._leaf_key.public_key())
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(names, critical=False)
            .add_extension(_key_usage(signs_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        )

    def server_pem(self, tls_name: str, address: str) -> bytes:
        """Key, leaf and root of a server that is *tls_name* at the numeric *address*."""
        leaf_key = self._leaf_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return leaf_key + self.certificate(tls_name, address).public_bytes(Encoding.PEM) + self.pem

    def server_context(self, tls_name: str, address: str, protocols: Sequence[str]) -> ssl.SSLContext:
        """A context that serves as *tls_name* with ALPN *protocols*, sending leaf and root."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_alpn_protocols(list(protocols))
        with tempfile.TemporaryDirectory() as directory:  # the ssl module reads keys from files only
            file = Path(directory) / "server.pem"
            file.touch(mode=0o600)
            file.write_bytes(self.server_pem(tls_name, address))
            context.load_cert_chain(file)
        return context

    def _builder(self, subject: x509.Name, public_key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(public_key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(_NOT_BEFORE)
            .not_valid_after(_NOT_AFTER)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
        )

    def _sign(self, builder: x509.CertificateBuilder) -> x509.Certificate:
        return builder.sign(self._key, SHA256())
