"""Checks the collector's log and the copies: entries against the ledger, checkpoints, cosignatures and tokens against entries."""

from __future__ import annotations

from collections import defaultdict
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from collector.evidence.log import compose
from collector.faults import Fault
from schema.cells import applicable, expand
from schema.endpoint import parse_endpoint
from schema.entry import LogBegins, read_entry
from schema.errors import OttemperaError
from schema.log import Tree, leaf_hash
from schema.note import Checkpoint, cosigned_at, read_note, read_signatures, verify_own, witness_name
from schema.plan import read_plan
from schema.policy import read_policy
from schema.trust import TrustedAuthority
from schema.verifier.token import check_token, read_token

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from collector.store import Store
    from collector.store.check import CheckedStamp, EntryRow
    from collector.store.log import LogRow

_AT_A_TIME: Final = 5_000
_PLANS_AT_A_TIME: Final = 1_000


async def check_logs(store: Store) -> AsyncIterator[Fault]:
    """Every fault of the collector's logs."""
    keys: dict[str, list[bytes]] = defaultdict(list)
    for one in await store.holdings():
        keys[witness_name(one.probe)].append(one.public_key)
    for log in await store.all_logs():
        tree = Tree()
        async for what in _entries(store, log, tree):
            yield Fault(f"log {log.origin}", what)
        async for what in _checkpoints(store, log, tree, keys):
            yield Fault(f"log {log.origin}", what)
        for stamp in await store.stamps_of(log.log):
            if (wrong := _token(stamp)) is not None:
                yield Fault(f"log {log.origin}", f"token of {stamp.authority} over {stamp.size} lines: {wrong}")


async def _entries(store: Store, log: LogRow, tree: Tree) -> AsyncIterator[str]:
    """Each line against the row it is of, and each row against its line; *tree* grows by the lines."""
    wanted = {(one.kind, one.ref): one.line for one in compose(await store.ledger_rows(log.log))}
    found: set[tuple[str, str]] = set()
    while rows := await store.entry_rows(log.log, len(tree), _AT_A_TIME):
        for row in rows:
            place = len(tree)
            tree.append(leaf_hash(row.line))
            found.add((row.kind, row.ref))
            what = _entry(row, place, log, wanted)
            if what:
                yield f"line {place}: {what}"
    last = {kind: place for place, (kind, _) in enumerate(wanted) if (kind, _) in found}
    for place, (kind, ref) in enumerate(wanted):
        if (kind, ref) not in found and place < last.get(kind, 0):
            yield f"{kind} {ref} has no line, later ones have"


def _entry(row: EntryRow, place: int, log: LogRow, wanted: Mapping[tuple[str, str], bytes]) -> str | None:
    if row.place != place:
        return f"it is missing; the next one is {row.place}"
    if row.leaf != leaf_hash(row.line):
        return "its leaf is not the hash of it"
    try:
        entry = read_entry(row.line)
    except OttemperaError as error:
        return str(error)
    if isinstance(entry, LogBegins) or place == 0:
        right = isinstance(entry, LogBegins) and (entry.origin, entry.key) == (log.origin, log.public_key.hex())
        return None if place == 0 and right else "the log begins elsewhere or otherwise"
    line = wanted.get((row.kind, row.ref))
    if line is None:
        return f"{row.kind} {row.ref} is not in the ledger"
    return None if line == row.line else f"{row.kind} {row.ref} is another in the ledger"


async def _checkpoints(
    store: Store, log: LogRow, tree: Tree, keys: Mapping[str, Sequence[bytes]]
) -> AsyncIterator[str]:
    after = 0
    while rows := await store.checkpoints(log.log, after, _AT_A_TIME):
        for row in rows:
            after = row.size
            where = f"checkpoint of {row.size} lines"
            if row.size > len(tree):
                yield f"{where}: there are only {len(tree)}"
                continue
            head = Checkpoint(log.origin, row.size, tree.root(row.size))
            if row.root != head.root:
                yield f"{where}: its root is not that of the lines"
            try:
                note = read_note(row.note)
                verify_own(note, log.public_key)
            except OttemperaError as error:
                yield f"{where}: {error}"
                continue
            if note.checkpoint != head or len(note.signatures) != 1:
                yield f"{where}: its note says otherwise"
            for name, line in await store.cosignature_lines(log.log, row.size):
                what = _cosignature(head, name, line, keys.get(name))
                if what:
                    yield f"{where}: cosignature of {name}: {what}"


