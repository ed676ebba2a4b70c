"""Takes batches in: read, admit, keep, acknowledge."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from collector.receive.admit import admit, holder_of
from collector.receive.keep import keep
from collector.receive.read import read_bounded
from collector.services import SERVICES

KEY_HEADER: Final = "Ottempera-Key"
SIGNATURE_HEADER: Final = "Ottempera-Signature"
routes = web.RouteTableDef()


@routes.post("/v1/batches")
async def receive(request: web.Request) -> web.Response:
    """Answer a batch with a signed receipt: 201 if it was new, 200 if it was held already."""
    services = request.app[SERVICES]
    key = request.headers.get(KEY_HEADER, "")
    holder = holder_of(key, await services.keys())
    with services.room.place() as place:
        body = await read_bounded(request, services.limits, place)
        async with services.turn(holder.probe):
            received_at = services.now()
            batch = admit(
                body,
                key=key,
                signature=request.headers.get(SIGNATURE_HEADER, ""),
                keys=await services.keys(),
                lab=services.lab,
                received_at=received_at,
                limits=services.limits,
            )
            custody = await keep(batch, services, received_at=received_at, source=_source(request))
    return web.Response(status=201 if custody.fresh else 200, body=custody.body, content_type="application/json")


def _source(request: web.Request) -> str:
    """The address the request came from, without an interface's name; empty if the transport has none."""
    return (request.remote or "").partition("%")[0]
