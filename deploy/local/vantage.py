"""What the operator of this machine says of its line."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

import msgspec

from schema.errors import ConfigError
from schema.registry import Vantage

if TYPE_CHECKING:
    from pathlib import Path

_FILE = "vantage.toml"


def local_vantage(folder: Path) -> Vantage:
    """The vantage in *folder*/vantage.toml (id, asn, operator, country, custodian); `local` if there is no such file.

    Raises:
        ConfigError: the file has a mistake.
    """
    path = folder / _FILE
    if not path.exists():
        return Vantage("local")
    try:
        return msgspec.convert(tomllib.loads(path.read_text()), Vantage)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise ConfigError(f"{path}: {error}", remedy="It may say id, asn, operator, country and custodian.") from error
