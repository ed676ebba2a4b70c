"""Turns refusals into problem documents (RFC 9457), for every route."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import structlog
from aiohttp import web

from collector.errors import OutOfOrderError, Problem, problem_of
from collector.services import SERVICES
from schema.codec import encode
from schema.errors import OttemperaError, UnavailableError

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler

PROBLEM_JSON: Final = "application/problem+json"
_TYPE_PREFIX: Final = "urn:ottempera:problem:"
_RETRY_AFTER_S: Final = 10
_OF_THE_BODY: Final = frozenset({"content-type", "content-length"})
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
        request.app[SERVICES].metrics.refusals.labels(problem.slug).inc()
        return problem_response(error, problem)
    except web.HTTPException as error:
        if error.status < 400:  # noqa: PLR2004 - a redirect or success that a handler raised
            raise
        return _document(Problem(OttemperaError, error.status, "http", error.reason), headers=dict(error.headers))
    except Exception:  # noqa: BLE001 - a fault of ours is logged whole and told to nobody
        _log.exception("failed", path=request.path)
        return _document(problem_of(OttemperaError("")), remedy="The collector's log has more.")


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
    return _document(problem, str(error), error.remedy, headers=headers, extra=extra)


def _document(
    problem: Problem,
    detail: str = "",
    remedy: str = "",
    *,
    headers: dict[str, str] | None = None,
    extra: dict[str, object] | None = None,
) -> web.Response:
    document = {
        "type": _TYPE_PREFIX + problem.slug,
        "title": problem.title,
        "status": problem.status,
        "detail": detail,
        "remedy": remedy,
    }
    kept = {name: value for name, value in (headers or {}).items() if name.lower() not in _OF_THE_BODY}
    body = encode(document | (extra or {}))
    return web.Response(status=problem.status, body=body, content_type=PROBLEM_JSON, headers=kept)
