"""The collector's web application: batches in, plans out, the first page, and what a watchman asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aiohttp import web

from collector.receive import batches, plans
from collector.receive.problems import refuse
from collector.services import SERVICES
from collector.transparency import enrolment, log
from collector.ui import pages
from schema.codec import encode
from schema.errors import UnavailableError

if TYPE_CHECKING:
    from collector.services import Services

METRICS_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
routes = web.RouteTableDef()


def make_app(services: Services) -> web.Application:
    """The application over *services*; it neither starts nor stops them, but says first whose key signs here."""
    app = web.Application(middlewares=[refuse])
    app[SERVICES] = services
    app.on_startup.append(_note_key)
    for table in (batches.routes, plans.routes, log.routes, enrolment.routes, pages.routes, routes):
        app.add_routes(table)
    return app


def make_runner(app: web.Application) -> web.AppRunner:
    """A runner that hands bodies over as they came: a Content-Encoding must not inflate what was not yet admitted."""
    return web.AppRunner(app, auto_decompress=False, access_log=None, handle_signals=False)


@routes.get("/healthz")
async def healthz(_request: web.Request) -> web.Response:
    """The process answers; nothing more."""
    return web.Response(text="ok\n")


@routes.get("/readyz")
async def readyz(request: web.Request) -> web.Response:
    """200 when the database answers and there is a plan to give out; else 503 with what is missing."""
    try:
        newest = await request.app[SERVICES].store.newest_plan()
    except UnavailableError as error:
        return _readiness({"database": str(error), "newest_plan": None}, ready=False)
    number = newest.number if newest else None
    return _readiness({"database": "ok", "newest_plan": number}, ready=newest is not None)


@routes.get("/metrics")
async def metrics(request: web.Request) -> web.Response:
    """The counters, for Prometheus."""
    body = request.app[SERVICES].metrics.render()
    return web.Response(body=body, headers={"Content-Type": METRICS_TYPE})


async def _note_key(app: web.Application) -> None:
    services = app[SERVICES]
    await services.store.put_collector_key(services.signer.public_key, services.now())


def _readiness(checks: dict[str, object], *, ready: bool) -> web.Response:
    body = encode({"ready": ready, **checks})
    return web.Response(status=200 if ready else 503, body=body, content_type="application/json")
