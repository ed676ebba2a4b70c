"""Records that a probe wrote oddly and signed so: root, head and log are over the odd bytes (step 6.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import structs

from schema.codec import encode
from schema.record import read_record
from schema.words import Gap
from tests.evidence.cases.case import Made, case
from tests.evidence.cases.good import made
from tests.evidence.cases.logs import LONE
from tests.evidence.forge.answers import obeys
from tests.evidence.forge.authority import due, tre
from tests.evidence.forge.house import House
from tests.evidence.forge.stories import lean

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from schema.cells import Cell
    from schema.registry import Vantage
    from tests.evidence.forge.answers import Hears, Said
    from tests.evidence.forge.house import Published


class _Odd(House):
    """One of whose records was written otherwise by the probe itself, which signed it so."""

    odd: Callable[[bytes], bytes] = staticmethod(bytes)

    def line(self, cell: Cell, published: Published, probe: str, hears: Hears, at: datetime) -> bytes:
        line = super().line(cell, published, probe, hears, at)
        if cell.number:
            return line
        changed = type(self).odd(line)
        assert changed != line
        return changed


ODD_RECORDS: Final[dict[str, type[House]]] = {}


def odd(name: str, why: str, old: bytes, new: bytes) -> None:
    """A case of a record that means what it says in other bytes; root, head and log are over these."""
    kind = type("Odd", (_Odd,), {"odd": staticmethod(lambda line: line.replace(old, new, 1))})
    ODD_RECORDS[name] = kind

    @case(name, "6.2", why)
    def _() -> Made:
        return made(lean(house=kind(LONE, [due(), tre()])))


odd("record-with-spaces", "A record with spaces between its words.", b'"v":1,', b'"v": 1,')
odd(
    "record-with-a-field-twice",
    "A record has a field twice; programs differ in which they take.",
    b'"cell":0,',
    b'"cell":7,"cell":0,',
)
odd("record-with-nulls", "A record spells out a field that is null.", b'"role":', b'"gap":null,"role":')
odd("record-with-a-default", "A record spells out a field that has its default.", b'"role":', b'"mono_us":0,"role":')
odd(
    "record-with-fields-in-another-order",
    "A record's fields stand in another order.",
    b'"type":"A","profile":"edns"',
    b'"profile":"edns","type":"A"',
)
odd("record-with-an-escape", "A record writes a letter as an escape.", b'"film-gratis', b'"\\u0066ilm-gratis')
odd("record-with-an-exponent", "A record writes a number with an exponent.", b'"cell":0,', b'"cell":0e0,')
odd("record-with-minus-nought", "A record writes nought with a minus.", b'"cell":0,', b'"cell":-0,')
odd("record-with-an-offset", "A record writes its time with an offset.", b'01Z","role"', b'01+00:00","role"')
odd(
    "record-with-seven-digits",
    "A record writes its time with seven digits of a second.",
    b'01Z","role"',
    b'01.0000000Z","role"',
)
odd(
    "record-with-an-unknown-field", "A record has a field that does not exist.", b'"role":', b'"remark":"hello","role":'
)
odd(
    "record-with-loose-base64",
    "A record's base64 has bits that say nothing.",
    b'AAA==","answers"',
    b'AAB==","answers"',
)
odd("record-with-a-lone-surrogate", "A record's name holds half a character.", b'"film-gratis', b'"\\ud800film-gratis')
odd(
    "record-with-a-huge-number",
    "A record counts microseconds beyond 64 bits.",
    b'"us":9000,',
    b'"us":99999999999999999999,',
)
odd(
    "record-with-a-byte-order-mark",
    "A record begins with a byte order mark.",
    b'{"v":1,"plan"',
    b'\xef\xbb\xbf{"v":1,"plan"',
)


class _GapWithMore(House):
    """A gap stands as a line, with what nobody heard beside it; its leaf, of the canonical gap line, does not cover that."""

    gap_lines = True

    def line(self, cell: Cell, published: Published, probe: str, hears: Hears, at: datetime) -> bytes:
        line = super().line(cell, published, probe, hears, at)
        found = read_record(line)
        if found.gap is None:
            return line
        heard = read_record(super().line(cell, published, probe, obeys, at))
        return encode(structs.replace(heard, gap=found.gap))


@case("gap-record-with-answers", "6.2", "A cell that was not asked has answers, which no hash covers.")
def _gap_with_more() -> Made:
    def hears(vantage: Vantage, cell: Cell) -> Said:
        return Gap.BREAKER if cell.resolver == "beta" else obeys(vantage, cell)

    return made(lean(hears, house=_GapWithMore(LONE, [due(), tre()])))
