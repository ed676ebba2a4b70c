"""Question sets: dense numbering by name, who a cell applies to, and what is refused."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema.cells import VERSION, Asked, Group, QuestionSet, applicable, expand, questions_digest
from schema.codec import encode
from schema.errors import FormatError
from schema.plan import PlanVantage
from schema.words import Profile, Role

UDP, TLS = "udp:1.1.1.1:53", "tls:1.1.1.1:853#one.one.one.one"
ISP = "udp:85.37.17.51:53"
CONTROL = "tls:9.9.9.10:853#dns10.quad9.net"


@dataclass
class Questions:
    """A small question set to vary."""

    v: int = VERSION
    names: tuple[str, ...] = ("a.example.", "b.example.")
    resolvers: tuple[Asked, ...] = (
        Asked("cloudflare", (UDP, TLS)),
        Asked("isp-tim", (ISP,), asns=(3269,), on_net_only=True),
        Asked("control", (CONTROL,), asns=(19281,)),
    )
    groups: tuple[Group, ...] = field(
        default_factory=lambda: (
            Group(
                Role.TARGET,
                ("a.example.", "b.example."),
                ("cloudflare", "isp-tim"),
                ("A", "AAAA"),
                (Profile.STUB, Profile.EDNS),
                repeats=2,
            ),
            Group(Role.CONTROL, ("a.example.",), ("control",), ("A",), (Profile.EDNS,), countries=("IT",)),
            Group(
                Role.IDENTITY,
                ("b.example.",),
                ("cloudflare",),
                ("TXT",),
                (Profile.STUB,),
                qclass="CH",
                transports=("udp",),
            ),
        )
    )

    def encoded(self) -> bytes:
        """The bytes that a plan names."""
        return encode(QuestionSet(self.v, self.names, self.resolvers, self.groups))


def test_numbered_densely_by_name() -> None:
    cells = expand(Questions().encoded())
    assert [cell.number for cell in cells] == list(range(len(cells)))
    # 3 endpoints x 2 types x 2 profiles x 2 repeats for each name, one control for a, one identity for b
    assert len(cells) == 24 + 1 + 24 + 1
    assert [cell.name for cell in cells] == ["a.example."] * 25 + ["b.example."] * 25
    assert [cell.role for cell in cells[24:26]] == [Role.CONTROL, Role.TARGET]
    assert [(cell.qtype, cell.profile, cell.repeat) for cell in cells[:8]] == [
        (qtype, profile, repeat)
        for qtype in ("A", "AAAA")
        for profile in (Profile.STUB, Profile.EDNS)
        for repeat in (0, 1)
    ]


def test_no_question_twice() -> None:
    cells = expand(Questions().encoded())
    assert len({cell._replace(number=0) for cell in cells}) == len(cells)


def test_transports_and_class() -> None:
    identity = expand(Questions().encoded())[-1]
    assert (identity.endpoint, identity.qclass, identity.qtype) == (UDP, "CH", "TXT")


@pytest.mark.parametrize(
    ("asn", "country", "resolvers"),
    [
        (3269, "IT", {"cloudflare", "isp-tim", "control"}),
        (30722, "IT", {"cloudflare", "control"}),
        (24940, "DE", {"cloudflare"}),
    ],
)
def test_applies(asn: int, country: str, resolvers: set[str]) -> None:
    """On-net resolvers are asked from their network only; networks of others restrict nothing."""
    cells = expand(Questions().encoded())
    asked = applicable(cells, PlanVantage("x", asn, country))
    assert {cell.resolver for cell in asked} == resolvers
    assert [cell.number for cell in asked] == sorted(cell.number for cell in asked)


def test_digest_is_of_the_bytes() -> None:
    data = Questions().encoded()
    assert questions_digest(data) != questions_digest(data + b" ")
    assert expand(data) == expand(data + b" ")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"v": 2}, "version 2"),
        ({"resolvers": ()}, "not listed"),
        ({"resolvers": (Asked("cloudflare", ("udp:dns.example:53",)), *Questions().resolvers[1:])}, "not an endpoint"),
        ({"resolvers": (*Questions().resolvers, Asked("cloudflare", (UDP,)))}, "stands twice"),
        ({"names": ("a.example.", "b.example.", "a.example.")}, "stands twice"),
        ({"names": ("a.example.",)}, "not listed"),
        ({"names": ("A.example",)}, "not listed"),
    ],
)
def test_refused(change: dict[str, Any], said: str) -> None:
    with pytest.raises(FormatError, match=said):
        expand(Questions(**change).encoded())


def test_too_many_cells() -> None:
    """A small file that says "two billion repeats" is refused quickly."""
    group = msgspec.structs.replace(Questions().groups[0], repeats=2_000_000_000)
    with pytest.raises(FormatError, match="more than"):
        expand(Questions(groups=(group,)).encoded())


@pytest.mark.parametrize("repeats", [0, -1])
def test_empty_group(repeats: int) -> None:
    group = msgspec.structs.replace(Questions().groups[0], repeats=repeats)
    with pytest.raises(FormatError):
        expand(Questions(groups=(group,)).encoded())


@given(st.binary(max_size=300))
def test_only_format_error_comes_out(data: bytes) -> None:
    with pytest.raises(FormatError):
        expand(data)


@given(st.data())
def test_mutated(data: st.DataObject) -> None:
    """A question set with some bytes changed is read or refused, nothing else."""
    mutated = bytearray(Questions().encoded())
    for _ in range(data.draw(st.integers(1, 3))):
        mutated[data.draw(st.integers(0, len(mutated) - 1))] = data.draw(st.integers(0, 255))
    try:
        cells = expand(bytes(mutated))
    except FormatError:
        return
    assert [cell.number for cell in cells] == list(range(len(cells)))
