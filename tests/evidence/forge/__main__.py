"""`python -m tests.evidence.forge FOLDER` writes the plainest bundle and its trust file there."""

from __future__ import annotations

import sys
from pathlib import Path

from schema.codec import encode
from tests.evidence.forge.stories import bundle, plain

folder = Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
house = plain()
(folder / "minimal.zip").write_bytes(bundle(house).pack())
(folder / "trust.json").write_bytes(encode(house.trust()) + b"\n")
