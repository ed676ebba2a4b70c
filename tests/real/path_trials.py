"""Plays every kind of interception in the namespace lab and judges what its probes saw: `python -m tests.real.path_trials OUT`.

To be run where `deploy.lab.real.namespace.enclosed` puts it. A trial is one verdict, of one round, on one public resolver
and name. OUT gets one JSON line an episode.
"""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Final

from msgspec.structs import replace

from collector.judge import judge_whole
from collector.judge.round import Judged
from collector.registry import default_policy
from deploy.lab.real.lab import RealLab
from deploy.lab.real.namespace import add_addresses
from deploy.lab.real.path.conntrack import forget_flows
from deploy.lab.real.path.device import Journal, Spec, read_journal
from deploy.lab.real.path.rules import Path as Rules
from deploy.lab.real.path.rules import install
from deploy.lab.real.places import ELSEWHERE
from deploy.lab.real.policies import DOCKET
from schema.codec import Wire, encode, reader
from schema.endpoint import parse_endpoint
from schema.record import Record
from schema.registry import World
from schema.words import Failure, Note, Origin, Outcome, Role, Sign
from tests.real.path_kinds import CANARY, DEVICE, PROVIDER, Episode, Kind, episodes
from tests.real.path_rounds import WINDOW, Heeded, Round, heed, questions
from tests.real.path_stored import Stored, compare

_ROUNDS: Final = 3
_STOP_S: Final = 60.0


class Trial(Wire, frozen=True, omit_defaults=False):
    """What one round said of one resolver and name.

    *vouched*: its witness was asked where a certificate verified. *heard*: some question about the name was answered there.
    """

    resolver: str
    name: str
    outcome: Outcome
    origin: Origin | None
    rule: str
    vouched: bool
    heard: bool
    notes: tuple[Note, ...]
    signs: tuple[Sign, ...]  # at the resolver's UDP endpoint
    signs_tcp: tuple[Sign, ...]  # at port 53 over TCP
    endpoints: dict[str, Outcome]


class Played(Wire, frozen=True, omit_defaults=False):
    """What came of one episode."""

    kind: Kind
    title: str
    seed: str
    reachable: bool | None
    expected_signs: tuple[Sign, ...]
    unsigned: tuple[str, ...]
    trials: tuple[Trial, ...]
    delivered: int
    stored: int
    after_window: int
    other_ids: int
    missing: tuple[str, ...]
    invented: tuple[str, ...]
    lost: int  # packets that the tap or the device had no room for
    unjournalled: int  # datagrams that bear the device's mark and are not in its journal, or the other way
    forged: int  # datagrams that the device made up
    forged_tcp: int
    tls_greeted: int
    tls_asked: int
    untrusted: int  # questions that were not put because no certificate verified
    forged_first: int  # questions over UDP, of those that got forged and true answers, to which a forged one came first
    true_first: int
    took_s: float


read_played = reader(Played, "episode")


