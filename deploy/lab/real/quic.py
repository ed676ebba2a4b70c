"""DNS over QUIC for resolvers that serve none: a front at each of their addresses, which asks them over UDP and TCP.

Run as `python -m deploy.lab.real.quic FILE`, FILE as `program` writes it.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from deploy.lab.quicfront import QuicFront, quic_configuration
from deploy.lab.real.programs import Program
from deploy.lab.real.quicforward import forwarding
from schema.endpoint import DEFAULT_PORTS
from schema.words import Transport

if TYPE_CHECKING:
    from collections.abc import Iterable

    from deploy.lab.real.keys import Keys
    from deploy.lab.real.places import Place

_FILE: Final = "fronts.json"
_READY: Final = "every front listens"


class Front(NamedTuple):
    """Where a front listens, as whom, and where the resolver behind it does."""

    address: str
    certificate: str
    key: str
    behind: tuple[str, int]


def program(fronts: Iterable[tuple[Place, Keys, int]]) -> Program:
    """One process with a front for each place, whose resolver answers at the port that stands with it."""
    listed = [
        Front(place.quic_address or place.address, str(keys.certificate), str(keys.key), (place.address, port))
        for place, keys, port in fronts
    ]
    command = (sys.executable, "-m", "deploy.lab.real.quic", _FILE)
    return Program("quic", command, {_FILE: json.dumps(listed, indent=1)}, says=_READY)


async def _serve(fronts: Iterable[tuple[Front, bytes]]) -> None:
    """Serve each front with its key and certificates in PEM, until the process is ended."""
    for front, pem in fronts:
        served = QuicFront(forwarding(*front.behind), quic_configuration(pem))
        await served.start(front.address, DEFAULT_PORTS[Transport.QUIC])
    sys.stdout.write(f"{_READY}\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    _listed = [Front(*one) for one in json.loads(Path(sys.argv[1]).read_bytes())]
    asyncio.run(_serve([(one, Path(one.certificate).read_bytes() + Path(one.key).read_bytes()) for one in _listed]))
