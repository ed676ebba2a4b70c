"""`orders check` and `orders list` on the orders that come with the program and on files with mistakes."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from collector.compliance.orders_cli import MAX_ORDER_BYTES, app, builtin_orders, check
from schema.errors import ConfigError, UnavailableError
from schema.order import ScopeRule

MILANO = str(Path(__file__).parents[2] / "collector/compliance/orders/milano-2022-cloudflare.toml")


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    app(list(arguments), standalone_mode=False)
    return capsys.readouterr().out


def test_builtin_orders_count_nothing() -> None:
    """Nobody has read the documents: while that is so, no order that the program brings may count a day."""
    orders = list(builtin_orders())
    assert [found.order.id for found in orders] == [found.file.removesuffix(".toml") for found in orders]
    for found in orders:
        assert not found.countable
        assert {"starts", "grace", "penalty_per_day"} <= set(found.unverified)
        assert all(not entry.verified and entry.source for entry in found.order.scope)
        assert not any(entry.attached for entry in found.order.scope)


def test_milano() -> None:
    """Both spellings of the first site are measured; later names wait for a person."""
    order = next(found.order for found in builtin_orders() if found.order.id == "milano-2022-cloudflare")
    assert {entry.name for entry in order.scope if entry.rule is ScopeRule.EXACT} == {
        "ilcorsaronero.pro.",
        "corsaronero.pro.",
        "limetorrents.pro.",
        "kickasstorrents.to.",
    }
    assert order.penalty_per_day
    assert order.penalty_per_day.amount == "10000"
    assert order.valid_to is None
    assert len(order.unknown) == 13


def test_check(capsys: pytest.CaptureFixture[str]) -> None:
    said = run(capsys, "check", MILANO)
    assert "unverified: penalty_per_day" in said
    assert said.endswith("No day is counted under it.\n")
    as_json = msgspec.json.decode(run(capsys, "check", MILANO, "--json"))
    assert as_json["order"]["id"] == "milano-2022-cloudflare"
    assert as_json["countable"] is False


def test_list(capsys: pytest.CaptureFixture[str]) -> None:
    assert "milano-2022-cloudflare  2022-07-11  cloudflare  4 names  not countable" in run(capsys, "list")
    rows = msgspec.json.decode(run(capsys, "list", "--json"))
    assert [row["file"] for row in rows] == [found.file for found in builtin_orders()]


def test_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match="No such file"):
        check(tmp_path / "missing.toml")


def test_too_large(tmp_path: Path) -> None:
    (tmp_path / "large.toml").write_bytes(b"#" * (MAX_ORDER_BYTES + 1))
    with pytest.raises(ConfigError, match="larger than"):
        check(tmp_path / "large.toml")


def test_no_such_zone(tmp_path: Path) -> None:
    text = Path(MILANO).read_text(encoding="utf-8")
    (tmp_path / "zone.toml").write_text(text.replace("Europe/Rome", "Europe/Roma"), encoding="utf-8")
    with pytest.raises(ConfigError, match="Europe/Roma"):
        check(tmp_path / "zone.toml")
