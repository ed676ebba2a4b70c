"""Every attack, by family."""

from __future__ import annotations

from typing import Final

from tests.evidence.attacks import files, logs, probes, worlds
from tests.evidence.attacks.attack import FAMILIES as _FAMILIES
from tests.evidence.attacks.attack import Attack

MODULES: Final = (files, logs, probes, worlds)
FAMILIES: Final = tuple(_FAMILIES)
ATTACKS: Final[dict[str, tuple[Attack, ...]]] = {name: tuple(make()) for name, make in _FAMILIES.items()}
