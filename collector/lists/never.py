"""Names that are never asked, where names enter at the collector: the same check that a probe makes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schema.errors import ConfigError
from schema.neverprobe import NeverProbe

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["NeverProbe", "allowed", "refuse_never_probed"]


def allowed(names: Iterable[str], never: NeverProbe) -> tuple[str, ...]:
    """Those of *names* that may be asked, in their order."""
    return tuple(name for name in names if not never.refuses(name))


def refuse_never_probed(names: Iterable[str], never: NeverProbe, what: str) -> None:
    """Let *names* pass if all may be asked; *what* is what messages call the place where they stand.

    Raises:
        ConfigError: one may not; the message tells its place among them and not the name.
    """
    places = [number for number, name in enumerate(names, 1) if never.refuses(name)]
    if places:
        raise ConfigError(
            f"{what}: name {', '.join(map(str, places))} is on the list of names that are never probed; nothing was taken",
            remedy="Take it out: names on that list are neither asked nor kept.",
        )
