"""The bundle: one file that lets a stranger check what was measured (sp-008). Formats, layout and container; no opinion."""

from __future__ import annotations

from schema.bundle.container import pack, unpack
from schema.bundle.parts import Bundle, Days, Query, RoundHead, RoundLine, RoundTimes, TimelineRow

__all__ = ["Bundle", "Days", "Query", "RoundHead", "RoundLine", "RoundTimes", "TimelineRow", "pack", "unpack"]
