"""What days come to, kept in step with orders, samples and time: loads what `collector.compliance` finds days from."""

from __future__ import annotations

from collector.findings.job import Findings
from collector.findings.now import find_now

__all__ = ["Findings", "find_now"]
