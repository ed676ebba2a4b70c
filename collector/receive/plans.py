"""Gives plans and question sets out; anyone may read them, their signature and their digest say what they are."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from collector.errors import NotFoundError
from collector.services import SERVICES
from schema.codec import encode
from schema.errors import FormatError

_MOST_PLANS: Final = 1000
_LAST_NUMBER: Final = 2**31 - 1
_DIGEST_CHARS: Final = 64
routes = web.RouteTableDef()


@routes.get("/v1/plans")
async def plans(request: web.Request) -> web.Response:
    """The envelopes of the plans numbered from `after` + 1 on, oldest first, at most `limit` of them."""
    services = request.app[SERVICES]
    after = _number(request, "after", default=0, most=_LAST_NUMBER)
    limit = _number(request, "limit", default=_MOST_PLANS, most=_MOST_PLANS)
    envelopes = await services.store.plans(after, limit)
    return web.Response(body=encode({"plans": envelopes}), content_type="application/json")


@routes.get("/v1/questions/{digest}")
async def questions(request: web.Request) -> web.Response:
    """The bytes of a question set, exactly as their digest names them."""
    digest = request.match_info["digest"]
    is_digest = len(digest) == _DIGEST_CHARS and set(digest) <= set("0123456789abcdef")
    body = await request.app[SERVICES].store.questions(digest) if is_digest else None
    if body is None:
        raise NotFoundError("no question set of that digest is kept here", remedy="Take the digest from a plan.")
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    return web.Response(body=body, content_type="application/json", headers=headers)


def _number(request: web.Request, name: str, *, default: int, most: int) -> int:
    text = request.query.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < len(str(_LAST_NUMBER)) + 1):
        raise FormatError(f"{name} is not a number from 0 on")
    return min(int(text), most)
