from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.receive.seal import is_sealed
from probe.observe import close_line
from schema.cells import applicable, expand
from schema.log import leaf_hash
from schema.record import CloseLine, GapRange, read_line
from schema.words import Gap
from tests.helpers.standin import QUESTIONS, VANTAGE

if TYPE_CHECKING:
    from schema.record import Close

ALL = expand(QUESTIONS)
CELLS = applicable(ALL, VANTAGE)
PLAN = "ab" * 32


def _close(observed: set[int], gaps: dict[int, Gap]) -> tuple[Close, dict[int, bytes]]:
    leaves = {number: leaf_hash(b"%d" % number) for number in observed}
    read = read_line(close_line(CELLS, leaves, gaps, plan=PLAN, probe=VANTAGE.id))
    assert isinstance(read, CloseLine)
    return read.close, leaves


@given(st.data())
def test_a_close_seals_what_was_seen_and_what_was_not(data: st.DataObject) -> None:
    """Whatever cells are gaps, for whatever reasons: the collector finds every cell that applies, once."""
    gaps = {cell.number: data.draw(st.sampled_from(Gap)) for cell in CELLS if data.draw(st.booleans())}
    close, leaves = _close({cell.number for cell in CELLS} - gaps.keys(), gaps)
    assert (close.cells, close.observed) == (len(CELLS), len(CELLS) - len(gaps))
    assert is_sealed(close, probe=VANTAGE.id, cells=CELLS, leaves=leaves, observed=len(leaves))


def test_a_range_reaches_over_cells_of_others() -> None:
    """Cells that do not apply to the probe are neither counted nor do they cut a range in two."""
    numbers = [cell.number for cell in CELLS]
    assert len(CELLS) < len(ALL)
    close, _ = _close(set(), dict.fromkeys(numbers, Gap.CEILING))
    assert close.gaps == (GapRange(numbers[0], numbers[-1], Gap.CEILING),)


def test_another_reason_or_a_record_begins_another_range() -> None:
    first, second, third, fourth, *rest = [cell.number for cell in CELLS]
    gaps = {first: Gap.BREAKER, second: Gap.QUOTA, fourth: Gap.QUOTA}
    close, _ = _close({third, *rest}, gaps)
    assert close.gaps == tuple(GapRange(number, number, reason) for number, reason in gaps.items())


def test_a_hole_is_never_closed_over() -> None:
    with pytest.raises(KeyError):
        close_line(CELLS, {}, {}, plan=PLAN, probe=VANTAGE.id)