def _cosignature(head: Checkpoint, name: str, line: bytes, keys: Sequence[bytes] | None) -> str | None:
    """What is wrong; of a witness that is no probe, only the form can be seen here."""
    try:
        (one,) = read_signatures(line)
    except (OttemperaError, ValueError) as error:
        return str(error)
    if one.name != name:
        return f"it is of {one.name}"
    for key in keys or ():
        try:
            cosigned_at(head, one, key)
        except OttemperaError:
            continue
        return None
    return None if keys is None else "it fits none of its keys"


def _token(stamp: CheckedStamp) -> str | None:
    try:
        said = read_token(stamp.reply)
        pinned = TrustedAuthority(stamp.authority, stamp.chain[0], said.policy, tuple(stamp.chain[1:]))
        token = check_token(stamp.reply, request=stamp.request, message=stamp.note, pinned=pinned)
    except (OttemperaError, IndexError) as error:
        return str(error)
    if sha256(token.certificate).digest() != stamp.certificate:
        return "its certificate is another"
    if (token.at, token.accuracy_us) != (stamp.gen_at, stamp.accuracy_us):
        return "its time is another"
    return None


async def check_copies(store: Store) -> AsyncIterator[Fault]:
    """Every row that was copied out of bytes and says otherwise than they do."""
    for kind, name in await store.wrong_digests():
        yield Fault(f"{kind} {name}", "its digest is not that of its bytes")
    for number, body in await store.question_sets():
        if (what := await _cells(store, number, body)) is not None:
            yield Fault(f"question set {number}", what)
    for number, body, fresh_s in await store.policies():
        if (what := await _resolvers(store, number, body, fresh_s)) is not None:
            yield Fault(f"policy {number}", what)
    number = 0
    while envelopes := await store.plans(number, _PLANS_AT_A_TIME):
        for envelope in envelopes:
            number += 1
            if (what := await _plan(store, number, envelope.payload)) is not None:
                yield Fault(f"plan {number}", what)


async def _cells(store: Store, number: int, body: bytes) -> str | None:
    try:
        cells = expand(body)
        wanted = [
            (
                cell.number, cell.role, cell.resolver, cell.endpoint, parse_endpoint(cell.endpoint).transport,
                parse_endpoint(cell.endpoint).family, cell.name, cell.qclass, cell.qtype, cell.profile, cell.repeat,
            )
            for cell in cells
        ]  # fmt: skip
    except OttemperaError as error:
        return str(error)
    return None if wanted == await store.cell_copies(number) else "its cells are others in their table"


async def _resolvers(store: Store, number: int, body: bytes, fresh_s: int) -> str | None:
    try:
        policy = read_policy(body)
    except OttemperaError as error:
        return str(error)
    wanted = [
        (
            one.id, one.operator, one.operator_slug, one.kind, list(one.asns), one.on_net_only, one.twin or None,
            list(one.endpoints),
        )
        for one in sorted(policy.resolvers, key=lambda one: one.id.encode())
    ]  # fmt: skip
    same = fresh_s == policy.fresh_s and wanted == await store.resolver_copies(number)
    return None if same else "its resolvers are others in their table"


async def _plan(store: Store, number: int, payload: bytes) -> str | None:
    facts, vantages = await store.plan_copies(number)
    try:
        plan = read_plan(payload)
    except OttemperaError as error:
        return str(error)
    if facts != (plan.starts_at, plan.window_s, plan.questions, plan.policy):
        return "its start, window, questions or policy are others in their table"
    body = await store.questions(plan.questions) or b""
    try:
        cells = expand(body)
    except OttemperaError as error:
        return str(error)
    told = {one.id: (one.asn, one.country, len(applicable(cells, one))) for one in plan.vantages}
    kept = {probe: copy[:3] for probe, copy in vantages.items()}
    strangers = [probe for probe, copy in vantages.items() if copy[3] not in {None, probe}]
    return None if told == kept and not strangers else "its vantages are others in their table"
