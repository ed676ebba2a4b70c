"""Not one byte of a bundle can be changed: every change is refused by both verifiers, and none makes them crash.

`make test` takes a slice, every seventh byte with one bit; `make evidence` (EVIDENCE=all) every byte with every bit, and
2,000 insertions and deletions.
"""

from __future__ import annotations

import os
import re
from itertools import chain, islice
from typing import TYPE_CHECKING, Final

import pytest
from msgspec import structs

from schema.bundle.container import unpack
from schema.bundle.parts import read_bundle
from schema.codec import encode
from schema.verifier.steps import STEPS, Result
from schema.verifier.tst import read_request
from tests.evidence.forge.stories import bundle, lone
from tests.evidence.mutations import BITS, Mutation, deletions, flips, insertions, resigned, swaps
from tests.evidence.verifiers import NODE, Command, Page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

ALL: Final = os.environ.get("EVIDENCE") == "all"
PLACES: Final = 2_000 if ALL else 100
GOOD: Final = {Result.VALID.value, Result.ABSENCES.value}
HOUSE: Final = lone()
FILES: Final = bundle(HOUSE)
DATA: Final = FILES.pack()
TRUST: Final = encode(HOUSE.trust())

KINDS: Final[dict[str, Callable[[], Iterable[Mutation]]]] = {
    "flips": lambda: flips(DATA, bits=BITS) if ALL else islice(flips(DATA, bits=1), 0, None, 7),
    "insertions": lambda: insertions(DATA, PLACES),
    "deletions": lambda: deletions(DATA, PLACES),
    "swaps": lambda: swaps(DATA),
}


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    """The page's core, one process for all."""
    if NODE is None:
        pytest.skip("node is not installed: the page's core is not run here")
    with Page() as running:
        yield running


def test_the_bundle_itself_is_valid() -> None:
    assert Command()(DATA, TRUST)[:2] == (Result.VALID, None)


def test_the_bundle_itself_is_valid_for_the_page(page: Page) -> None:
    assert page(DATA, TRUST)[:2] == (Result.VALID, None)


def taken(verify: Command | Page, mutations: Iterable[Mutation]) -> tuple[int, list[str]]:
    """How many there were, and those that were taken for good."""
    count, good = 0, []
    for what, data in mutations:
        assert data != DATA, what
        said = verify(data, TRUST)
        count += 1
        if said.result in GOOD:
            good.append(what)
    return count, good


@pytest.mark.parametrize("kind", KINDS)
def test_command_refuses(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    count, good = taken(Command(), KINDS[kind]())
    with capsys.disabled():
        print(f"\n{count} {kind} of {len(DATA)} bytes before the command: {len(good)} taken")  # noqa: T201 - the figures are the point
    assert not good, good[:5]


@pytest.mark.parametrize("kind", KINDS)
def test_page_refuses(kind: str, page: Page, capsys: pytest.CaptureFixture[str]) -> None:
    count, good = taken(page, KINDS[kind]())
    with capsys.disabled():
        print(f"\n{count} {kind} of {len(DATA)} bytes before the page: {len(good)} taken")  # noqa: T201 - the figures are the point
    assert not good, good[:5]


#: What nothing that is asserted rests on, so that whoever holds the collector's key may write it as he likes: the texts for
#: people, the name of the program, certificates for stock programs (the reader's own are in his trust file), and of tokens
#: what no signature covers.
FREE: Final = re.compile(
    rf"LEGGIMI[.]txt|README[.]txt|stamps/[a-z]+[.]pem|stamps/{HOUSE.newest.size:010d}[.][a-z]+[.]tsr"
)


def is_free(name: str, data: bytes) -> bool:
    """Whether a change of the file *name* may pass; in the question only the program's name.

    Of a request what it says counts: the algorithm's parameters and the wish for certificates say nothing of a time.
    """
    changed, honest = unpack(data)[name], FILES.files[name]
    if name.endswith(".tsq"):
        return read_request(changed) == read_request(honest)
    if name == "bundle.json":
        return structs.replace(read_bundle(changed), program=read_bundle(honest).program) == read_bundle(honest)
    return FREE.fullmatch(name) is not None


def test_both_agree_on_what_the_collector_changes(page: Page, capsys: pytest.CaptureFixture[str]) -> None:
    """Bytes of files changed *before* the collector signs: each verifier stops at the same step, and passes nothing else."""
    command, free, count = Command(), 0, 0
    not_of_page = {step.id for step in STEPS if not step.page}
    for name, (what, data) in resigned(FILES, every=1 if ALL else 61):
        said, shown = command(data, TRUST), page(data, TRUST)
        wanted = (Result.VALID.value, None) if said.step in not_of_page else said[:2]
        assert shown[:2] == wanted, f"{what}: the command says {said}, the page {shown}"
        assert said.result not in GOOD or is_free(name, data), f"{what} was taken"
        count, free = count + 1, free + (said.result in GOOD)
    told = f"{count} bytes changed and signed again: both agree on all; {free} taken, all in what nothing rests on"
    with capsys.disabled():
        print(f"\n{told}")  # noqa: T201 - the figures are the point


def test_kinds_are_what_they_say() -> None:
    """A mutation that changed nothing would be refused by nobody, and would prove nothing."""
    lengths = {
        kind: {len(data) - len(DATA) for _, data in chain(KINDS[kind]())} for kind in ("insertions", "deletions")
    }
    assert lengths == {"insertions": {1}, "deletions": {-1}}
    assert sum(1 for _ in flips(b"ab", bits=BITS)) == 2 * BITS
