"""A probe's settings, read once."""

from __future__ import annotations

import tomllib
from pathlib import Path

import msgspec

from probe.asking import Window
from probe.schedule import Pace
from schema.errors import ConfigError

DEFAULT_PATH = Path("/etc/ottempera/probe.toml")


class ProbeConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Every setting of a probe.

    `probe`: its id, as enrolled. `collector`: base URL; numeric or a name, it is not a resolver under test.
    `collector_key`: hex of the collector's 32 byte public key, which signs plans and receipts. `state`: folder for key,
    plans and spool. `answer_window_s`: how long a question's socket listens; `settle_s` ends that so long after its first answer, in labs only. `spool_quota_bytes`: at this size it stops
    asking. `trust`: file of certificate authorities; none means the system's. `in_flight`: most questions at once.
    """

    probe: str
    collector: str
    collector_key: str
    state: Path = Path("/var/lib/ottempera/probe")
    answer_window_s: float = 5.0
    settle_s: float = 0.0
    spool_quota_bytes: int = 1 << 30
    trust: Path | None = None
    endpoint_interval_s: float = 1.0
    resolver_interval_s: float = 0.25
    breaker_failures: int = 8
    in_flight: int = 1000
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
        config = msgspec.convert(table, ProbeConfig)
        valid_key = len(config.collector_key_bytes) == 32  # noqa: PLR2004 - the length of an Ed25519 key
    except (msgspec.ValidationError, ValueError) as error:
        raise ConfigError(f"{path}: {error}", remedy="The README lists every setting of a probe.") from error
    if not valid_key:
        raise ConfigError(f"{path}: collector_key is not the hex of 32 bytes")
    return config
