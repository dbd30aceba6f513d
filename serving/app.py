"""The application: pages, API and metrics behind one guard."""

import time
from collections.abc import Callable

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dataflows.runtime.settings import Settings
from serving import assets
from serving.api import Api
from serving.context import ServingContext, context_of
from serving.error_responses import handlers
from serving.guards import HostGuard, LoginAttempts, TokenGuard, UnreadBody
from serving.pages import Pages

LEAST_COMPRESSED = 1_000
"""From this number of bytes on, an answer is compressed; fewer fit one packet."""


def now_ms() -> int:
    """Reads the wall clock (ms)."""
    return time.time_ns() // 1_000_000


def app_of(settings: Settings, clock: Callable[[], int] = now_ms, host: str = "localhost") -> Starlette:
    """Builds the application of the given settings, listening on `host`; connects to nothing before the first request.

    Raises DefinitionErrors.
    """
    return application(context_of(settings), clock, host)


def application(context: ServingContext, clock: Callable[[], int], host: str = "localhost") -> Starlette:
    """Builds the application over a serving context."""
    attempts = LoginAttempts(time.monotonic)
    pages, api, meter = Pages(context, clock, attempts), Api(context, clock), RequestMetrics()
    token = context.settings.serve_token
    return Starlette(
        routes=[
            *pages.routes(),
            *api.routes(),
            Route("/metrics", meter.metrics),
            assets.shipped().route(),
        ],
        middleware=[
            Middleware(MeasuredRequests, meter=meter),
            Middleware(GZipMiddleware, minimum_size=LEAST_COMPRESSED, compresslevel=6),
            Middleware(UnreadBody),
            Middleware(HostGuard, names=None if token else [*context.settings.hosts, host]),
            Middleware(TokenGuard, token=token.get_secret_value() if token else None, attempts=attempts),
        ],
        exception_handlers=handlers(pages.failure),
        lifespan=api.lifespan,
    )


class RequestMetrics:
    """Counts and times the requests of this process."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        labels = ["kind", "status"]
        self._requests = Counter(
            "headrace_serve_requests", "Requests answered, by kind and status", labels, registry=self._registry
        )
        self._seconds = Histogram(
            "headrace_serve_seconds",
            "Seconds to answer a request",
            ["kind"],
            buckets=[0.0005 * 2**i for i in range(15)],
            registry=self._registry,
        )

    def note(self, kind: str, status: int, seconds: float) -> None:
        """Counts one answer."""
        self._requests.labels(kind, str(status)).inc()
        self._seconds.labels(kind).observe(seconds)

    def metrics(self, request: Request) -> Response:
        """Renders the metrics in the Prometheus text format."""
        return Response(generate_latest(self._registry), media_type=CONTENT_TYPE_LATEST)


class MeasuredRequests:
    """Measures every request by the first part of its path, so the number of kinds stays small."""

    KINDS = frozenset(
        (
            "",
            "features",
            "quality",
            "incidents",
            "intervals",
            "catalogue",
            "api",
            "live",
            "static",
            "login",
            "healthz",
            "readyz",
            "metrics",
        )
    )

    def __init__(self, app: ASGIApp, meter: RequestMetrics) -> None:
        self._app, self._meter = app, meter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun, status = time.perf_counter(), 500

        async def send_counted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, send_counted)
        finally:
            first = scope["path"].split("/")[1]
            kind = (first or "front") if first in self.KINDS else "other"
            self._meter.note(kind, status, time.perf_counter() - begun)
