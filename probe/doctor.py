"""Looks at a probe from the outside: what is on its disk, what its clock says, whether the collector answers."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from probe.clock import SystemClock
from probe.config import load_config
from probe.facts import net_seen
from probe.identity import load_key, next_key
from probe.never import NeverFile
from probe.port53 import look, questions
from probe.post import CollectorClient
from probe.spooled import spooled, waiting
from probe.state import WitnessFile
from probe.transport import direct
from schema.codec import Wire
from schema.errors import OttemperaError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from probe.config import ProbeConfig
    from probe.transport import Route

_MIN_FREE_BYTES = 256 * 1024 * 1024
_OK = 200


class Check(Wire, frozen=True, omit_defaults=False):
    """One thing that was looked at."""

    what: str
    ok: bool
    found: str
    remedy: str = ""


def examine(path: Path, *, ask: bool = False, route: Route | None = None) -> list[Check]:
    """Every check, in the order in which a missing one stops the next.

    A resolver is asked only if *ask* says so: what came is shown, and what it means is not for a probe to say. *route*
    says where packets really go.
    """
    try:
        config = load_config(path)
    except OttemperaError as error:
        return [Check("settings", ok=False, found=str(error), remedy=error.remedy)]
    looks = (
        ("key", _key),
        ("clock", _clock),
        ("disk", _disk),
        ("spool", _spool),
        ("log", _log),
        ("line", _line),
        ("collector", _collector),
    )
    checks = [Check("settings", ok=True, found=str(path))]
    if config.never_probe is not None:
        checks += _look("never-probe", partial(_single, _never, config))
    for what, one in looks:
        checks += _look(what, partial(_single, one, config))
    return checks + _look("port 53", lambda: _port_53(config, ask=ask, route=route))


def _single(look_at: Callable[[ProbeConfig], Check], config: ProbeConfig) -> list[Check]:
    return [look_at(config)]


def _look(what: str, examined: Callable[[], list[Check]]) -> list[Check]:
    try:
        return examined()
    except OttemperaError as error:
        return [Check(what, ok=False, found=str(error), remedy=error.remedy)]
    except OSError as error:
        remedy = "Make the folder readable and writable for this user."
        return [Check(what, ok=False, found=str(error), remedy=remedy)]


def _key(config: ProbeConfig) -> Check:
    found = load_key(config.state / "key").key_id
    begun = next_key(config.state).exists()
    remedy = "A change of key was begun: finish it with `ottempera probe rotate`." if begun else ""
    return Check("key", ok=not begun, found=found, remedy=remedy)


def _never(config: ProbeConfig) -> Check:
    held = len(NeverFile(config.never_probe)) if config.never_probe else 0
    return Check("never-probe", ok=True, found=f"{held} hashes in {config.never_probe}")


def _clock(_: ProbeConfig) -> Check:
    seen = SystemClock().seen()
    if seen.source != "kernel":
        return Check("clock", ok=False, found=f"{seen.source} clock", remedy="Run an NTP client such as chrony.")
    return Check("clock", ok=True, found=f"disciplined, error at most {seen.error_us} us")


def _disk(config: ProbeConfig) -> Check:
    stats = os.statvfs(config.state)
    free = stats.f_bavail * stats.f_frsize
    remedy = "" if free >= _MIN_FREE_BYTES else "Free space: a full disk stops the measuring."
    return Check("disk", ok=free >= _MIN_FREE_BYTES, found=f"{free // 1024**2} MiB free", remedy=remedy)


def _spool(config: ProbeConfig) -> Check:
    rows = spooled(config.state)
    used = sum(row.bytes for row in rows)
    full = used >= config.spool_quota_bytes
    found = f"{waiting(rows) or 'empty'}; {used} of {config.spool_quota_bytes} bytes used"
    return Check(
        "spool", ok=not full, found=found, remedy="The probe asks nothing until batches leave." if full else ""
    )


def _log(config: ProbeConfig) -> Check:
    """What this probe has confirmed of the collector's log, and whether it was shown two of them."""
    seen, forks = WitnessFile(config.state / "log.json").value, sorted(config.state.glob("equivocation-*.note"))
    found = f"confirmed {seen.origin} to {seen.size} lines" if seen else "no checkpoint of the collector was seen yet"
    remedy = f"The collector signed two histories: keep {forks[0]} and ask whoever runs it." if forks else ""
    return Check("log", ok=not forks, found=found, remedy=remedy)


def _line(_: ProbeConfig) -> Check:
    net = net_seen()
    return Check("line", ok=True, found=f"resolvers handed out: {', '.join(net.resolvers) or 'none'}")


def _collector(config: ProbeConfig) -> Check:
    client = CollectorClient(config.collector, trust=str(config.trust) if config.trust else None)
    began = datetime.now(UTC)
    reply = client.request("GET", "/healthz")
    client.close()
    took_ms = (datetime.now(UTC) - began).total_seconds() * 1000
    return Check("collector", ok=reply.status == _OK, found=f"HTTP {reply.status} in {took_ms:.0f} ms")


def _port_53(config: ProbeConfig, *, ask: bool, route: Route | None) -> list[Check]:
    cells = questions(config)
    if not cells:
        remedy = "Only what a plan asks is asked: `ottempera probe run` fetches one."
        return [Check("port 53", ok=not ask, found="not asked; no plan is held", remedy=remedy if ask else "")]
    if not ask:
        return [Check("port 53", ok=True, found=f"not asked; --ask puts {len(cells)} questions")]
    return [Check(what, ok=True, found=found) for what, found in look(cells, config, route or direct)]
