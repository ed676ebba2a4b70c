"""The namespace lab starts where there is no way out, validates what is signed, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING

import dns.message
import dns.name
import dns.rcode
import dns.zone
import pytest

from deploy.lab.real import rpz
from deploy.lab.real.lab import absent
from deploy.lab.real.namespace import enclosed, environment
from deploy.lab.real.policies import CANNOT, Policy, Software, names_of, rules_of
from deploy.lab.real.whoami import answer
from deploy.lab.real.zones import zone_files
from schema.errors import UnavailableError
from schema.registry import WHOAMI

if TYPE_CHECKING:
    from collections.abc import Iterator

_UP = "Ctrl-C ends it."
_WAIT_S = 120.0
_ROOTLESS = ("unshare", "--user", "--map-root-user", "--")
_NO_NETWORKS = 'echo 0 > /proc/sys/user/max_net_namespaces && exec "$@"'
_VALIDATING = """
import sys
from pathlib import Path
import dns.flags, dns.message, dns.query
from deploy.lab.real.lab import RealLab
from deploy.lab.real.places import everywhere
with RealLab(Path(sys.argv[1])):
    for place in everywhere():
        for name in ("honest.signed-policy.it.", "honest.policy.it."):
            reply = dns.query.tcp(dns.message.make_query(name, "A", want_dnssec=True), place.address, timeout=30)
            print(place.id, name, bool(reply.flags & dns.flags.AD), reply.answer[0][0])
        reply = dns.query.tcp(dns.message.make_query("whoami.akamai.net.", "A"), place.address, timeout=30)
        print(place.id, "asks by", reply.answer[0][0])
