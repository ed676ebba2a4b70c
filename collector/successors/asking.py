"""Which names nobody has asked for yet and ought to be: those under which a site may have gone on. Pure.

They are asked of independent operators in sweeps, so that it is known which of them exist and where they stand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from collector.successors.families import changes_seen, labels_of
from collector.successors.labels import MIN_STEM, variants
from schema.scope import registrable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from collector.successors.families import Family

#: For so many labels of a site at most, those of its first names: a site with more is followed by its servers.
MOST_LABELS = 8


def names_to_ask(families: Iterable[Family], top_levels: Iterable[str]) -> tuple[str, ...]:
    """Every label of a site under every top level domain, and its variations under the suffixes that it had; sorted.

    A label that is so short that strangers have it too is not looked for.
    """
    every, levels = tuple(families), tuple(top_levels)
    seen = changes_seen(every)
    found: set[str] = set()
    for family in every:
        labels = [one for one in labels_of(family) if len(one) >= MIN_STEM][:MOST_LABELS]
        suffixes = {own.split(".", 1)[1] for one in family.members if (own := registrable(one))}
        found.update(f"{label}.{level}." for label in labels for level in levels)
        found.update(
            f"{variant}.{suffix}" for label in labels for variant in variants(label, seen) for suffix in suffixes
        )
        found.difference_update(family.members)
    return tuple(sorted(found))
