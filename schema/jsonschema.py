"""The formats as JSON Schema (draft 2020-12), rendered from the structs so that the two cannot part.

`python -m schema.jsonschema FOLDER` writes one file a format; `make schema` calls it, a test compares.
"""

from __future__ import annotations

import sys
from inspect import cleandoc
from pathlib import Path
from typing import Final

import msgspec

from schema.bundle.parts import Bundle, Days, RoundLine, RoundTimes, TimelineRow
from schema.cells import QuestionSet
from schema.dsse import Envelope
from schema.entry import Entry
from schema.order import Order
from schema.plan import Plan
from schema.policy import Policy
from schema.receipt import Receipt
from schema.record import BatchLine, BeginLine, Certificate, CloseLine, HeadLine, Record, RotateLine, SeenLine
from schema.trust import Trust
from schema.verdict import Verdict

FORMATS: Final[dict[str, object]] = {
    "batch": BatchLine,
    "begin": BeginLine,
    "bundle": Bundle,
    "certificate": Certificate,
    "checkpoint": HeadLine,
    "close": CloseLine,
    "days": Days,
    "entry": Entry,
    "envelope": Envelope,
    "order": Order,
    "plan": Plan,
    "policy": Policy,
    "questions": QuestionSet,
    "receipt": Receipt,
    "record": Record,
    "rotate": RotateLine,
    "round": RoundLine,
    "rounds": RoundTimes,
    "seen": SeenLine,
    "timeline": TimelineRow,
    "trust": Trust,
    "verdict": Verdict,
}


def render(kind: object) -> bytes:
    """The schema of *kind*, a struct or a union of them, as indented JSON with a final newline."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **msgspec.json.schema(kind)}
    for part in schema["$defs"].values():
        if "description" in part:
            part["description"] = cleandoc(part["description"])
    return msgspec.json.format(msgspec.json.encode(schema, order="sorted"), indent=2) + b"\n"


def main(folder: Path) -> None:
    """Write every format to *folder*."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, kind in FORMATS.items():
        (folder / f"{name}.json").write_bytes(render(kind))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
