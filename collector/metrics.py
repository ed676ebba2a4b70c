"""Counts what a collector does, for Prometheus; a registry of its own, so that two collectors in a process do not mix."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from collector.receive.admit import Admitted
    from collector.receive.match import Matched
    from schema.verdict import Verdict


class Metrics:
    """The counters of one collector; all begin with `ottempera_`."""

    def __init__(self) -> None:
        registry = self._registry = CollectorRegistry()
        self.batches = Counter("ottempera_batches", "Batches made durable.", ["probe"], registry=registry)
        self.observations = Counter("ottempera_observations", "Observations stored.", ["probe"], registry=registry)
        self.notes = Counter("ottempera_batch_notes", "Oddities noted on batches.", ["note"], registry=registry)
        self.refusals = Counter("ottempera_refusals", "Requests refused.", ["problem"], registry=registry)
        self.forks = Counter("ottempera_forks", "Chains that hold two contents for a place.", registry=registry)
        self.verdicts = Counter("ottempera_verdicts", "Verdicts by outcome.", ["outcome"], registry=registry)
        self.unsealed = Counter("ottempera_rounds_unsealed", "Closes whose root does not fit.", registry=registry)
        self.waiting = Gauge("ottempera_rounds_waiting", "Closed rounds not judged yet.", registry=registry)
        self.failed = Gauge("ottempera_rounds_failed", "Closed rounds that could not be judged.", registry=registry)
        self.log_size = Gauge("ottempera_log_lines", "Lines of the log.", registry=registry)
        self.barred = Gauge("ottempera_signing_barred", "1 while no checkpoint may be signed.", registry=registry)
        self.equivocations = Counter("ottempera_equivocations", "Probes that signed two of one.", registry=registry)
        self.witness_troubles = Counter(
            "ottempera_witness_troubles",
            "Tries to have a checkpoint cosigned that failed.",
            ["witness"],
            registry=registry,
        )
        self.lag = Histogram(
            "ottempera_judging_lag_seconds", "From a close made durable to its status visible.", registry=registry
        )

    def kept(self, batch: Admitted, matched: Matched) -> None:
        """Count *batch*, which is durable now."""
        self.batches.labels(batch.header.probe).inc()
        self.observations.labels(batch.header.probe).inc(len(matched.seen))
        for note in (*batch.notes, *matched.notes):
            self.notes.labels(note).inc()

    def judged(self, verdicts: Iterable[Verdict], *, sealed: bool) -> None:
        """Count the verdicts of a round."""
        for verdict in verdicts:
            self.verdicts.labels(verdict.outcome).inc()
        if not sealed:
            self.unsealed.inc()

    def render(self) -> bytes:
        """All of them in the text format."""
        return generate_latest(self._registry)
