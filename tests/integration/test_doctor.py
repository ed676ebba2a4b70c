"""The doctor asks nobody unless told to, and then shows what port 53 and a verified channel say, side by side."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import dns.message
import dns.rrset
import pytest

from collector.questions import build_questions
from probe.doctor import Check, examine
from probe.identity import create_key
from probe.plans import HeldPlan, PlanFolder
from schema.cells import questions_digest
from schema.codec import encode
from schema.neverprobe import NeverProbe, digest
from schema.plan import Plan, plan_id, seal_plan
from schema.registry import CANARY_ENDPOINTS, Resolver, World
from schema.words import Kind
from tests.helpers.resolvers import Authority, Peer, datagrams, streams
from tests.helpers.standin import COLLECTOR, NOW, VANTAGE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from schema.endpoint import Endpoint

NAME = "dns.first.test"
UDP, TLS = "udp:198.51.100.1:53", f"tls:198.51.100.1:853#{NAME}"
WORLD = World(
    (
        Resolver("first", "First", endpoints=(UDP, "tcp:198.51.100.1:53", TLS)),
        Resolver("old", "Old", endpoints=("udp:198.51.100.2:53",)),  # nothing there to compare with
        Resolver("isp", "ISP", Kind.ISP, (64999,), True, ("udp:198.51.100.3:53", "tls:198.51.100.3:853#dns.isp.test")),
    )
)


def settings(folder: Path, trust: Path, *, plan: bool = True) -> Path:
    """A probe's settings and state, with a plan that it holds."""
    state = folder / "state"
    create_key(state / "key")
    lines = {
        "probe": VANTAGE.id, "collector": "http://127.0.0.1:1", "collector_key": COLLECTOR.public_key.hex(),
        "state": str(state), "trust": str(trust),
    }  # fmt: skip
    text = "".join(f'{key} = "{value}"\n' for key, value in lines.items())
    path = folder / "probe.toml"
    path.write_text(
        text + "answer_window_s = 5\nlab = true\nsettle_s = 0.25\nendpoint_interval_s = 0\nresolver_interval_s = 0\n"
    )
    if plan:
        data = build_questions(WORLD, ["site.test"])
        made = Plan(1, 7, NOW, 60.0, "5eed", questions_digest(data), "0" * 64, (VANTAGE,))
        held = PlanFolder(state / "plans", collector_key=COLLECTOR.public_key)
        held.take_questions(made.questions, data)
        held.keep(seal_plan(made, COLLECTOR), HeldPlan(plan_id(encode(made)), made))
    return path


def named(query: bytes, text: str) -> bytes:
    """An answer that says who answers."""
    asked = dns.message.from_wire(query)
    response = dns.message.make_response(asked)
    owner, rdtype = asked.question[0].name, asked.question[0].rdtype
    said = f'"{text}"' if rdtype == dns.rdatatype.TXT else "192.0.2.80"
    response.answer.append(dns.rrset.from_text(owner, 0, asked.question[0].rdclass, rdtype, said))
    return response.to_wire()


async def seen(
    tmp_path: Path, *, udp: Callable[[bytes], list[bytes]], canary: Callable[[bytes], list[bytes]]
) -> dict[str, Check]:
    """What is found where the resolver's name over TLS is `true-1`; nothing listens on TCP at the empty address."""
    authority = Authority(tmp_path)

    async def serve(peer: Peer) -> None:
        while True:
            peer.send(named(await peer.query(), "true-1"))

    async with (
        datagrams(lambda query: [(0, wire) for wire in udp(query)]) as (open_at, _),
        datagrams(lambda query: [(0, wire) for wire in canary(query)]) as (canary_at, _),
        streams(serve, tls=authority.server(NAME)) as tls_at,
    ):
        ways = {UDP: open_at, TLS: tls_at, CANARY_ENDPOINTS[0]: canary_at, CANARY_ENDPOINTS[1]: ("127.0.0.1", 1)}

        def route(endpoint: Endpoint) -> tuple[str, int]:
            return ways[str(endpoint)]

        config = settings(tmp_path, authority.file)
        checks = await asyncio.to_thread(examine, config, ask=True, route=route)
    return {check.what: check for check in checks}


