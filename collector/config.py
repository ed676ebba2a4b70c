"""The settings of a collector: one frozen struct, read once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec

from collector.evidence.authorities import AuthorityConfig, Pace_s
from collector.evidence.witnesses import WitnessSettings
from collector.receive.limits import Limits
from schema.codec import Wire
from schema.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

_LAST_PORT = 65535
_SHORTEST_INTERVAL_S = 60.0


class Config(Wire, frozen=True):
    """What `collector serve` needs to know.

    `listen` is HOST:PORT with a numeric host; `key_file` holds the 32 byte seed of the signing key; `names` are asked
    every `interval_s`, within `window_s` of a round's start, each target question `repeats` times.
    With `look`, addresses of which nothing is known are met with a TLS handshake for the name, and nothing is sent.
    The vantages (ids) of `measure_from` ask the sites of the names over HTTPS for the alternative measure, in the territory.
    Each `successors_every_s` it is looked for names to which ordered sites may have gone; the vantage `redirects_from`, one of
    `measure_from`, may tell where sites send their visitors.
    With `sweep`, lists are gone through in the time that the window leaves of the interval.
    A checkpoint of the log is signed each `seal_every_s` at least and shown to every `witness`; receipts promise that what
    they are for is in the log `within_s` later. Every `authority` stamps a checkpoint, a new one each `stamp_every_s`.
    """

    database_url: str
    key_file: str
    names: tuple[str, ...] = ()
    listen: str = "127.0.0.1:8480"
    interval_s: float = 600.0
    window_s: float = 300.0
    repeats: int = 1
    look: bool = False
    measure_from: tuple[str, ...] = ()
    redirects_from: str = ""
    sweep: bool = True
    successors_every_s: Annotated[float, msgspec.Meta(ge=1)] = 3600.0
    seal_every_s: float = 600.0
    within_s: int = 3600
    witness: tuple[WitnessSettings, ...] = ()
    authority: tuple[AuthorityConfig, ...] = ()
    stamp_every_s: Pace_s = 600.0
    limits: Limits = Limits()


def read_config(path: Path, *, database_url: str = "") -> Config:
    """The settings in the TOML file at *path*; *database_url*, where given, stands in for the one in the file.

    Raises:
        ConfigError: no file, a mistake in it, or a value outside its range.
    """
    try:
        settings = msgspec.toml.decode(path.read_bytes())
    except OSError as error:
        raise ConfigError(
            f"cannot read {path}: {error.strerror}", remedy="Give the path of a settings file."
        ) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: {error}") from error
    if database_url:
        settings["database_url"] = database_url
    try:
        config = msgspec.convert(settings, Config)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{path}: {error}", remedy="The README lists the settings.") from error
    listen_address(config.listen)
    _check_redirects(config, path)
    if not 0 < config.window_s <= config.interval_s:
        raise ConfigError(f"{path}: window_s is more than 0 and at most interval_s")
    if config.interval_s < _SHORTEST_INTERVAL_S or config.repeats < 1:
        raise ConfigError(f"{path}: interval_s is at least {_SHORTEST_INTERVAL_S:.0f}, repeats at least 1")
    if not 1 <= config.seal_every_s < config.within_s:
        raise ConfigError(f"{path}: seal_every_s is at least 1 and less than within_s")
    names = [one.name for one in config.witness if one.public_key]
    if len(set(names)) < len(names) or any(name.startswith("ottempera/") for name in names):
        raise ConfigError(f"{path}: each [[witness]] has a name of its own, which no probe has")
    return config


def _check_redirects(config: Config, path: Path) -> None:
    if config.redirects_from and config.redirects_from not in config.measure_from:
        raise ConfigError(f"{path}: redirects_from is one of measure_from", remedy="Other vantages visit no site.")


def listen_address(listen: str) -> tuple[str, int]:
    """Host and port of HOST:PORT; an IPv6 address stands in brackets.

    Raises:
        ConfigError: it is not that.
    """
    host, _, port = listen.rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or int(port) > _LAST_PORT:
        raise ConfigError(f"listen = {listen!r} is not an address", remedy="Write HOST:PORT, such as 127.0.0.1:8480")
    return host.strip("[]"), int(port)
