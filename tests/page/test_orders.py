"""The page and the command read the same orders: each field with values of its kind and of others."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from shutil import which
from typing import Any, Final

import pytest

from schema.codec import reader
from schema.errors import FormatError
from schema.order import Order

NODE: Final = which("node")
pytestmark = pytest.mark.skipif(NODE is None, reason="node is not installed: the page's core is not run here")

DIGEST: Final = "a" * 64
FULL: Final[dict[str, Any]] = {
    "id": "o", "title": "t", "authority": "a", "instrument": "authority_order", "issued_on": "2022-07-11",
    "terms_from": "2022-07-12", "confirmed_on": "2022-11-04", "confirmed_verified": True, "confirmed_source": "s",
    "valid_to": "2027-01-01", "valid_to_verified": True, "valid_to_source": "s", "territory": "IT",
    "document": {"sha256": DIGEST, "title": "t", "on": "2022-07-11", "verified": True, "source": "s"}, "persons": 2,
    "addressees": ["cloudflare"], "timezone": "Europe/Rome", "starts_on": "2022-07-11", "starts_from": "service",
    "starts_verified": True, "starts_source": "s", "grace_days": 30, "grace_minutes": 30, "grace_verified": True,
    "grace_source": "s",
    "penalty_per_day": {
        "amount": "1.50", "currency": "EUR", "verified": True, "source": "s", "per": "name", "per_verified": True,
        "per_source": "s", "relapse": False, "relapse_verified": True, "relapse_source": "s",
    },
    "service": [{
        "operator": "cloudflare", "resolvers": ["r"], "addresses": ["1.1.1.1"], "transports": ["udp", "quic"],
        "verified": True, "source": "s",
    }],
    "terms": [{
        "operator": "cloudflare", "legal_name": "C", "served_on": "2022-07-20", "served_verified": True,
        "served_source": "s", "effective_from": "2022-07-21", "effective_verified": True, "effective_source": "s",
        "grace_days": 3, "grace_verified": True, "grace_source": "s", "ends_on": "2026-01-01", "ends_verified": True,
        "ends_source": "s",
    }],
    "stay": [{
        "starts_on": "2023-08-01", "ends_on": "2023-08-31", "operator": "cloudflare", "reason": "r", "verified": True,
        "source": "s",
    }],
    "day_rule": {"id": "daily_90", "verified": True, "source": "s"},
    "measure": {"dns_only": True, "verified": True, "source": "s"},
    "require_excluded": ["path", "custody"],
    "scope": [{
        "name": "kickass.to.", "rule": "adjudicated", "family": "f", "verified": True, "confidence": "high",
        "source": "s",
        "attached": [{"name": "k.example.", "by": "A", "on": "2023-01-01", "reason": "r", "evidence": "e"}],
    }],
    "unknown": [{"field": "f", "question": "q"}],
    "notice": [{
        "kind": "notification", "operator": "cloudflare", "at": "2022-07-20T08:30:00Z", "by": "C",
        "names": ["kickass.to."], "receipt": DIGEST, "receipt_name": "r", "note": "n",
    }],
    "check": [{
        "field": "starts", "value": "v", "document": DIGEST, "page": "p", "by": "B", "on": "2026-11-22",
    }],
}  # fmt: skip
VALUES: Final[tuple[Any, ...]] = (
    None, True, 0, -1, 10, 1440, 4000, 1.5, "", "x", "IT", "2022-02-30", "2022-03-01", "udp", "path", "a\u0007b",
    "e" * 1001, DIGEST, DIGEST.upper(), "2022-07-20T08:30:00", [], ["x"], [1], {}, [{}],
)  # fmt: skip
_read: Final = reader(Order, "order")


def places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Where something stands in *value*, at any depth."""
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in members:
        yield (*path, key)
        yield from places(one, (*path, key))


def changed(path: tuple[str | int, ...], *value: Any) -> dict[str, Any]:
    """The full order with another value at *path*, or with none."""
    whole = deepcopy(FULL)
    *above, last = path
    inside: Any = whole
    for step in above:
        inside = inside[step]
    if value:
        inside[last] = value[0]
    else:
        del inside[last]
    return whole


def is_order(line: str) -> bool:
    try:
        _read(line.encode())
    except FormatError:
        return False
    return True


def page_says(lines: list[str]) -> list[bool]:
    assert NODE is not None
    done = subprocess.run(
        [NODE, str(Path(__file__).with_name("orders.mjs"))],
        input="".join(f"{line}\n" for line in lines), capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return [line == "true" for line in done.stdout.splitlines()]


def test_the_full_order_has_every_field() -> None:
    """What is added to an order must be added here."""

    def walk(struct: Any, written: Any) -> None:
        if isinstance(written, dict):
            assert set(written) == set(struct.__struct_fields__)
            for name, one in written.items():
                walk(getattr(struct, name), one)
        elif isinstance(written, list):
            for part, one in zip(struct, written, strict=True):
                walk(part, one)

    walk(_read(json.dumps(FULL).encode()), FULL)


def test_both_read_the_same_orders() -> None:
    wrong = [changed(path) for path in places(FULL)]
    wrong += [changed(path, value) for path in places(FULL) for value in VALUES]
    wrong += [changed((*path, "more"), 1) for path in ((), ("document",), ("notice", 0), ("scope", 0, "attached", 0))]
    lines = [json.dumps(FULL), *(json.dumps(one) for one in wrong)]
    expected = [is_order(line) for line in lines]
    assert expected[0]
    assert 100 < expected.count(False) < len(expected) - 100
    differing = [line for line, here, there in zip(lines, expected, page_says(lines), strict=True) if here != there]
    assert differing == []
