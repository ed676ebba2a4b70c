"""Reads a request's body with a bound on its size and its time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aiohttp import web

from collector.errors import TooLargeError, TooSlowError
from schema.errors import FormatError

if TYPE_CHECKING:
    from collector.receive.limits import Limits
    from collector.receive.room import Place


async def read_bounded(request: web.Request, limits: Limits, place: Place) -> bytes:
    """The body of *request*; no more than the bound is ever held, and all of it in *place*.

    Raises:
        TooLargeError: it is, or says it is, larger. TooSlowError: it took longer than it may.
        UnavailableError: other requests hold too much.
    """
    too_large = TooLargeError(f"a batch has at most {limits.body_bytes} bytes", remedy="Close batches earlier.")
    if (request.content_length or 0) > limits.body_bytes:
        raise too_large
    body = bytearray()
    try:
        async with asyncio.timeout(limits.read_s):
            async for chunk in request.content.iter_any():
                place.grow(len(chunk))
                body += chunk
                if len(body) > limits.body_bytes:
                    raise too_large
    except (web.RequestPayloadError, ConnectionError) as error:
        raise FormatError("the body ends before its end") from error
    except TimeoutError as error:
        raise TooSlowError(f"the body took longer than {limits.read_s:.0f} s", remedy="Send it again.") from error
    return bytes(body)
