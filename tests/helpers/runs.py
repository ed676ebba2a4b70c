"""Runs of one resolver and name, as a fold makes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from msgspec.structs import replace

from collector.status import Run
from schema.words import How, Origin, State

if TYPE_CHECKING:
    from datetime import datetime

NAME: Final = "kickasstorrents.to."
HEX: Final = "ab" * 32


def run(state: State, started: datetime, until: datetime, ended: datetime | None, **changes: Any) -> Run:
    """A run of Cloudflare and the one name."""
    blocked = state is State.BLOCKED
    found = Run(
        "cloudflare", NAME, state, How.NXDOMAIN if blocked else None, Origin.RESOLVER, None, started, ended, until, 2, 2, 3, 60,
        "nxdomain_but_alive" if blocked else "address_in_control", HEX, (),
    )  # fmt: skip
    return replace(found, **changes)
