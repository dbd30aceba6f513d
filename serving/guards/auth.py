"""Authentication by bearer token or cookie, and security headers for browsers."""

import hmac

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.assets import shipped
from serving.guards.login_attempts import LoginAttempts

COOKIE = "headrace_token"
OPEN = ("/login", "/static/", "/healthz", "/readyz")
"""Paths that need no token."""
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; "
    f"style-src {shipped().style_hashes}; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class TokenGuard:
    """Requires the token if one is set, and adds the security headers.

    A client that sends too many wrong tokens must wait. The right token is always accepted here, so that no client
    can lock out a program behind the same address.
    """

    def __init__(self, app: ASGIApp, token: str | None, attempts: LoginAttempts) -> None:
        self._app, self._token, self._attempts = app, token, attempts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        app = self._app if self._allowed(Request(scope)) else self._refusal(Request(scope))
        await app(scope, receive, _with_headers(send))

    def _allowed(self, request: Request) -> bool:
        if self._token is None or request.url.path.startswith(OPEN):
            return True
        return any(same(given, self._token) for given in _tokens(request))

    def _refusal(self, request: Request) -> Response:
        client = request.client.host if request.client else None
        if any(_tokens(request)):
            if wait := self._attempts.wait(client):
                return too_many(wait)
            self._attempts.wrong(client)
        return _refusal(request)


def _tokens(request: Request) -> tuple[str, str]:
    bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
    return bearer, request.cookies.get(COOKIE, "")


def too_many(wait: int) -> Response:
    """Refuses a client that sent too many wrong tokens, for `wait` seconds."""
    content = {"error": f"too many wrong tokens; try again in {wait} s"}
    return JSONResponse(content, status_code=429, headers={"Retry-After": str(wait)})


def same(given: str, token: str) -> bool:
    """Compares a token in constant time."""
    return hmac.compare_digest(given.encode(), token.encode())


def _refusal(request: Request) -> Response:
    if request.url.path.startswith(("/api/", "/metrics", "/live/")):
        content = {"error": "missing or wrong token", "expected": "a header 'Authorization: Bearer TOKEN'"}
        return JSONResponse(content, status_code=401, headers={"WWW-Authenticate": "Bearer"})
    return RedirectResponse("/login", status_code=303)


def _with_headers(send: Send) -> Send:
    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            given = {name.lower() for name, _ in message["headers"]}
            added = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]
            message["headers"] = [*message["headers"], *((name, value) for name, value in added if name not in given)]
        await send(message)

    return send_with_headers
