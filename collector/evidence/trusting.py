"""What a stranger is told to trust of this collector: its logs, its authorities, its witnesses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from schema.rootkeys import IANA_KEYS
from schema.trust import VERSION, Needs, Trust, TrustedLog, TrustedWitness

if TYPE_CHECKING:
    from collections.abc import Sequence

    from collector.evidence.authorities import Authority
    from collector.evidence.witnesses import WitnessSettings
    from collector.store.log import LogRow

_ENOUGH: Final = Needs()


def trust_of(
    logs: Sequence[LogRow], authorities: Sequence[Authority], witnesses: Sequence[WitnessSettings], *, lab: bool
) -> Trust:
    """The trust file. Who opens a bundle compares it with what he was told of them by another way."""
    return Trust(
        VERSION,
        tuple(TrustedLog(one.origin, one.public_key.hex()) for one in logs),
        tuple(one.pinned for one in authorities),
        tuple(TrustedWitness(one.name, one.key) for one in witnesses),
        Needs(min(_ENOUGH.authorities, len(authorities)) or _ENOUGH.authorities, _ENOUGH.cosignatures),
        () if lab else tuple(IANA_KEYS.values()),
        lab,
    )
