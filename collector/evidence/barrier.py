"""Decides whether a process may sign checkpoints: nobody may have seen more of the log than the database holds.

A backup that was restored knows less than was signed; signing on would give one size of the log two roots. What knows
better is the file beside the key, written before each signature, and whoever cosigned.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Collection


_NAMED: Final = 10  # witnesses that are waited for


class Known(NamedTuple):
    """A head of a log that was signed."""

    origin: str
    size: int
    root: bytes


class Held(NamedTuple):
    """What the database holds: the log that is written, its size, whether it was ever signed, roots by size."""

    origin: str
    size: int
    signed: bool
    root: Callable[[int], bytes]
    others: Collection[str] = ()  # origins of the logs before


def is_ahead(known: Known, held: Held) -> bool:
    """Whether *known* was signed of something that the database does not hold.

    A log of another origin that the database does not know is one, unless its number is lower: one of a later number was
    begun after the backup was made, one of a lower number is what this log was begun instead of.
    """
    if known.origin in held.others or _is_earlier(known.origin, held.origin):
        return False
    if known.origin != held.origin or known.size > held.size:
        return True
    return known.root != held.root(known.size)


def objection(held: Held, file: Known | None, *, cosigners: Collection[str], heard: Collection[str]) -> str | None:
    """Why nothing may be signed; None where nothing stands against it.

    *cosigners* are the witnesses that ever cosigned this log and still may, *heard* those of them that have shown since
    the process began what they hold. With the file in place a majority of them is enough; without it all are needed:
    then nothing else tells a database of today from one of last month.
    """
    if file is not None and is_ahead(file, held):
        return f"a checkpoint of {file.origin} with {file.size} lines was signed that this database does not hold"
    if not held.signed:
        return None
    if file is None and not cosigners:
        return "the file of what was signed is missing, and no witness has cosigned that could be asked"
    missing = sorted(set(cosigners) - set(heard))
    needed = len(cosigners) if file is None else len(cosigners) // 2 + 1
    if cosigners and len(cosigners) - len(missing) < needed:
        shown = (
            f"{len(cosigners) - len(missing)} of {len(cosigners)} witnesses have shown what they hold, {needed} must"
        )
        return f"{shown}; not yet {', '.join(missing[:_NAMED])}: revoke those that will not come back"
    return None


def _is_earlier(origin: str, than: str) -> bool:
    (collector, _, number), (same, _, later) = origin.rpartition("/"), than.rpartition("/")
    return collector == same and number.isdigit() and later.isdigit() and int(number) < int(later)
