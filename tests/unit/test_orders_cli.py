"""`orders check` and `orders list` on the orders that come with the program and on files with mistakes."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from collector.compliance.history import Version
from collector.compliance.order_files import MAX_ORDER_BYTES, builtin_orders
from collector.compliance.orders_cli import app, check
from collector.compliance.standing import obstacles
from collector.compliance.verification import fields, unverified
from schema.errors import ConfigError, UnavailableError
from schema.order import ScopeRule

MILANO = str(Path(__file__).parents[2] / "collector/compliance/orders/milano-2022-cloudflare.toml")


AT = datetime(2026, 11, 22, tzinfo=UTC)


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    app(list(arguments), standalone_mode=False)
    return capsys.readouterr().out


def test_builtin_orders_count_nothing() -> None:
    """Nobody has read the documents: while that is so, no order that the program brings may count a day."""
    orders = list(builtin_orders())
    assert [order.id for _, order in orders] == [file.removesuffix(".toml") for file, _ in orders]
    for _, order in orders:
        assert any(one.blocks for one in obstacles(Version(1, order, AT)))
        assert unverified(order, "") == tuple(field.name for field in fields(order))
        assert all(not entry.verified and entry.source for entry in order.scope)
        assert not any(entry.attached for entry in order.scope)


def test_milano() -> None:
    """Both spellings of the first site are measured; later names wait for a person."""
    order = next(order for _, order in builtin_orders() if order.id == "milano-2022-cloudflare")
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
    assert "penalty_per_day (10000 EUR): nobody has compared it with the document" in said
    assert "the first day that is due is 2022-08-11" in said
    assert said.endswith("No day is counted under it.\n")
    as_json = msgspec.json.decode(run(capsys, "check", MILANO, "--json"))
    assert as_json["order"]["id"] == "milano-2022-cloudflare"
    assert as_json["countable"] is False


def test_list(capsys: pytest.CaptureFixture[str]) -> None:
    wanted = "milano-2022-cloudflare  not entered  2022-07-11  injunction  cloudflare  4 names"
    assert f"{wanted}  0 of 11 values verified  not countable" in run(capsys, "list")
    rows = msgspec.json.decode(run(capsys, "list", "--json"))
    assert [row["order_id"] for row in rows] == [order.id for _, order in builtin_orders()]
    assert rows[0]["due_from"][0]["due_on"] == "2022-08-11"


def test_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match="No such file"):
        check([tmp_path / "missing.toml"])


def test_too_large(tmp_path: Path) -> None:
    (tmp_path / "large.toml").write_bytes(b"#" * (MAX_ORDER_BYTES + 1))
    with pytest.raises(ConfigError, match="larger than"):
        check([tmp_path / "large.toml"])


def test_no_such_zone(tmp_path: Path) -> None:
    text = Path(MILANO).read_text(encoding="utf-8")
    (tmp_path / "zone.toml").write_text(text.replace("Europe/Rome", "Europe/Roma"), encoding="utf-8")
    with pytest.raises(ConfigError, match="Europe/Roma"):
        check([tmp_path / "zone.toml"])


def test_one_order_in_two_files(tmp_path: Path) -> None:
    """Which of them is meant, nobody can say."""
    copy = tmp_path / "copy.toml"
    copy.write_bytes(Path(MILANO).read_bytes())
    with pytest.raises(ConfigError, match=r"'milano-2022-cloudflare' stands in 2 files"):
        check([Path(MILANO), copy])


def test_no_such_day_rule(tmp_path: Path) -> None:
    text = Path(MILANO).read_text(encoding="utf-8")
    (tmp_path / "rule.toml").write_text(text + '\n[day_rule]\nid = "daily90"\n', encoding="utf-8")
    with pytest.raises(ConfigError, match="'daily90'") as raised:
        check([tmp_path / "rule.toml"])
    assert raised.value.remedy == "Did you mean 'daily_90'?"
