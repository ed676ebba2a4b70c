"""What a reader trusts is his own, and can be wrong: a trust file that would count one for two is refused by both verifiers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest
from msgspec import structs

from schema.codec import encode
from schema.trust import Needs, Trust, TrustedWitness
from tests.evidence.forge.keys import Keys
from tests.evidence.forge.stories import bundle, lone
from tests.evidence.verifiers import NO_TRUST, NODE, Command, Page

if TYPE_CHECKING:
    from collections.abc import Iterator

HOUSE: Final = lone()
DATA: Final = bundle(HOUSE).pack()
GOOD: Final = HOUSE.trust()
DUE, TRE = GOOD.authorities
WITNESS: Final = TrustedWitness("testimone.example", Keys("witness").public.hex())


def but(**changes: object) -> bytes:
    """The good trust file with other fields."""
    return encode(structs.replace(GOOD, **changes))


BAD: Final = {
    "no-json": b"trust me",
    "empty": b"",
    "a-list": b"[]",
    "unknown-version": but(v=2),
    "unknown-field": but().replace(b'"v":1', b'"v":1,"friends":[]'),
    "no-logs-named": but().replace(b'"logs"', b'"blogs"'),
    "key-in-capitals": but().replace(GOOD.logs[0].key.encode(), GOOD.logs[0].key.upper().encode()),
    "key-cut": but().replace(GOOD.logs[0].key.encode(), GOOD.logs[0].key[:-2].encode()),
    "certificate-of-no-base64": but().replace(b'"certificate":"', b'"certificate":"*'),
    "one-authority-twice": but(authorities=(DUE, DUE)),
    "one-certificate-under-two-names": but(authorities=(DUE, structs.replace(DUE, name="altra"))),
    "two-certificates-under-one-name": but(authorities=(DUE, structs.replace(TRE, name="due"))),
    "one-witness-twice": but(witnesses=(WITNESS, WITNESS)),
    "one-witness-under-two-names": but(witnesses=(WITNESS, structs.replace(WITNESS, name="altro.example"))),
    "fewer-than-no-authorities": but(needs=Needs(-1, 1)),
    "fewer-than-no-witnesses": but(needs=Needs(2, -1)),
}


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    """The page's core, one process for all."""
    if NODE is None:
        pytest.skip("node is not installed: the page's core is not run here")
    with Page() as running:
        yield running


@pytest.mark.parametrize("name", BAD)
def test_command_refuses(name: str) -> None:
    assert Command()(DATA, BAD[name]).result == NO_TRUST


@pytest.mark.parametrize("name", BAD)
def test_page_refuses(name: str, page: Page) -> None:
    assert page(DATA, BAD[name]).result == NO_TRUST


ODD: Final = {
    "trusts-nobody": (Trust(1, (), lab=True), "undecided", "1.3"),
    "trusts-no-authority": (structs.replace(GOOD, authorities=()), "undecided", "3.4"),
    "trusts-one-authority-of-two": (structs.replace(GOOD, authorities=(DUE,)), "undecided", "3.4"),
    "asks-for-no-witness": (structs.replace(GOOD, needs=Needs(2, 0)), "valid", None),
    "asks-for-no-authority": (structs.replace(GOOD, needs=Needs(0, 1)), "altered", "7.1"),
    "knows-another-log-too": (structs.replace(GOOD, logs=(*GOOD.logs, structs.replace(GOOD.logs[0], origin="x/1"))), "valid", None),
}  # fmt: skip


@pytest.mark.parametrize("name", ODD)
def test_both_take_it(name: str, page: Page) -> None:
    """Odd, and a reader's right: both take it, and stop at the same step. None asked for is as one."""
    trust, result, step = ODD[name]
    for verify in (Command(), page):
        said = verify(DATA, encode(trust))
        assert said[:2] == (result, step), said.detail
