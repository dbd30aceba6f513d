"""Who may read, and what a browser may do with a page."""

import hmac

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE = "headrace_token"
OPEN = ("/login", "/static/", "/healthz")
"""What needs no token."""
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class Guard:
    """Asks for the token where one is set, and sends the headers that keep a page to itself."""

    def __init__(self, app: ASGIApp, token: str | None) -> None:
        self._app, self._token = app, token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        app = self._app if self._allowed(Request(scope)) else _refusal(Request(scope))
        await app(scope, receive, _with_headers(send))

    def _allowed(self, request: Request) -> bool:
        if self._token is None or request.url.path.startswith(OPEN):
            return True
        bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
        return any(same(given, self._token) for given in (bearer, request.cookies.get(COOKIE, "")))


def same(given: str, token: str) -> bool:
    """Whether a token is right; how long this takes says nothing of the token."""
    return hmac.compare_digest(given.encode(), token.encode())


def _refusal(request: Request) -> Response:
    if request.url.path.startswith(("/api/", "/metrics", "/live/")):
        said = {"error": "a token is needed", "expected": "a header 'Authorization: Bearer TOKEN'"}
        return JSONResponse(said, status_code=401, headers={"WWW-Authenticate": "Bearer"})
    return RedirectResponse("/login", status_code=303)


def _with_headers(send: Send) -> Send:
    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            added = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]
            message["headers"] = [*message["headers"], *added]
        await send(message)

    return sent
