"""A probe's spool as each of its processes opens it: in a chain of its own, with a log of its own."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from probe.facts import Facts
from probe.identity import known_keys
from probe.log import ProbeLog
from probe.spool import Spool

if TYPE_CHECKING:
    from probe.clock import Clock
    from probe.config import ProbeConfig
    from probe.identity import ProbeKey
    from schema.record import ChainHead


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
