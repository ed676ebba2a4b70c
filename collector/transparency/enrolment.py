"""Lets probes enrol themselves by an invitation, and change their keys."""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as Base64Error
from typing import TYPE_CHECKING, Final

from aiohttp import web

from collector.errors import NotAdmittedError
from collector.receive.limits import Limits
from collector.receive.read import read_bounded
from collector.services import SERVICES
from schema.codec import encode
from schema.dsse import ENROL, KEY_CHANGE, key_id, verify
from schema.enrol import read_enrol, read_key_change
from schema.errors import EvidenceError, FormatError, SignatureError

if TYPE_CHECKING:
    from collector.services import Services

_REQUESTS: Final = Limits(body_bytes=4096)
_MAX_TOKEN_CHARS: Final = 256
routes = web.RouteTableDef()


@routes.post("/v1/enrol")
async def enrol(request: web.Request) -> web.Response:
    """Enrol a probe that shows its invitation and signs with its key: 201, or 200 if that was done already."""
    services, body = request.app[SERVICES], await _body(request)
    asked = read_enrol(body)
    if encode(asked) != body or len(asked.token) > _MAX_TOKEN_CHARS:
        raise FormatError("enrolment: not in its one form")
    key = bytes.fromhex(asked.key)
    if _named_key(request) != key_id(key):
        raise SignatureError("Ottempera-Key is not the key that asks to be enrolled")
    verify(key, ENROL, body, _signature(request))
    try:
        fresh = await services.store.enrol_invited(asked.probe, asked.token.encode(), key, services.now())
    except EvidenceError as error:
        raise NotAdmittedError(str(error), remedy=error.remedy) from error
    return web.Response(status=201 if fresh else 200)


@routes.post("/v1/keys")
async def keys(request: web.Request) -> web.Response:
    """Let a probe sign with another key, which its newest says: 201, or 200 if that was done already."""
    services, body = request.app[SERVICES], await _body(request)
    change = read_key_change(body)
    if encode(change) != body:
        raise FormatError("change of key: not in its one form")
    old, signature = _named_key(request), _signature(request)
    holder = (await services.keys()).get(old)
    if holder is None or holder.probe != change.probe:
        raise NotAdmittedError(f"the key is not one of {change.probe}", remedy="Sign with the key that is changed.")
    verify(holder.public_key, KEY_CHANGE, body, signature)
    if holder.revoked or holder.suspended:
        raise NotAdmittedError(f"{holder.probe} is {'revoked' if holder.revoked else 'suspended'}")
    fresh = await services.store.change_key(change.probe, old, bytes.fromhex(change.key), signature, services.now())
    return web.Response(status=201 if fresh else 200)


async def _body(request: web.Request) -> bytes:
    services: Services = request.app[SERVICES]
    with services.room.place() as place:
        return await read_bounded(request, _REQUESTS, place)


def _named_key(request: web.Request) -> str:
    return request.headers.get("Ottempera-Key", "")


def _signature(request: web.Request) -> bytes:
    try:
        return b64decode(request.headers.get("Ottempera-Signature", ""), validate=True)
    except (Base64Error, ValueError) as error:
        raise SignatureError("Ottempera-Signature is not base64") from error
