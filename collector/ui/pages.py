"""The first page: what each resolver does with each name now, and which line's blocks a public resolver walks around."""

from __future__ import annotations

from datetime import datetime
from importlib import resources
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from aiohttp import web
from jinja2 import Environment, PackageLoader, StrictUndefined

from collector.services import SERVICES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_ROME: Final = ZoneInfo("Europe/Rome")
_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
_STYLE: Final = resources.files("collector.ui").joinpath("static/style.css").read_bytes()
routes = web.RouteTableDef()


def _moment(value: datetime | None) -> str:
    """A time as people in Italy read it, to the minute, or a dash."""
    return value.astimezone(_ROME).strftime("%d.%m.%Y %H:%M") if value else "—"


_PAGES: Final = Environment(
    loader=PackageLoader("collector.ui"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_PAGES.filters["moment"] = _moment


def render_first(
    statuses: Sequence[Mapping[str, object]], around: Sequence[Mapping[str, object]], *, title: str
) -> str:
    """The first page over rows of `current_status` and of `circumvention` counted; *title* is a scenario's, or empty."""
    return _PAGES.get_template("first.html").render(statuses=statuses, around=around, title=title)


@routes.get("/")
async def first(request: web.Request) -> web.Response:
    """The first page."""
    services = request.app[SERVICES]
    async with services.turn("/"):  # one at a time: counting goes through everything that was ever judged
        statuses = await services.store.current_status()
        around = await services.store.circumvention_counts()
    title = services.title or ("untitled" if services.lab else "")
    text = render_first(statuses, around, title=title)
    return web.Response(text=text, content_type="text/html", headers=_HEADERS)


@routes.get("/style.css")
async def style(_request: web.Request) -> web.Response:
    """How the pages look."""
    return web.Response(body=_STYLE, content_type="text/css", charset="utf-8", headers=_HEADERS)
