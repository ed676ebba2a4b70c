"""Gives checkpoints, proofs and lines out, and takes in what witnesses hold; anyone may ask, everything proves itself."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, Final

from aiohttp import web

from collector.errors import NotFoundError
from collector.receive.limits import Limits
from collector.receive.read import read_bounded
from collector.services import SERVICES
from schema.codec import encode
from schema.errors import FormatError
from schema.note import MAX_NOTE_BYTES, read_note

if TYPE_CHECKING:
    from collections.abc import Iterable

_MOST_LINES: Final = 1000
_DIGITS: Final = 18
_LEAF_CHARS: Final = 64
_NOTES: Final = Limits(body_bytes=MAX_NOTE_BYTES)
routes = web.RouteTableDef()


@routes.get("/v1/log/checkpoint")
async def checkpoint(request: web.Request) -> web.Response:
    """The newest signed checkpoint with the cosignatures held for it."""
    return web.Response(body=await request.app[SERVICES].sealer.newest(), content_type="text/plain", charset="utf-8")


@routes.get("/v1/log/consistency")
async def consistency(request: web.Request) -> web.Response:
    """What shows that the first `from` lines are the beginning of the first `to`."""
    old, size = _number(request, "from"), _number(request, "to")
    try:
        return _hashes(request.app[SERVICES].sealer.log.consistency(old, size))
    except IndexError as error:
        raise NotFoundError(str(error), remedy="Ask for sizes up to the newest checkpoint's.") from error


@routes.get("/v1/log/inclusion")
async def inclusion(request: web.Request) -> web.Response:
    """Where the line of hash `leaf` stands among the first `size`, and what shows it."""
    leaf, size = request.query.get("leaf", ""), _number(request, "size")
    if len(leaf) != _LEAF_CHARS or not set(leaf) <= set("0123456789abcdef"):
        raise FormatError("leaf is not a hash: 64 hex digits in lower case")
    try:
        found = await request.app[SERVICES].sealer.log.inclusion(bytes.fromhex(leaf), size)
    except IndexError as error:
        raise NotFoundError(str(error), remedy="Ask for a size up to the newest checkpoint's.") from error
    if found is None:
        raise NotFoundError(f"no such line is among the first {size}")
    return _hashes(found[1], index=found[0])


@routes.get("/v1/log/entries")
async def entries(request: web.Request) -> web.Response:
    """The lines of the log from `from` on, at most `limit`."""
    first, limit = _number(request, "from"), _number(request, "limit", default=_MOST_LINES)
    lines = await request.app[SERVICES].sealer.log.lines(first, min(limit, _MOST_LINES))
    body = b"".join(line + b"\n" for line in lines)
    return web.Response(body=body, content_type="text/plain", charset="utf-8")


@routes.post("/v1/log/cosignatures")
async def cosignatures(request: web.Request) -> web.Response:
    """Take in a checkpoint that somebody holds, with the cosignatures on it."""
    services = request.app[SERVICES]
    with services.room.place() as place:
        note = read_note(await read_bounded(request, _NOTES, place))
    await services.sealer.received(note)
    return web.Response(status=204)


def _number(request: web.Request, name: str, *, default: int = 0) -> int:
    text = request.query.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS):
        raise FormatError(f"{name} is not a number from 0 on")
    return int(text)


def _hashes(hashes: Iterable[bytes], **more: int) -> web.Response:
    body = encode({**more, "hashes": [b64encode(one).decode() for one in hashes]})
    return web.Response(body=body, content_type="application/json")
