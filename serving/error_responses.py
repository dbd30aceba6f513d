"""What went wrong, said to programs in JSON and to people as a page; never more than concerns them."""

from collections.abc import Callable
from dataclasses import dataclass

import redis
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from connectors.redis import EmbeddedRedisError
from serving.client import UnreadableEntity
from serving.guards import HEADERS
from serving.live_reports import UnreadableReport


@dataclass(frozen=True, slots=True)
class Failure:
    """A status, and what is said with it."""

    status: int
    title: str
    text: str


AWAY = Failure(503, "Not live", "Redis is not reachable: what is shown here would be old.")
DEFECT = Failure(500, "Something went wrong", "The log of headrace serve says what.")
MISSING = Failure(404, "There is no such page", "The first page lists all features.")
ENDPOINTS = (
    "GET /api/v1/features/{entity_type}/{id}, POST /api/v1/features, GET /api/v1/quality, GET /api/v1/quality/{feature}"
)
UNREADABLE = (UnreadableReport, UnreadableEntity)
PROGRAMS = ("/api/", "/healthz", "/readyz")
REDIS_AWAY = (redis.RedisError, EmbeddedRedisError)

Handler = Callable[[Request, Exception], Response]


def failure_of(error: Exception) -> Failure:
    """
    >>> failure_of(redis.ConnectionError("refused")).status, failure_of(ZeroDivisionError()).status
    (503, 500)
    >>> failure_of(UnreadableEntity("headrace:user:u1: no")).text
    'headrace:user:u1: no'
    >>> failure_of(redis.ResponseError("NOPERM no permissions")).text
    'Redis refuses to answer: NOPERM no permissions'
    """
    if isinstance(error, UnreadableEntity):
        return Failure(502, "Redis holds what is no entity", str(error))
    if isinstance(error, redis.ResponseError | redis.AuthenticationError):
        return Failure(503, "Not live", f"Redis refuses to answer: {error!s:.200}")
    if isinstance(error, UNREADABLE):
        return Failure(500, "Redis holds what cannot be read", str(error))
    if isinstance(error, HTTPException):
        return MISSING if error.status_code == MISSING.status else Failure(error.status_code, error.detail, "")
    return AWAY if isinstance(error, REDIS_AWAY) else DEFECT


def handlers(page: Callable[[Request, Failure], Response]) -> dict[type[Exception], Handler]:
    """One answer to whatever is raised; `page` draws it for people."""

    def handler(request: Request, error: Exception) -> Response:
        failure = failure_of(error)
        answer = _json(failure) if request.url.path.startswith(PROGRAMS) else page(request, failure)
        answer.headers.update(getattr(error, "headers", None) or {})
        answer.headers.update(HEADERS if failure is DEFECT else {})  # that is answered outside of the guard
        return answer

    return dict.fromkeys((HTTPException, *REDIS_AWAY, *UNREADABLE, Exception), handler)


def _json(failure: Failure) -> Response:
    text = failure.text
    if failure.status in {404, 405}:
        text = f"{failure.title}; there are {ENDPOINTS}"
    return JSONResponse({"error": text}, status_code=failure.status)
