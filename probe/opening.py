"""A probe's state as each of its processes opens it: for itself alone, and its spool in a chain and a log of its own."""

from __future__ import annotations

import secrets
from contextlib import contextmanager
from typing import TYPE_CHECKING

from probe.facts import Facts
from probe.identity import known_keys, load_key, next_key
from probe.lock import locked
from probe.log import ProbeLog
from probe.spool import Spool
from schema.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from probe.clock import Clock
    from probe.config import ProbeConfig
    from probe.identity import ProbeKey
    from schema.record import ChainHead


@contextmanager
def claimed(state: Path) -> Iterator[ProbeKey]:
    """Hold *state* for an agent; its key, read when nobody can change it any more.

    Raises:
        ConfigError: there is no key, or a change of key was begun. UnavailableError: another process uses the folder.
    """
    with locked(state):
        if next_key(state).exists():
            raise ConfigError(
                f"a change of key was begun in {state}",
                remedy="Finish it with `ottempera probe rotate`; the collector may know the next key already.",
            )
        yield load_key(state / "key")


def open_spool(config: ProbeConfig, key: ProbeKey, clock: Clock) -> Spool:
    """The spool in the state folder of *config*.

    Raises:
        OttemperaError: a batch in it is damaged.
    """
    facts = Facts(config.probe, clock, lab=config.lab)

    def begin(chain: str, after: ChainHead | None) -> ProbeLog:
        return ProbeLog(key.notes, probe=config.probe, begin=facts.begin(chain, key.public_key, after))

    return Spool(
        config.state / "spool",
        key,
        header=facts.header,
        new_chain=lambda: secrets.token_hex(16),
        quota_bytes=config.spool_quota_bytes,
        new_log=begin,
        keys=known_keys(config.state, key),
    )
