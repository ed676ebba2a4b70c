"""How a probe comes to its key at a collector: enrolled with a token that is good once, and later changed for another.

The change is said twice: as the last line of the probe's own log, under the old key, and to the collector, signed with the
old key. The line goes first, and everything that the old key signed: so nobody has to believe a change that the old key
did not announce, and nothing of the old key is still to come when the new one begins.
"""

from __future__ import annotations

import asyncio
import secrets
from base64 import b64encode
from typing import TYPE_CHECKING

from probe.identity import change_key, load_key, load_or_create_key, next_key
from probe.lock import locked
from probe.opening import open_spool
from probe.post import CollectorClient
from probe.ship import REFUSALS, Backoff, RefusedError, Shipper, say
from schema.codec import encode
from schema.dsse import ENROL, KEY_CHANGE
from schema.enrol import VERSION, EnrolRequest, KeyChange
from schema.errors import UnavailableError
from schema.record import VERSION as LINE_VERSION
from schema.record import Rotate, RotateLine

if TYPE_CHECKING:
    from probe.clock import Clock
    from probe.config import ProbeConfig
    from probe.identity import ProbeKey

_TAKEN = frozenset({200, 201})


def enroll(config: ProbeConfig, token: str) -> ProbeKey:
    """Have the collector enrol this probe with its key, which is made if there is none; the key.

    Raises:
        RefusedError: the token is not, or no longer, good for this probe. UnavailableError: the collector is away.
    """
    config.state.mkdir(parents=True, exist_ok=True)
    with locked(config.state):
        key = load_or_create_key(config.state / "key")
        body = encode(EnrolRequest(VERSION, config.probe, key.public_key.hex(), token))
        _post(config, "/v1/enrol", body, key, ENROL)
    return key


def rotate(config: ProbeConfig, clock: Clock) -> tuple[ProbeKey, ProbeKey]:
    """Change the probe's key; the old one and the new. What was begun and not finished is finished.

    Raises:
        RefusedError: the collector does not take a batch or the change: the old key stays in use.
        UnavailableError: the collector is away, or another process uses the state folder.
    """
    with locked(config.state):
        old = load_key(config.state / "key")
        new = load_or_create_key(next_key(config.state))
        spool = open_spool(config, old, clock)
        if new.public_key.hex() not in spool.rotations:  # the newest batch stays on disk, so what was said is found
            spool.append_to_log(encode(RotateLine(LINE_VERSION, Rotate(new.public_key.hex(), clock.now()))))
            spool.flush(closing=True)
        client = _client(config)
        backoff = Backoff(first_s=0.5, most_s=60.0, dice=lambda: secrets.randbelow(1000) / 1000)
        shipper = Shipper(client, spool, collector_key=config.collector_key_bytes, backoff=backoff)
        try:
            asyncio.run(shipper.drain())
        finally:
            client.close()
        _post(config, "/v1/keys", encode(KeyChange(config.probe, new.public_key.hex())), old, KEY_CHANGE)
        return old, change_key(config.state)


def _client(config: ProbeConfig) -> CollectorClient:
    return CollectorClient(config.collector, trust=str(config.trust) if config.trust and not config.lab else None)


def _post(config: ProbeConfig, path: str, body: bytes, key: ProbeKey, kind: str) -> None:
    """Send *body*, signed with *key*."""
    client = _client(config)
    headers = {
        "Content-Type": "application/json",
        "Ottempera-Key": key.key_id,
        "Ottempera-Signature": b64encode(key.sign(kind, body)).decode(),
    }
    try:
        reply = client.request("POST", path, body=body, headers=headers)
    finally:
        client.close()
    if reply.status not in _TAKEN:
        refused = RefusedError if reply.status in REFUSALS else UnavailableError
        raise refused(f"the collector did not take it: {say(reply)}", remedy="Ask whoever runs the collector.")
