"""Finds anew the days that something changed for, and keeps what they come to; a rebuild finds the same rows."""

from __future__ import annotations

import asyncio
from itertools import groupby
from typing import TYPE_CHECKING, Final, NamedTuple
from zoneinfo import ZoneInfo

from collector.challenging import Challenging
from collector.compliance.amounts import settle_amounts
from collector.compliance.days import find_day, with_challenges
from collector.compliance.duty import duty_of
from collector.compliance.readings import readings
from collector.compliance.sums import sums
from collector.findings.addressees import Addressees
from collector.findings.horizon import Horizon
from collector.findings.measured import Span, load
from collector.store.findings import Basis, Found
from schema.scope import names_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import date, datetime

    from collector.compliance.facts import FindingDay
    from collector.compliance.history import History
    from collector.library import Library
    from collector.store import Store
    from schema.registry import Resolver

_AT_ONCE: Final = 31  # days whose samples are in memory together
