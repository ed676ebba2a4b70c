"""Carries a time-stamp request to an authority over HTTP (RFC 3161 §3.4) and brings back what it says."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, Final

import aiohttp

from schema.errors import UnavailableError
from schema.stamp import MEDIA_TYPE, REPLY_MEDIA_TYPE
from schema.verifier.tst import MAX_REPLY_BYTES

if TYPE_CHECKING:
    from collector.evidence.authorities import Authority

_TIMEOUT: Final = aiohttp.ClientTimeout(total=30.0, sock_connect=10.0)
_OK: Final = 200


async def ask_authority(authority: Authority, request: bytes) -> bytes:
    """What *authority* answers to *request*, at most as long as a reply is read; redirections are not followed.

    Raises:
        UnavailableError: nobody answers in time, or something else than a reply.
    """
    headers = {"Content-Type": MEDIA_TYPE, "Accept": REPLY_MEDIA_TYPE, "Accept-Encoding": "identity"}
    if authority.credentials:
        headers["Authorization"] = "Basic " + b64encode(":".join(authority.credentials).encode()).decode()
    try:
        async with (
            aiohttp.ClientSession(timeout=_TIMEOUT, auto_decompress=False) as session,
            session.post(authority.url, data=request, headers=headers, allow_redirects=False) as response,
        ):
            if response.status != _OK:
                raise UnavailableError(f"HTTP status {response.status}")
            reply = await response.content.read(MAX_REPLY_BYTES + 1)
            while len(reply) <= MAX_REPLY_BYTES and (more := await response.content.read(MAX_REPLY_BYTES + 1)):
                reply += more
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
        raise UnavailableError(f"{type(error).__name__}: {error}") from error
    return reply
