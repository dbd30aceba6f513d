"""Error responses: JSON for programs, a page for people; neither reveals internals."""

from collections.abc import Callable
from dataclasses import dataclass

import redis
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from connectors.redis import EmbeddedRedisError
from serving.features.entity_features import UnreadableEntity
from serving.guards import HEADERS
from serving.quality.live_reports import UnreadableReport


@dataclass(frozen=True, slots=True)
class ErrorResponse:
    """The status and text of an error response."""

    status: int
    title: str
    text: str


AWAY = ErrorResponse(503, "Not live", "Redis is not reachable, so there are no current values to show.")
DEFECT = ErrorResponse(500, "Internal error", "The log of headrace serve has the details.")
MISSING = ErrorResponse(404, "Page not found", "The front page lists all features.")
ENDPOINTS = (
    "GET /api/v1/features/{entity_type}/{id}, POST /api/v1/features, GET /api/v1/quality, GET /api/v1/quality/{feature}"
)
UNREADABLE = (UnreadableReport, UnreadableEntity)
PROGRAMS = ("/api/", "/healthz", "/readyz")
REDIS_AWAY = (redis.RedisError, EmbeddedRedisError)

Handler = Callable[[Request, Exception], Response]


def failure_of(error: Exception) -> ErrorResponse:
    """Chooses the error response of an exception.

    >>> failure_of(redis.ConnectionError("refused")).status, failure_of(ZeroDivisionError()).status
    (503, 500)
    >>> failure_of(UnreadableEntity("headrace:user:u1: no")).text
    'headrace:user:u1: no'
    >>> failure_of(redis.ResponseError("NOPERM no permissions")).text
    'Redis refused the request: NOPERM no permissions'
    """
    if isinstance(error, UnreadableEntity):
        return ErrorResponse(502, "Redis key is not an entity", str(error))
    if isinstance(error, redis.ResponseError | redis.AuthenticationError):
        return ErrorResponse(503, "Not live", f"Redis refused the request: {error!s:.200}")
    if isinstance(error, UNREADABLE):
        return ErrorResponse(500, "Unreadable data in Redis", str(error))
    if isinstance(error, HTTPException):
        return MISSING if error.status_code == MISSING.status else ErrorResponse(error.status_code, error.detail, "")
    return AWAY if isinstance(error, REDIS_AWAY) else DEFECT


def handlers(page: Callable[[Request, ErrorResponse], Response]) -> dict[type[Exception], Handler]:
    """Maps every exception to its error response; `page` renders it for people."""

    def handler(request: Request, error: Exception) -> Response:
        failure = failure_of(error)
        answer = _json(failure) if request.url.path.startswith(PROGRAMS) else page(request, failure)
        answer.headers.update(getattr(error, "headers", None) or {})
        answer.headers.update(HEADERS if failure is DEFECT else {})  # a defect is answered outside the guard
        return answer

    return dict.fromkeys((HTTPException, *REDIS_AWAY, *UNREADABLE, Exception), handler)


def _json(failure: ErrorResponse) -> Response:
    text = failure.text
    if failure.status in {404, 405}:
        text = f"{failure.title}; expected one of: {ENDPOINTS}"
    return JSONResponse({"error": text}, status_code=failure.status)
