"""Puts the parts of a bundle together, each as the ledger has it; what is missing stops it by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from collector.evidence.chosen import Closed, places_of, require_plain, sealed
from collector.evidence.derived import Derived
from collector.evidence.pem import certificates_pem, public_key_pem
from collector.evidence.query import pairs_of
from collector.evidence.replay import Replayer
from collector.rounds import read_lines
from schema.bundle.container import Writer
from schema.cells import applicable
from schema.codec import encode
from schema.dsse import key_id
from schema.entry import UNFULFILLED, Equivocation
from schema.errors import EvidenceError, FormatError
from schema.log import leaf_hash
from schema.record import BeginLine, CloseLine, RotateLine, SeenLine, read_line
from schema.timing import chain

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
    from typing import BinaryIO

    from collector.evidence.chosen import Sealed
    from collector.evidence.heads import Head
    from collector.library import Library
    from collector.receive.match import KnownPlan
    from collector.store import Store
    from collector.store.bundles import PlaceOf
    from schema.bundle.parts import Query, RoundTimes
    from schema.plan import PlanVantage
    from schema.policy import Policy
    from schema.record import LogLine
    from schema.timing import Chain
    from schema.verdict import Verdict

_REBUILD: Final = "Run `ottempera collector rebuild`, and `collector fsck` if it is the same again."
_FSCK: Final = "Run `ottempera collector fsck`."
_TELL_EVERY: Final = 100  # plans


class Assembly:
    """One bundle in the making. Raises, wherever something is missing or does not hold together: EvidenceError."""

    def __init__(
        self,
        store: Store,
        library: Library,
        head: Head,
        query: Query,
        *,
        scratch: Callable[[], BinaryIO],
        progress: Callable[[str], None],
    ) -> None:
        """Answer *query* under *head*; *scratch* opens a file for bytes that wait."""
        self._store, self._library, self._head, self._query = store, library, head, query
        self._progress = progress
        self._replay = Replayer()
        vantages: dict[str, int] = {}
        for one in head.enrolments:
            vantages.setdefault(one.probe, len(vantages))
        self.derived = Derived(query, head.times, vantages, scratch)
        self.writer = Writer(scratch())
        self._chains: dict[tuple[str, str], Chain] = {}
        self._closes: dict[tuple[str, str], bytes] = {}  # by plan and probe
        self._disputed: set[tuple[str, str]] = set()
        told = (one for one in head.entries if isinstance(one, Equivocation))
        self._told = {one.probe for one in told if one.what != UNFULFILLED}
        self._kept: set[str] = set()
        self._certificates: set[str] = set()
        self.asked: set[tuple[str, str]] = set()  # operators and names
        self.absent: list[tuple[int, str]] = []
        self.enrolled: set[str] = set()
        self.rounds = self.records = self.whole = 0

    def put(self, name: str, data: bytes) -> None:
        """Add a file; one that is there already is added once."""
        if name not in self._kept:
            self._kept.add(name)
            self.writer.add(name, (data,))

    async def log(self) -> None:
        """The collector's log, its time stamps and the keys it knows."""
        head, log = self._head, self._head.log.log
        await self._put_lines("log/entries.jsonl", self._store.entries(log, head.size))
        for key in (head.log.public_key, *head.probe_keys):
            self.put(f"keys/{key_id(key)}.pem", public_key_pem(key))
        chains: dict[str, dict[bytes, None]] = {}
        for stamp in head.stamps:
            stem = f"stamps/{stamp.size:010d}.{stamp.authority}"
            self.put(f"{stem}.tsq", stamp.request)
            self.put(f"{stem}.tsr", stamp.reply)
            chains.setdefault(stamp.authority, {}).update(dict.fromkeys(stamp.chain))
        for authority, certificates in chains.items():
            self.put(f"stamps/{authority}.pem", certificates_pem(certificates))

    async def probe_logs(self) -> None:
        """The probes' own logs, and the checkpoints that they or time stamps name."""
        head = self._head
        named = {head.size} | {one.size for one in head.stamps}
        for (probe, identifier), size in head.chains.items():
            lines: list[LogLine] = []
            async for line in self._copied(f"probes/{probe}/{identifier}.jsonl", probe, identifier, size):
                read = _log_line(line, f"line {len(lines)} of the log of {probe}, chain {identifier}")
                lines.append(read)
                if isinstance(read, CloseLine):
                    self._note_close(probe, read.close.plan, line)
                if isinstance(read, SeenLine) and read.seen.origin == head.log.origin:
                    named.add(read.seen.size)
            self._chains[probe, identifier] = chain(lines, head.log.origin)
        for size, note in (await self._store.notes(head.log.log, named)).items():
            self.put(f"checkpoints/{size:010d}.note", note)
        cosigned = b"".join(await self._store.cosignatures(head.log.log, head.size))
        self.put(f"checkpoints/{head.size:010d}.cosigned", cosigned)

    def _note_close(self, probe: str, plan_id: str, line: bytes) -> None:
        """Two closes of one round count as none; that this is so has to be in the log."""
        if self._closes.setdefault((plan_id, probe), line) == line:
            return
        if probe not in self._told:
            raise EvidenceError(
                f"{probe} closed plan {plan_id} in two ways, and the log does not say so",
                remedy="Wait for the next time stamp; if it is the same then, run `ottempera collector fsck`.",
            )
        self._disputed.add((plan_id, probe))

    async def plan(self, known: KnownPlan, payload: bytes, closed: Mapping[tuple[int, str], Sequence[PlaceOf]]) -> None:
        """A plan with what it names and every round of it that was closed."""
        plan = known.plan
        self.put(f"plans/{plan.number:010d}.json", payload)
        self.put(f"questions/{plan.questions}.json", await self._required(self._store.questions, plan.questions))
        self.put(f"policies/{plan.policy}.json", await self._required(self._store.policy_body, plan.policy))
        policy = await self._library.policy(plan.policy)
        pairs = pairs_of(self._query, policy, known.cells)
        operators = {one.id: one.operator_slug for one in policy.resolvers}
        self.asked |= {(operators[resolver], name) for resolver, name in pairs}
        judged = [one for one in await self._store.verdicts_of(plan.number) if (one.resolver, one.name) in pairs]
        verdicts: list[Verdict] = []
        times: list[RoundTimes] = []
        for vantage in sorted(plan.vantages, key=lambda one: one.id):
            self.enrolled.add(vantage.id)
            cells = applicable(known.cells, vantage)
            places = places_of(cells, self._query.names)
            at = self._counts(known.plan_id, vantage.id, closed.get((plan.number, vantage.id), ()))
            if at is None:
                if places:
                    self.absent.append((plan.number, vantage.id))
                continue
            whole = await self._sealed(known, vantage, at)
            expected = {(one.resolver, one.name): one for one in judged if one.probe == vantage.id}
            said = self._round(known, policy, whole, places, expected)
            verdicts += said
            times.append(self._head.times.round_times(plan, vantage.id, at, self._chains[vantage.id, at[0]]))
        samples = self._replay.fold(known.plan_id, plan, policy, pairs, verdicts)
        self.derived.plan(known.plan_id, plan, policy, verdicts=verdicts, samples=samples, rounds=times)
        if plan.number % _TELL_EVERY == 0:
            self._progress(f"plan {plan.number}: {self.rounds} rounds, {self.records} records")

    def _counts(self, plan_id: str, probe: str, places: Sequence[PlaceOf]) -> tuple[str, int] | None:
        """Where the close of a round stands; none if it is not beneath the head, disputed, or said in time to be untrue."""
        line = self._closes.get((plan_id, probe))
        if line is None or (plan_id, probe) in self._disputed:
            return None
        known = [(one.chain, one.leaf) for one in places if one.chain is not None and one.leaf is not None]
        if self._head.times.is_unfulfilled(probe, leaf_hash(line).hex(), known):
            return None
        return self._head.closed_at(places)

    def _round(
        self,
        known: KnownPlan,
        policy: Policy,
        whole: Sealed,
        places: frozenset[int],
        expected: Mapping[tuple[str, str], Verdict],
    ) -> list[Verdict]:
        """Write a round and give its verdicts: of the cells that bear on the question, or if need be of all."""
        plan, probe = known.plan, whole.closed.probe
        pairs = pairs_of(self._query, policy, known.cells)
        for chosen in (places, None):
            records = whole.chosen(chosen)
            said = [
                one for one in self._replay.judge(plan, policy, probe, records) if (one.resolver, one.name) in pairs
            ]
            if {(one.resolver, one.name): one for one in said} == expected:
                break
        else:
            raise EvidenceError(
                f"round {plan.number} of {probe}: the verdicts kept are not what the rules give", remedy=_REBUILD
            )
        require_plain(f"round {plan.number} of {probe}", records)
        self.whole += chosen is None
        self.rounds += 1
        self.records += len(records)
        self.writer.add(f"rounds/{plan.number:010d}/{probe}.jsonl", (line + b"\n" for line in whole.written(chosen)))
        self.derived.records(probe, records)
        for _, record in records:
            if record.tls is not None:
                self._certificates.update(record.tls.chain)
        return said

    async def _sealed(self, known: KnownPlan, vantage: PlanVantage, at: tuple[str, int]) -> Sealed:
        number = known.plan.number
        close = await self._store.round_close(number, vantage.id)
        if close is None:
            raise EvidenceError(f"the close of round {number} of {vantage.id} is missing", remedy=_FSCK)
        lines, _ = await read_lines(self._store, known, vantage, close)
        return sealed(Closed(number, vantage.id, close, *at), applicable(known.cells, vantage), lines)

    async def certificates(self) -> None:
        """Every certificate that a record here names."""
        for digest, der in (await self._store.certificates(self._certificates)).items():
            self.put(f"certificates/{digest}.der", der)

    def add_derived(self) -> None:
        """The files that follow from the rest."""
        for name, chunks in self.derived.files():
            self.writer.add(name, chunks)

    async def _put_lines(self, name: str, lines: AsyncIterator[bytes]) -> None:
        """Add a file of *lines*."""
        self.writer.add(name, [line + b"\n" async for line in lines])

    async def _copied(self, name: str, probe: str, identifier: str, size: int) -> AsyncIterator[bytes]:
        """The lines of a probe's log, which go into the bundle as well."""
        held: list[bytes] = []
        async for line in self._store.probe_log_lines(probe, identifier, size):
            held.append(line + b"\n")
            yield line
        self.writer.add(name, held)

    @staticmethod
    async def _required(read: Callable[[str], Awaitable[bytes | None]], digest: str) -> bytes:
        body = await read(digest)
        if body is None:
            raise EvidenceError(f"what a plan names by {digest} is missing", remedy=_FSCK)
        return body


def _log_line(line: bytes, what: str) -> LogLine:
    try:
        read = read_line(line)
    except FormatError as error:
        raise EvidenceError(f"{what}: {error}", remedy=_FSCK) from error
    if not isinstance(read, CloseLine | BeginLine | RotateLine | SeenLine) or encode(read) != line:
        raise EvidenceError(f"{what} is none of a log, in its one form", remedy=_FSCK)
    return read
