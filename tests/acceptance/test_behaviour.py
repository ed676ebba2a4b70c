"""Half a year under an order, through the commands: how soon it was followed, what else was withheld, how it was walked around."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.acceptance.command import ottempera, rows

if TYPE_CHECKING:
    from pathlib import Path

Row = dict[str, Any]
ORDER = "milano-2022-cloudflare"
KICKASS, LIME, CORSARO = "kickasstorrents.to.", "limetorrents.pro.", "ilcorsaronero.pro."
DAY_S, HOUR_S = 86_400, 3600
#: Made by hand: time runs from midnight of 11 July; rounds are 24 hours apart, the first twelve hours later. Cloudflare answers until
#: the 133rd (of limetorrents.pro, which then does not exist, until the 99th) and withholds from the 134th on.
AFTER_S = {KICKASS: 132 * DAY_S + 12 * HOUR_S, CORSARO: 132 * DAY_S + 12 * HOUR_S, LIME: 98 * DAY_S + 12 * HOUR_S}
BY_S = 133 * DAY_S + 12 * HOUR_S


@pytest.mark.slow
def test_how_soon_it_was_followed(milano: Path) -> None:
    """Three names, each by itself and all together; the limit of 11 August was kept for none."""
    found = {row["name"]: row for row in rows("speed", milano, "--each", "--order", ORDER)}
    assert {name: (row["after_s"], row["by_s"]) for name, row in found.items()} == {
        name: (after, BY_S) for name, after in AFTER_S.items()
    }
    assert {(row["event"], row["standing"], row["within_limit"]) for row in found.values()} == {
        ("start", "later", "no")
    }
    [whole] = rows("speed", milano)
    assert (whole["notifications"], whole["later"], whole["beyond"]) == (3, 3, 3)
    assert (whole["median_after_s"], whole["median_by_s"]) == (AFTER_S[KICKASS], BY_S)
    said = " ".join(ottempera("speed", "--data", milano).well().out.decode().split())
    assert "132 d to 134 d" in said
    assert "INVENTED DATA" in said


@pytest.mark.slow
def test_what_may_be_said_of_the_counted_days(milano: Path) -> None:
    """Of every counted day the same eleven, ten of them with what stands against it; the lines are kept by one person."""
    page = " ".join(
        ottempera("findings", "--explain", "--order", ORDER, "--name", KICKASS, "--data", milano)
        .well()
        .out.decode()
        .split()
    )
    for words in (
        "excluded, 101 days (2022-08-12 .. 2022-11-20): The deciding answer came over an encrypted channel",
        "excluded, 101 days (2022-08-12 .. 2022-11-20): of 2022-08-12: Time stamps show",
        "excluded, 101 days (2022-08-12 .. 2022-11-20): Every record is under the root",
        "calls itself mxp01",
        "not excluded, 101 days (2022-08-12 .. 2022-11-20): The answer came to too few networks (3) or too few custodians (1)",
    ):  # fmt: skip
        assert words in page, words


@pytest.mark.slow
def test_what_is_withheld_beside_every_order(milano: Path) -> None:
    """The order binds Cloudflare alone: what the access providers withhold is told with the label that it shows."""
    found = rows("overblocking", milano, "--name", KICKASS)
    assert {row["reason"] for row in found} == {"never_ordered"}
    assert "cloudflare" not in {row["resolver"] for row in found}
    said = " ".join(ottempera("overblocking", "--data", milano).well().out.decode().split())
    assert "what other instruments oblige a resolver to, such as lists of an authority, is not known" in said
    said = ottempera("overblocking", "--resolver", "cloudflair", "--data", milano).well().out.decode()
    assert said.startswith("Nothing was found for that")
    labels = {row["resolver"]: row["label"] for row in found}
    assert labels["vodafone"] == "vodafone_agcom"
    assert labels["tim"] == "tim_loopback"


@pytest.mark.slow
def test_how_long_it_was_walked_around(milano: Path) -> None:
    """On TIM's line Cloudflare answered in 133 rounds, one a day, what TIM's resolver withheld; the next round ends it."""
    found = [
        row
        for row in rows("circumvention", milano, "--name", KICKASS, "--resolver", "cloudflare")
        if row["probe"] == "mi-01"
    ]
    [row] = [one for one in found if one["own_resolver"] == "tim"]
    first, last = datetime(2022, 7, 11, 10, tzinfo=UTC), datetime(2022, 11, 20, 10, tzinfo=UTC)
    times = [datetime.fromisoformat(row[column]) for column in ("started_at", "covered_until", "ended_at")]
    assert times == [first, last, last + timedelta(days=1)]
    assert (row["plans"], row["lasted_s"]) == (133, 132 * DAY_S)
