"""Refuses requests for foreign host names, so that a foreign page cannot read the API (DNS rebinding).

If a token is set, a foreign page lacks it, and any host name is accepted.
"""

from collections.abc import Iterable
from urllib.parse import unquote_to_bytes

from starlette.datastructures import Headers
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

OWN = ("localhost", "127.0.0.1", "[::1]")
LONGEST_ADDRESS = 16_000
UNKNOWN_NAME = "unknown host name {!r}; add it to HEADRACE_SERVE_HOSTS, or set HEADRACE_SERVE_TOKEN"
PROBES = ("/healthz", "/readyz")
"""Health probes are accepted under any host name; their answers contain no data of an entity."""


class HostGuard:
    """Accepts requests for one of `names` (None: for any), on any port, whose address is short and UTF-8."""

    def __init__(self, app: ASGIApp, names: Iterable[str] | None) -> None:
        self._app = app
        self._names = None if names is None else frozenset(name.lower() for name in (*OWN, *names))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one request."""
        refused = None if scope["type"] != "http" else self._refused(scope)
        await (refused or self._app)(scope, receive, send)

    def _refused(self, scope: Scope) -> Response | None:
        host = Headers(scope=scope).get("host", "")
        if self._names is not None and name_of(host) not in self._names and scope["path"] not in PROBES:
            return _answer(scope, 421, UNKNOWN_NAME.format(host[:100]))
        if len(scope.get("raw_path", b"")) + len(scope["query_string"]) > LONGEST_ADDRESS:
            return _answer(scope, 414, f"address too long; expected at most {LONGEST_ADDRESS:,} bytes")
        if not _is_text(scope.get("raw_path", b"")):
            return _answer(scope, 400, "path is not UTF-8; expected percent-encoded UTF-8")
        return None


def name_of(host: str) -> str:
    """Returns the name in a Host header, without its port.

    >>> name_of("LOCALHOST:8080"), name_of("[::1]:8080"), name_of("localhost:80@evil")
    ('localhost', '[::1]', 'localhost:80@evil')
    """
    name, colon, port = host.strip().lower().rpartition(":")
    if not colon or not (port.isascii() and port.isdigit()):
        return host.strip().lower().rstrip(".")
    return name.rstrip(".")


def _is_text(path: bytes) -> bool:
    try:
        unquote_to_bytes(path).decode()
    except UnicodeDecodeError:
        return False
    return True


def _answer(scope: Scope, status: int, text: str) -> Response:
    if scope["path"].startswith("/api/"):
        return JSONResponse({"error": text}, status_code=status)
    return PlainTextResponse(f"{text}\n", status_code=status)