"""


def _enclosed(*command: str) -> list[str]:
    if lacking := absent():
        pytest.skip(f"not installed: {', '.join(lacking)}")
    try:
        return enclosed(command)
    except UnavailableError as error:
        pytest.skip(f"{error} {error.remedy}")


def _descendants(parent: int) -> list[int]:
    children = [int(one) for one in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]
    return children + [one for child in children for one in _descendants(child)]


def _is_gone(process_id: int) -> bool:
    try:
        return Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


@pytest.fixture
def up(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """The lab as `make lab-real` runs it, when it has said that it is up; gone afterwards, with all it started."""
    command = _enclosed(sys.executable, "-m", "deploy.lab.real", "--inside", str(tmp_path))
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment()) as lab:
        try:
            assert lab.stdout is not None
            if not any(line.startswith(_UP) for line in lab.stdout):
                pytest.fail(f"the lab ended with {lab.wait()}")
            yield lab
        finally:
            lab.kill()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda how: how.name)
def test_programs_end_with_the_lab(up: subprocess.Popen[str], how: signal.Signals) -> None:
    programs = _descendants(up.pid)
    assert len(programs) > len(Software)
    up.send_signal(how)
    assert up.wait(_WAIT_S) == (0 if how is not signal.SIGKILL else -signal.SIGKILL)
    ends = time.monotonic() + _WAIT_S
    while not all(_is_gone(one) for one in programs):
        assert time.monotonic() < ends, "a program outlived the lab"
        time.sleep(0.02)


def test_starts_nothing_where_there_is_a_way_out(tmp_path: Path) -> None:
    """Even one more device is too much: what follows referrals must have nowhere to go."""
    more = 'ip link add out type dummy 2>&1 || ip link add out type veth peer name in 2>&1 || exit 75; exec "$@"'
    lab = (sys.executable, "-m", "deploy.lab.real", "--inside", str(tmp_path / "lab"), "--", "true")
    done = subprocess.run(
        _enclosed("sh", "-c", more, "sh", *lab), capture_output=True, text=True, check=False, env=environment()
    )
    if done.returncode == os.EX_TEMPFAIL:
        pytest.skip(f"this kernel makes no second device: {done.stdout.strip()}")
    assert done.returncode == UnavailableError.exit_code
    assert "more than loopback" in done.stderr
    assert not (tmp_path / "lab").exists()


def test_says_so_where_no_namespace_is_to_be_had(tmp_path: Path) -> None:
    refusing = [*_ROOTLESS, "sh", "-c", _NO_NETWORKS, "sh"]
    if refused := subprocess.run([*refusing, "true"], capture_output=True, text=True, check=False).stderr:
        pytest.skip(f"no user namespace to forbid it in: {refused.strip()}")
    lab = [sys.executable, "-m", "deploy.lab.real", str(tmp_path / "lab")]
    done = subprocess.run([*refusing, *lab], capture_output=True, text=True, check=False, env=environment())
    assert done.returncode == UnavailableError.exit_code
    assert "lets us make no network namespace" in done.stderr
    assert not (tmp_path / "lab").exists()


@pytest.mark.parametrize("rootless", [False, True], ids=["as it comes", "root of nothing"])
def test_resolvers_validate_and_ask_by_addresses_of_their_own(tmp_path: Path, rootless: bool) -> None:
    command = _enclosed(sys.executable, "-c", _VALIDATING, str(tmp_path))
    if rootless:
        command = [*_ROOTLESS, *command]
        if refused := subprocess.run([*_ROOTLESS, "true"], capture_output=True, text=True, check=False).stderr:
            pytest.skip(f"no user namespace here: {refused.strip()}")
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment())
    assert done.returncode == 0, done.stderr
    said = [line.split() for line in done.stdout.splitlines()]
    validated = [one for one in said if "asks" not in one]
    assert validated
    assert all((name == "honest.signed-policy.it.") == (ad == "True") for _, name, ad, _ in validated)
    by = {one[0]: one[-1] for one in said if "asks" in one}
    assert len(set(by.values())) == len(by)


def test_zones_are_read_as_they_are_written() -> None:
    for texts in zone_files().values():
        for origin, text in texts.items():
            assert dns.zone.from_text(text, origin=origin, relativize=False).get_soa().serial


@pytest.mark.parametrize("software", Software)
def test_each_program_is_told_every_policy_that_it_can(software: Software) -> None:
    told = {rule.name for rule in rules_of(software)}
    for policy in Policy:
        able = policy is not Policy.HONEST and (software, policy) not in CANNOT
        assert told.issuperset(names_of(policy)) == able


def test_a_policy_zone_is_a_zone() -> None:
    rules = rules_of(Software.KNOT)
    zone = dns.zone.from_text(rpz.zone(rules), origin=rpz.ZONE, relativize=False, check_origin=False)
    named = {name.relativize(dns.name.from_text(rpz.ZONE)).to_text() + "." for name in zone.nodes}
    assert named >= {rule.name for rule in rules if rule.policy in rpz.EXPRESSIBLE}


@pytest.mark.parametrize("where", ["192.0.2.9", "198.51.100.77"])
def test_whoami_answers_who_asks(where: str) -> None:
    query = dns.message.make_query(WHOAMI, "A")
    wire = answer(query.to_wire(), where, dns.name.from_text(WHOAMI))
    assert wire is not None
    reply = dns.message.from_wire(wire)
    assert [rdata.address for rdata in reply.answer[0]] == [str(ip_address(where))]
    assert reply.answer[0].ttl == 0


@pytest.mark.parametrize(
    ("name", "qtype", "rcode"),
    [(WHOAMI, "AAAA", dns.rcode.NOERROR), (f"a.{WHOAMI}", "A", dns.rcode.NXDOMAIN), ("it.", "A", dns.rcode.REFUSED)],
)
def test_whoami_denies_the_rest(name: str, qtype: str, rcode: dns.rcode.Rcode) -> None:
    wire = answer(dns.message.make_query(name, qtype).to_wire(), "192.0.2.9", dns.name.from_text(WHOAMI))
    assert wire is not None
    reply = dns.message.from_wire(wire)
    assert (reply.rcode(), reply.answer) == (rcode, [])


@pytest.mark.parametrize("wire", [b"", b"\0" * 11, b"\0\0\x80" + b"\0" * 9, b"\xff" * 40])
def test_whoami_is_silent_to_what_is_no_question(wire: bytes) -> None:
    assert answer(wire, "192.0.2.9", dns.name.from_text(WHOAMI)) is None
