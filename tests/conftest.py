"""For every test: the same examples on each run, no way off the machine, and a place for what is to be read at the end."""

from __future__ import annotations

import socket
import sys
from ipaddress import ip_address
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadFileScheduling

from tests.helpers.workers import together

if TYPE_CHECKING:
    from collections.abc import Callable

    from xdist.remote import Producer

# The same examples each run, and no deadline: a slow machine is no failing test.
settings.register_profile(
    "house", derandomize=True, database=None, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("house")

_LOOPBACK_ONLY = [name for _, name in socket.if_nameindex()] == ["lo"]


def _is_name(host: object) -> bool:
    """Whether looking *host* up would ask a name server."""
    text = host.decode("ascii", "replace") if isinstance(host, bytes) else host
    if not isinstance(text, str) or text in {"", "localhost"}:
        return False
    try:
        ip_address(text)
    except ValueError:
        return True
    return False


def _look_up(arguments: tuple[object, ...]) -> None:
    if _is_name(arguments[0]):
        raise AssertionError(f"a test looks the host name {arguments[0]!r} up; tests use numeric addresses")


def _reach(arguments: tuple[object, ...]) -> None:
    address = arguments[1]
    if not isinstance(address, tuple):
        return  # a unix socket
    host = str(address[0])
    if _is_name(host):
        raise AssertionError(f"a test reaches for the host name {host!r}; tests use numeric addresses")
    if not _LOOPBACK_ONLY and host not in {"", "localhost"} and not ip_address(host).is_loopback:
        raise AssertionError(f"a test reaches for {host}; outside a network of their own, tests stay on loopback")


_GUARDS: dict[str, Callable[[tuple[object, ...]], None]] = {
    "socket.getaddrinfo": _look_up,
    "socket.gethostbyname": _look_up,
    "socket.connect": _reach,
    "socket.sendto": _reach,
    "socket.sendmsg": _reach,
}


def _guard(event: str, arguments: tuple[object, ...]) -> None:
    check = _GUARDS.get(event)
    if check:
        check(arguments)


sys.addaudithook(_guard)


class Scheduling(LoadFileScheduling):  # type: ignore[misc]  # it carries no types
    """A file to a worker, and what reads one world to one worker too."""

    def _split_scope(self, nodeid: str) -> str:
        return together(nodeid) or super()._split_scope(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Scheduling | None:
    """Where files go to workers whole."""
    return Scheduling(config, log) if config.getvalue("dist") == "loadfile" else None


@pytest.fixture
def show(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Print a text at the end of the run, whether or not the test passes and whichever worker runs it."""
    return lambda text: record_property("shown", text)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests have shown: tables, counts, seeds."""
    reports = [one for reports in terminalreporter.stats.values() for one in reports]
    for report in reports:
        if isinstance(report, pytest.TestReport) and report.when == "call":
            for name, text in report.user_properties:
                if name == "shown":
                    terminalreporter.write_sep("-", report.nodeid)
                    terminalreporter.write_line(str(text))