async def test_an_undisturbed_line(tmp_path: Path) -> None:
    found = await seen(tmp_path, udp=lambda query: [named(query, "true-2")], canary=lambda _: [])
    assert found["port 53"] == Check(
        "port 53", ok=True, found="an address that runs no DNS over udp: no answer; over tcp: refused"
    )
    assert found["first"].found == 'id.server over udp: answered "true-2"; over tls: answered "true-1"'
    assert not {"old", "isp"} & found.keys()


async def test_a_device_that_answers_for_everybody(tmp_path: Path) -> None:
    """What it says is shown; that something is wrong is not for a probe to say."""
    found = await seen(
        tmp_path,
        udp=lambda query: [named(query, "modem"), named(query, "true-2")],
        canary=lambda query: [named(query, "modem")],
    )
    assert found["port 53"].found == 'an address that runs no DNS over udp: answered "192.0.2.80"; over tcp: refused'
    assert found["first"].found == (
        'id.server over udp: answered "modem" and answered "true-2"; over tls: answered "true-1"'
    )
    assert all(found[what].ok and not found[what].remedy for what in ("port 53", "first"))


@pytest.mark.parametrize(
    ("wire", "shown"),
    [
        (lambda query: named(query, "\\027[31m" + "x" * 200), '"?[31m' + "x" * 59 + '"'),
        (lambda query: query[:2] + b"\x81\x85" + query[4:], "REFUSED"),
        (lambda query: query[:2] + b"\x81\x89" + query[4:], "rcode 9"),
    ],
)
async def test_what_came_is_safe_to_print(tmp_path: Path, wire: Callable[[bytes], bytes], shown: str) -> None:
    found = await seen(tmp_path, udp=lambda query: [wire(query)], canary=lambda _: [b"noise"])
    assert f"over udp: answered {shown};" in found["first"].found
    assert "over udp: 5 bytes that are no answer;" in found["port 53"].found


@pytest.mark.parametrize(
    ("plan", "ask", "ok", "says"),
    [
        (True, False, True, "not asked; --ask puts 4 questions"),
        (False, False, True, "not asked; no plan is held"),
        (False, True, False, "not asked; no plan is held"),
    ],
)
def test_nobody_is_asked_unwished_or_unplanned(tmp_path: Path, plan: bool, ask: bool, ok: bool, says: str) -> None:
    def route(endpoint: Endpoint) -> tuple[str, int]:
        raise AssertionError(endpoint)

    path = settings(tmp_path, tmp_path / "none.pem", plan=plan)
    before = {one: one.stat().st_mtime_ns for one in tmp_path.rglob("*")}
    (found,) = [check for check in examine(path, ask=ask, route=route) if check.what == "port 53"]
    assert (found.ok, found.found) == (ok, says)
    assert {one: one.stat().st_mtime_ns for one in tmp_path.rglob("*")} == before, "the agent's folder is as it was"


def test_a_plan_of_somebody_else_asks_nothing(tmp_path: Path) -> None:
    path = settings(tmp_path, tmp_path / "none.pem")
    path.write_text(path.read_text().replace(COLLECTOR.public_key.hex(), "ab" * 32))
    (found,) = [check for check in examine(path, ask=True) if check.what == "port 53"]
    assert not found.ok


def test_the_never_probe_list(tmp_path: Path) -> None:
    """It is looked at where the settings name one; without it `probe run` would not start."""
    path = settings(tmp_path, tmp_path / "none.pem")
    assert not [check for check in examine(path) if check.what == "never-probe"]
    never = tmp_path / "never"
    path.write_text(f'never_probe = "{never}"\n' + path.read_text())
    (found,) = [check for check in examine(path) if check.what == "never-probe"]
    assert (found.ok, "cannot read" in found.found) == (False, True)
    never.write_bytes(NeverProbe(b"\x05" * 32, [digest(b"\x05" * 32, "a.example.")]).pack())
    (found,) = [check for check in examine(path) if check.what == "never-probe"]
    assert (found.ok, found.found) == (True, f"1 hashes in {never}")
