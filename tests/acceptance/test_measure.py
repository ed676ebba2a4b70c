"""A site that withholds itself while its name resolves: what a plan asks, what a probe sees, and what the day comes to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from tests.acceptance.command import ottempera, play
from tests.acceptance.ledger import ask, derived

if TYPE_CHECKING:
    from pathlib import Path

ROUNDS: Final = 24  # four a day, one in each quarter
WORLD: Final = """
title = "Invented data: a site that withholds itself"

[clock]
starts_at = 2026-03-02T00:00:00+01:00
step_s = 21600

[[name]]
name = "withheld.example"
addresses = ["198.51.100.7"]
https_status = 451
https_countries = ["IT"]

[[name]]
name = "moved.example"
addresses = ["198.51.100.8", "198.51.100.9"]
https_status = 301
https_location = "https://moved-again.example/"

[[resolver]]
id = "public"
operator = "Public"
asn = 64602
address = "192.0.2.20"
transports = ["udp", "tls"]

[[vantage]]
id = "a-01"
asn = 64501
operator = "Provider A"
custodian = "Anna"
measures = true

[[vantage]]
id = "b-01"
asn = 64502
operator = "Provider B"
custodian = "Bruno"

[[vantage]]
id = "de-01"
asn = 64503
country = "DE"
operator = "Provider C"
custodian = "Clara"
measures = true

[[order]]
id = "invented"
title = "Invented data: two names"
authority = "Nobody"
issued_on = 2026-02-20
addressees = ["public"]
starts_on = 2026-02-20
starts_verified = true
starts_source = "invented"
grace_days = 0
grace_verified = true
grace_source = "invented"
penalty_per_day = { amount = "100", currency = "EUR", verified = true, source = "invented" }

  [[order.scope]]
  name = "withheld.example"
  rule = "exact"
  verified = true
  source = "invented"

  [[order.scope]]
  name = "moved.example"
  rule = "exact"
  verified = true
  source = "invented"
"""
SAID: Final = """
SELECT DISTINCT name, probe, country, status, failure, withheld, location FROM analyst.alternative_measures ORDER BY name
"""
OBSERVED: Final = """
SELECT count(*) AS witnessed FROM analyst.alternative_measures
JOIN analyst.observations ON record_digest = witness_digest AND role = 'measure' AND rcode IS NULL
"""
PLANS: Final = "SELECT DISTINCT plan_number FROM analyst.alternative_measures ORDER BY 1"
VERDICTS: Final = "SELECT DISTINCT name, outcome, rule FROM analyst.verdicts ORDER BY name"
DAYS: Final = """
SELECT name, day::text, finding, reason_id, counted FROM analyst.finding_days WHERE day >= '2026-03-02' ORDER BY name, day
"""


@pytest.mark.slow
def test_the_alternative_measure(data: Path, tmp_path: Path) -> None:
    scenario = tmp_path / "withheld.toml"
    scenario.write_text(WORLD)
    play(scenario, data, ROUNDS).well()

    said = [tuple(row.values()) for row in ask(data, SAID)]
    assert said == [
        ("moved.example.", "a-01", "IT", 301, None, False, "https://moved-again.example/"),
        ("withheld.example.", "a-01", "IT", 451, None, True, None),
    ], "de-01 was named and stands abroad; b-01 was not named"
    plans = [row["plan_number"] for row in ask(data, PLANS)]
    assert plans == list(range(min(plans), ROUNDS + 1)), "from the first plan that knew the addresses, each one"
    assert 12 < min(plans) <= 16, "plans of the first three days were published before anybody had answered"
    assert ask(data, OBSERVED) == [{"witnessed": 2 * len(plans)}], "each with its record"

    verdicts = [tuple(row.values()) for row in ask(data, VERDICTS)]
    assert verdicts == [(name, "open", "address_in_control") for name in ("moved.example.", "withheld.example.")]
    days = {(row["name"], row["day"]): (row["finding"], row["reason_id"], row["counted"]) for row in ask(data, DAYS)}
    for name in ("moved.example.", "withheld.example."):
        assert days[name, "2026-03-02"] == ("undetermined", "other_measure_not_tested", False)
    for day in ("2026-03-06", "2026-03-07"):
        assert days["withheld.example.", day] == ("undetermined", "other_measure_seen", False)
        assert days["moved.example.", day][0::2] == ("not_compliant", True)

    before = derived(data)
    ottempera("collector", "rebuild", "--data", data).well()
    assert derived(data) == before
