"""What cases of several steps share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import structs

from schema.bundle.parts import read_bundle
from schema.codec import encode
from tests.evidence.cases.logs import LONE
from tests.evidence.forge.authority import due, tre
from tests.evidence.forge.house import House

if TYPE_CHECKING:
    from tests.evidence.forge.draft import Draft

PLAN_FILE: Final = "plans/0000000001.json"
ROUND: Final = "rounds/0000000001/rm-01.jsonl"


def lone_house() -> House:
    """A house of one probe that has not begun."""
    return House(LONE, [due(), tre()])


def asking(draft: Draft, **changes: object) -> None:
    """Change the question."""
    asked = read_bundle(draft.files["bundle.json"])
    query_ = structs.replace(asked.query, **changes)
    draft.files["bundle.json"] = encode(structs.replace(asked, query=query_)) + b"\n"
