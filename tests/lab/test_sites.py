"""The sites of a scenario, asked by a probe's own carrier: who withholds itself from whom, and since which round."""

from __future__ import annotations

import asyncio
import ssl
from typing import TYPE_CHECKING

import pytest

from deploy.lab.scenario import ScenarioError, load_scenario
from probe.transport import Ask, make_carriers
from schema.endpoint import parse_endpoint
from schema.measures import measure_endpoint
from schema.words import Failure

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from deploy.lab.servers import Lab, Routes
    from probe.transport import Heard

    Play = Callable[[str], Awaitable[tuple[Lab, Routes]]]

WORLD = """
[[name]]
name = "first.example"
addresses = ["198.51.100.7", "2001:db8::7"]
to_round = 1
[[name]]
name = "first.example"
addresses = ["198.51.100.7"]
https_status = 451
https_countries = ["IT"]
from_round = 2
to_round = 2
[[name]]
name = "second.example"
addresses = ["198.51.100.7"]
https_status = 301
https_location = "https://first.example/"
[[name]]
name = "nobody.example"
[[resolver]]
id = "one"
address = "192.0.2.1"
[[vantage]]
id = "mi-01"
measures = true
[[vantage]]
id = "de-01"
country = "DE"
measures = true
[[vantage]]
id = "rm-01"
"""
FIRST, SECOND = measure_endpoint("198.51.100.7", "first.example."), measure_endpoint("198.51.100.7", "second.example.")


async def said(routes: Routes, vantage: str, name: str = "first.example", address: str = "198.51.100.7") -> Heard:
    """What a site says to who asks as a probe does; the way there does not hang on the address in the handshake."""
    context = ssl.create_default_context(cadata=routes.ca_pem.decode())
    table = routes.table[vantage]
    endpoint = measure_endpoint(address, f"{name}.")
    where = table.get(str(endpoint), table[str(FIRST)])
    carriers = make_carriers(lambda _: where, lambda: context, may_measure=lambda _: True)
    done: asyncio.Future[Heard] = asyncio.get_running_loop().create_future()
    carriers.submit(Ask(endpoint, b"", 5.0, None), done.set_result)
    heard = await done
    await carriers.close()
    return heard


def status(heard: Heard) -> int | Failure | None:
    return heard.http.status if heard.http is not None else heard.failure


async def test_a_site_withholds_itself_in_its_rounds_and_countries(play: Play) -> None:
    lab, routes = await play(WORLD)
    came: list[list[int | Failure | None]] = []
    for number in (1, 2, 3):
        lab.set_round(number)
        came.append([status(await said(routes, vantage)) for vantage in ("mi-01", "de-01")])
    assert came == [[200, 200], [451, 200], [Failure.CLOSED] * 2], "in the third there is no such name"


async def test_a_redirection_is_told(play: Play) -> None:
    _, routes = await play(WORLD)
    heard = await said(routes, "mi-01", "second.example")
    assert heard.http is not None
    assert (heard.http.status, heard.http.headers) == (301, {"location": "https://first.example/", "server": "lab"})
    assert heard.tls is not None
    assert heard.tls.verified


async def test_nobody_else_has_a_way_to_sites(play: Play) -> None:
    _, routes = await play(WORLD)
    ways = {
        vantage: {text for text in table if parse_endpoint(text).tls_name.endswith(".example")}
        for vantage, table in routes.table.items()
    }
    here = {str(FIRST), str(SECOND), str(measure_endpoint("2001:db8::7", "first.example."))}
    assert ways == {"mi-01": here, "de-01": here, "rm-01": set()}
    assert status(await said(routes, "mi-01", "nobody.example")) is Failure.CLOSED


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("https_status = 199", "https_status"),
        ('https_location = "https://a.example/\\r\\nSet-Cookie: a"', "https_location"),
        ('https_countries = ["Italy"]', "https_countries"),
    ],
)
def test_what_no_site_can_say(line: str, words: str) -> None:
    text = f'[[name]]\nname = "first.example"\naddresses = ["198.51.100.7"]\n{line}\n'
    with pytest.raises(ScenarioError, match=words):
        load_scenario(text.encode(), "world.toml")
