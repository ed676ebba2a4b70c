"""Time-stamping authorities as the settings name them: where they answer, and what is pinned of them."""

from __future__ import annotations

import re
import ssl
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, NamedTuple, TypeAlias
from urllib.parse import urlsplit

from msgspec import Meta

from schema.codec import Wire
from schema.errors import ConfigError, OttemperaError
from schema.trust import TrustedAuthority
from schema.verifier.authority import pinned_chain

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Seconds between tokens; TOML knows nan and inf, with which nothing would ever be stamped.
Pace_s: TypeAlias = Annotated[float, Meta(ge=0, le=86_400)]
#: With fewer, no time counts for a verifier that asks for two, as it does unless told otherwise.
ENOUGH: Final = 2
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_POLICY: Final = re.compile(r"[012](\.(0|[1-9][0-9]{0,30})){1,30}")
_PEM: Final = re.compile(r"-----BEGIN CERTIFICATE-----\s.+?\s-----END CERTIFICATE-----", re.DOTALL)


class AuthorityConfig(Wire, frozen=True):
    """One `[[authority]]` of the settings.

    `certificate` is a PEM file: the certificate that signs, then those above it; `policy` the policy (OID) its tokens
    are to have; `qualified` whether it is a qualified trust service for time stamps (eIDAS art. 42); `every_s` the least
    time between two tokens where that is more than `stamp_every_s`. Who asks for a name has `user` and `password_file`.
    """

    name: str
    url: str
    certificate: str
    policy: str
    qualified: bool = False
    every_s: Pace_s = 0.0
    user: str = ""
    password_file: str = ""


class Authority(NamedTuple):
    """An authority that can be asked; `credentials` are user and password, or none."""

    url: str
    pinned: TrustedAuthority
    every_s: float = 0.0
    credentials: tuple[str, str] | None = None

    @property
    def name(self) -> str:
        """Its slug."""
        return self.pinned.name


def load_authorities(configs: Sequence[AuthorityConfig]) -> tuple[Authority, ...]:
    """The authorities of the settings, their certificates read.

    Raises:
        ConfigError: a name or a certificate twice, or a mistake in one of them.
    """
    names = [one.name for one in configs]
    for name in names:
        if names.count(name) > 1:
            raise ConfigError(f"authority {name} is named twice", remedy="Give each [[authority]] a name of its own.")
    loaded = tuple(_load(one) for one in configs)
    if len({one.pinned.certificate for one in loaded}) < len(loaded):
        raise ConfigError("two authorities have one certificate", remedy="Two that are one vouch for one time only.")
    return loaded


def _load(config: AuthorityConfig) -> Authority:
    where = f"authority {config.name!r}"
    if not _NAME.fullmatch(config.name):
        raise ConfigError(f"{where}: the name is not one of letters a to z, digits and hyphens")
    if not _is_address(config.url):
        raise ConfigError(f"{where}: url = {config.url!r} is not an address", remedy="Write http://... or https://...")
    if not _POLICY.fullmatch(config.policy):
        raise ConfigError(f"{where}: policy = {config.policy!r} is no object identifier", remedy="Such as 1.2.3.4.")
    if bool(config.user) != bool(config.password_file):
        raise ConfigError(f"{where}: user and password_file go together")
    found = _PEM.findall(_read(config.certificate, where))
    if not found:
        raise ConfigError(f"{where}: no certificate in {config.certificate}", remedy="It is to hold PEM certificates.")
    try:
        signer, *above = (ssl.PEM_cert_to_DER_cert(one) for one in found)
        pinned = TrustedAuthority(config.name, signer, config.policy, tuple(above), config.qualified)
        pinned_chain(pinned)
    except (OttemperaError, ValueError) as error:
        raise ConfigError(
            f"{where}: {config.certificate}: {error}",
            remedy="The certificate that signs comes first, then its issuers.",
        ) from error
    credentials = (config.user, _read(config.password_file, where).strip()) if config.user else None
    return Authority(config.url, pinned, config.every_s, credentials)


def _is_address(url: str) -> bool:
    try:
        address = urlsplit(url)
        return address.scheme in {"http", "https"} and bool(address.hostname) and address.port != 0
    except ValueError:  # brackets, or a port that is none
        return False


def _read(file: str, where: str) -> str:
    try:
        return Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{where}: cannot read {file}: {error}") from error
