"""A probe's settings, read once."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, TypeAlias

import msgspec
from msgspec import Meta

from probe.asking import Window
from schema.errors import ConfigError
from schema.pace import Pace

DEFAULT_PATH = Path("/etc/ottempera/probe.toml")
#: Bounds, so that a slip of the pen neither stops the probe nor lets it ask without a ceiling; TOML knows nan and inf.
Window_s: TypeAlias = Annotated[float, Meta(gt=0, le=60)]
Seconds: TypeAlias = Annotated[float, Meta(ge=0, le=86400)]
Count: TypeAlias = Annotated[int, Meta(ge=0)]
Some: TypeAlias = Annotated[int, Meta(ge=1)]


class ProbeConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Every setting of a probe.

    `probe`: its id, as enrolled. `collector`: base URL; numeric or a name, it is not a resolver under test.
    `collector_key`: hex of the collector's 32 byte public key, which signs plans and receipts. `state`: folder for key,
    plans and spool. `answer_window_s`: how long a question's socket listens; `settle_s` ends that so long after its
    first answer, in labs only. `spool_quota_bytes`: at this size it stops asking. `trust`: file of certificate
    authorities; none means the system's. `in_flight`: most questions at once. The intervals may be 0 in labs only.
    `measure`: whether this probe may ask sites over HTTPS for the alternative measure, where a plan wants it to.
    `never_probe`: file with the salted hashes of names that are not asked, whatever a plan says; none means no list.
    """

    probe: str
    collector: str
    collector_key: str
    state: Path = Path("/var/lib/ottempera/probe")
    answer_window_s: Window_s = 5.0
    settle_s: Seconds = 0.0
    spool_quota_bytes: Some = 1 << 30
    trust: Path | None = None
    endpoint_interval_s: Seconds = 1.0
    resolver_interval_s: Seconds = 0.25
    breaker_failures: Count = 8
    in_flight: Some = 1000
    measure: bool = False
    never_probe: Path | None = None
    lab: bool = False

    @property
    def pace(self) -> Pace:
        """The ceilings."""
        return Pace(self.endpoint_interval_s, self.resolver_interval_s, self.breaker_failures)

    @property
    def window(self) -> Window:
        """How long a question listens; the whole window on a real network, whatever is set."""
        return Window(self.answer_window_s, self.settle_s if self.lab else 0.0)

    @property
    def collector_key_bytes(self) -> bytes:
        """The collector's public key."""
        return bytes.fromhex(self.collector_key)


def load_config(path: Path) -> ProbeConfig:
    """The settings in *path*.

    Raises:
        ConfigError: no file, not TOML, an unknown or wrong setting; the message names it.
    """
    try:
        table = tomllib.loads(path.read_text())
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror}", remedy="Name the file with --config.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: {error}") from error
    try:
        config = msgspec.convert(table, ProbeConfig, dec_hook=_path)
        valid_key = len(config.collector_key_bytes) == 32  # noqa: PLR2004 - the length of an Ed25519 key
    except (msgspec.ValidationError, ValueError) as error:
        raise ConfigError(f"{path}: {error}", remedy="The README lists every setting of a probe.") from error
    if not valid_key:
        raise ConfigError(f"{path}: collector_key is not the hex of 32 bytes")
    if not (config.lab or (config.endpoint_interval_s and config.resolver_interval_s)):
        raise ConfigError(f"{path}: an interval of 0 is for labs", remedy="A resolver is asked at most so often.")
    return config


def _path(kind: type, value: object) -> object:
    """A path in TOML is a text; msgspec leaves types that it does not know to this."""
    if kind is Path and isinstance(value, str) and value:
        return Path(value)
    raise ValueError(f"{value!r} is not a path")
