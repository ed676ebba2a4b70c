"""Turns refusals into problem documents (RFC 9457), for every route."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import structlog
from aiohttp import web

from collector.errors import OutOfOrderError, Problem, problem_of
from schema.codec import encode
from schema.errors import OttemperaError, UnavailableError

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler

PROBLEM_JSON: Final = "application/problem+json"
_TYPE_PREFIX: Final = "urn:ottempera:problem:"
_RETRY_AFTER_S: Final = 10
_OUR_FAULT: Final = 500
_log = structlog.get_logger("collector")


@web.middleware
async def refuse(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer a refusal with its problem; what the peer got wrong is a 4xx, only our own faults are 5xx."""
    try:
        return await handler(request)
    except OttemperaError as error:
        problem = problem_of(error)
        if problem.status >= _OUR_FAULT:
            _log.warning("refused", path=request.path, problem=problem.slug, detail=str(error))
        return problem_response(error, problem)
    except web.HTTPException as error:
        if error.status < 400:  # noqa: PLR2004 - a redirect or success that a handler raised
            raise
        return _document(error.status, "http", error.reason, "", "", dict(error.headers))
    except Exception:
        _log.exception("failed", path=request.path)
        return _document(_OUR_FAULT, "internal", "The collector failed", "", "See the collector's log.", {})


def problem_response(error: OttemperaError, problem: Problem) -> web.Response:
    """The document for *error*, with what it takes to do better."""
    headers: dict[str, str] = {}
    extra: dict[str, object] = {}
    if isinstance(error, UnavailableError):
        headers["Retry-After"] = str(_RETRY_AFTER_S)
    if problem.status == 401:  # noqa: PLR2004 - RFC 9110 §11.6.1 asks for the challenge
        headers["WWW-Authenticate"] = "Ottempera-Signature"
    if isinstance(error, OutOfOrderError):
        extra["expected"] = error.expected
    return _document(problem.status, problem.slug, problem.title, str(error), error.remedy, headers, extra)


def _document(
    status: int,
    slug: str,
    title: str,
    detail: str,
    remedy: str,
    headers: dict[str, str],
    extra: dict[str, object] | None = None,
) -> web.Response:
    document = {"type": _TYPE_PREFIX + slug, "title": title, "status": status, "detail": detail, "remedy": remedy}
    kept = {name: value for name, value in headers.items() if name.lower() not in {"content-type", "content-length"}}
    return web.Response(status=status, body=encode(document | (extra or {})), content_type=PROBLEM_JSON, headers=kept)
