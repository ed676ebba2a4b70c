"""The lab's certificate authority, and a certificate for each resolver in files, where its program reads it."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING, Final, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from deploy.lab.ca import Authority

if TYPE_CHECKING:
    from pathlib import Path

    from deploy.lab.real.places import Place

_AUTHORITY: Final = "authority.pem"


class Keys(NamedTuple):
    """Files in PEM that a server shows: its certificate with the authority's, and its private key."""

    certificate: Path
    key: Path


class KeyFolder:
    """The files of one authority; they and its key live as long as the lab."""

    def __init__(self, folder: Path) -> None:
        """Make the authority and write what probes are to trust."""
        self._folder = folder
        self._folder.mkdir(parents=True, exist_ok=True)
        self._authority = _Issuer("Ottempera namespace lab")
        self.trust = folder / _AUTHORITY
        self.trust.write_bytes(self._authority.pem)

    def of(self, place: Place) -> Keys:
        """The files of *place*, made now."""
        tls_name, https_name, _ = place.names
        certificate, key = self._folder / f"{place.id}.pem", self._folder / f"{place.id}.key"
        certificate.write_bytes(self._authority.issue((tls_name, https_name), place.address) + self._authority.pem)
        key.touch(mode=0o600)
        key.write_bytes(self._authority.leaf_key)
        return Keys(certificate, key)


class _Issuer(Authority):
    """An authority whose certificates carry several names: a resolver has one for TLS and one for HTTPS."""

    @property
    def leaf_key(self) -> bytes:
        """The private key that all its servers share."""
        return self._leaf_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    def issue(self, names: tuple[str, ...], address: str) -> bytes:
        """A server's certificate for all of *names* and the numeric *address*."""
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
        vouched = [
            *(x509.DNSName(name) for name in dict.fromkeys(names)),
            x509.IPAddress(ip_address(address)),
        ]
        return self._sign(
            self._builder(subject, self._leaf_key.public_key())
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName(vouched), critical=False)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        ).public_bytes(Encoding.PEM)