@contextmanager
def device(spec: Spec | None, authority: Path, folder: Path) -> Iterator[list[Journal]]:
    """The device of *spec*, which writes the root of its certificates to *authority*, while the context lasts; afterwards the list holds its journal.

    Raises:
        OSError: it does not stand.
    """
    journals: list[Journal] = []
    if spec is None:
        yield journals
        return
    wanted, journal = folder / "device.json", folder / "journal.json"
    wanted.write_bytes(encode(replace(spec, authority=str(authority))))
    command = [
        "setpriv",
        "--pdeathsig",
        "KILL",
        "--",
        sys.executable,
        "-m",
        "deploy.lab.real.path.device",
        str(wanted),
        str(journal),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            if process.stdout is None or process.stdout.readline() != "ready\n":
                raise OSError("the device does not stand")
            yield journals
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(_STOP_S)
    journals.append(read_journal(journal.read_bytes()))


def play(episode: Episode, lab: RealLab, data: bytes, seed: str, folder: Path) -> Played:
    """Make *episode*'s rounds and judge them.

    Raises:
        OSError: the path or the device cannot be set up.
    """
    began = monotonic()
    seeds = [f"{seed}/{episode.kind}/{episode.title}/{number}" for number in range(_ROUNDS)]
    install(episode.path)
    forget_flows()
    try:
        authority, trust = folder / "device.pem", folder / "trust.pem"
        with device(episode.spec, authority, folder) as journals:
            trust.write_bytes(lab.trust.read_bytes() + (authority.read_bytes() if episode.trusted else b""))
            heeded = asyncio.run(heed(data, episode.vantage, trust, seeds, marked=episode.path.hold))
    finally:
        install(Rules(()))
        forget_flows()
    journal = journals[0] if journals else Journal()
    stored = compare(heeded.rounds, heeded.noted, episode.path.resolvers, window_s=WINDOW.most_s)
    trials = [one for records in heeded.rounds for one in _trials(records, episode, lab.world)]
    return _played(episode, seed, trials, stored, journal, heeded, monotonic() - began)


def _played(
    episode: Episode, seed: str, trials: list[Trial], stored: Stored, journal: Journal, heeded: Heeded, took_s: float
) -> Played:
    forged = {one.wire for one in journal.sent if one.forged}
    records = [record for one in heeded.rounds for _, record in one]
    firsts = [first for record in records if (first := _first(record, forged)) is not None]
    untrusted = sum(record.failure is Failure.TLS_UNTRUSTED for record in records)
    return Played(
        episode.kind, episode.title, seed, episode.reachable, tuple(sorted(episode.signs)),
        episode.unsigned, tuple(trials),
        stored.delivered, stored.stored, stored.after_window, stored.other_ids, tuple(stored.missing),
        tuple(stored.invented), heeded.lost + journal.lost, _unjournalled(episode, journal, heeded),
        sum(one.forged for one in journal.sent), journal.forged_tcp, journal.tls_greeted, journal.tls_asked, untrusted,
        sum(firsts), len(firsts) - sum(firsts), round(took_s, 1),
    )  # fmt: skip


def _first(record: Record, forged: set[bytes]) -> bool | None:
    """Whether the first answer under the question's own id is forged; None if they are not of both sorts."""
    sorts = [answer.wire in forged for answer in record.answers if answer.wire[:2] == record.query[:2]]
    return sorts[0] if len(set(sorts)) > 1 else None


def _unjournalled(episode: Episode, journal: Journal, heeded: Heeded) -> int:
    """How many datagrams only one of device and tap knows of; where the device sends all that arrives."""
    if not episode.path.hold:
        return 0
    tapped = [(one.source, one.client, one.payload) for _, one in heeded.noted if one.source_port == 53]
    sent = [(one.source, (one.client, one.port), one.wire) for one in journal.sent if one.at_ns < heeded.until_ns]
    return len(set(tapped) ^ set(sent)) + abs(len(tapped) - len(sent))


def _trials(records: Round, episode: Episode, world: World) -> Iterator[Trial]:
    judged = judge_whole(records, world, default_policy(world), vantage=episode.vantage)
    endpoints = {record.cell: record.endpoint for _, record in records}
    heard = {(record.resolver, record.name) for _, record in records if _vouched(record)}
    for verdict in judged.verdicts:
        if verdict.name not in DOCKET or (verdict.resolver == PROVIDER.id) != (episode.kind is Kind.OWN_LINE):
            continue
        witness = endpoints.get(verdict.witness, "") if verdict.witness is not None else ""
        yield Trial(
            verdict.resolver, verdict.name, verdict.outcome, verdict.origin, verdict.rule,
            bool(witness) and parse_endpoint(witness).verifiable, (verdict.resolver, verdict.name) in heard,
            verdict.notes, _signs(judged, verdict.resolver, "udp:"), _signs(judged, verdict.resolver, "tcp:"),
            verdict.endpoints,
        )  # fmt: skip


def _vouched(record: Record) -> bool:
    """Whether a target's question was answered behind a certificate that verified."""
    return record.role is Role.TARGET and bool(record.answers) and record.tls is not None and record.tls.verified


def _signs(judged: Judged, resolver: str, transport: str) -> tuple[Sign, ...]:
    return tuple(
        sign
        for one in judged.interceptions
        if one.resolver == resolver and one.endpoint.startswith(transport)
        for sign in one.signs
    )


def main(arguments: Sequence[str]) -> None:
    """Play all episodes into the file *arguments[0]*; *arguments[1]* is the seed, *arguments[2:]* are kinds, else all."""
    out, seed, kinds = Path(arguments[0]), arguments[1], {Kind(one) for one in arguments[2:]} or set(Kind)
    with tempfile.TemporaryDirectory() as folder, out.open("wb") as lines, RealLab(Path(folder) / "lab") as lab:
        add_addresses((CANARY, DEVICE))
        data = questions(lab.world)
        asyncio.run(heed(data, ELSEWHERE, lab.trust, [f"{seed}/warm"], marked=False))  # recursions begin with nothing
        for episode in episodes(seed):
            if episode.kind in kinds:
                lines.write(encode(play(episode, lab, data, seed, Path(folder))) + b"\n")
                lines.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
