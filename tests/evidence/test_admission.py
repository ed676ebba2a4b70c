"""What a collector takes into its log it can show to a judge: no probe can spoil every bundle by what it writes.

The streams of dishonest probes go through the collector's own admission; only the heads that it enters stand in the log. A
bundle of that log is never altered: at worst the probe is absent, or said to have closed twice. A round whose records are odd
or missing spoils the bundles of its own day alone, as does a probe that keeps them back (`who-can-cheat.csv`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from collector.receive.admit import Holder, admit
from collector.receive.logs import ChainLog, follow, second_closes
from schema.codec import encode
from schema.entry import Equivocation
from schema.errors import OttemperaError
from schema.log import leaf_hash
from schema.record import BatchHeader, BatchLine, Head, HeadLine
from tests.evidence.cases import probes
from tests.evidence.cases.case import Made
from tests.evidence.cases.logs import LONE
from tests.evidence.forge.authority import due, tre
from tests.evidence.forge.cast import NIGHT
from tests.evidence.forge.house import House, read_close
from tests.evidence.forge.stories import FIRST, bundle, lean
from tests.evidence.verifiers import Command
from tests.helpers.batches import sign

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.evidence.forge.probe import Chain, Probe

#: Dishonest probes of the cases: each is refused by a verifier if its heads are taken as they come.
LOGS: Final = {
    kind.__name__: kind
    for kind in (
        probes._Begins, probes._OtherChain, probes._Rotated, probes._Unknown, probes._Recorded, probes._Backwards,
        probes._Twice, probes._TwoChains, probes._Spaced,
    )
}  # fmt: skip


def stream(house: House, probe: Probe, chain: Chain) -> list[bytes]:
    """The lines of a chain's first batch: its log with the heads after what they cover, and its records before a close."""
    heads = {head.size: encode(HeadLine(1, Head(head.size, head.root, head.signature))) for head in chain.heads}
    records = {one.leaf: list(one.lines.values()) for one in house.rounds if one.chain is chain}
    found: list[bytes] = []
    for place, line in enumerate(chain.lines):
        found += [*records.get(place, ()), line]
        found += [heads[place + 1]] if place + 1 in heads else []
    return found


class Admitting(House):
    """Takes only what the collector takes."""

    def deliver(self, *who: str) -> None:
        for probe in self._those(who or None):
            for chain in probe.chains:
                if chain.delivered == len(chain.heads):
                    continue
                sizes = set(self.admitted(probe, chain))
                for head in chain.heads[chain.delivered :]:
                    if head.size in sizes:
                        self.enter_head(probe.vantage.id, chain, head)
                chain.delivered = len(chain.heads)

    def admitted(self, probe: Probe, chain: Chain) -> Iterator[int]:
        """The sizes of the heads that are entered."""
        header = BatchHeader(probe.vantage.id, chain.id, 1, "boot-1", "0.1.0", NIGHT)
        signed = sign(chain.keys.dsse, [encode(BatchLine(1, header)), *stream(self, probe, chain)], header)
        holders = {chain.keys.id: Holder(probe.vantage.id, chain.keys.public)}
        headers = signed.headers
        try:
            batch = admit(
                signed.body, key=headers["Ottempera-Key"], signature=headers["Ottempera-Signature"], keys=holders,
                lab=False, received_at=FIRST,
            )  # fmt: skip
            followed = follow(batch, ChainLog())
        except OttemperaError:
            return
        if second_closes(batch, self.kept(probe, chain)):
            self.enter(Equivocation(probe=probe.vantage.id, what="close", digests=("ab" * 32, "cd" * 32), at=FIRST))
            self.rounds = [one for one in self.rounds if one.probe != probe.vantage.id]
        if followed.rows is not None:
            yield from (head.size for head in followed.rows.heads)

    def kept(self, probe: Probe, chain: Chain) -> dict[str, str]:
        """Leaves of the closes that came in other chains, by plan."""
        return {
            read_close(line).plan: leaf_hash(line).hex()
            for other in probe.chains
            if other is not chain and other.delivered
            for line in other.lines
            if b'"close"' in line
        }


def verified(kind: type[House]) -> str:
    """What a verifier says of the bundle of a house whose collector admits."""
    house = lean(house=type("Taken", (kind, Admitting), {})(LONE, [due(), tre()]))
    made = Made(bundle(house).pack(), house.trust())
    said = Command()(made.bundle, made.trust_json)
    return f"{said.result} {said.step} {said.detail}"


def test_an_honest_probe_is_taken() -> None:
    assert verified(probes._Probes) == "valid None "


@pytest.mark.parametrize("name", LOGS)
def test_no_probe_spoils_a_bundle_by_its_log(name: str) -> None:
    assert verified(LOGS[name]).split()[0] in {"valid", "absences"}
