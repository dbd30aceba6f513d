"""Serves the page to sign in with the token, if one is set."""

from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from dataflows.runtime.settings import Settings
from serving.guards import COOKIE, LoginAttempts, RefusedBody, body_of, same, too_many
from serving.pages.renderer import Renderer

LONGEST_FORM = 10_000


class SignIn:
    """Handles the form."""

    def __init__(self, settings: Settings, renderer: Renderer, attempts: LoginAttempts) -> None:
        self._token, self._renderer, self._attempts = settings.serve_token, renderer, attempts

    def routes(self) -> list[Route]:
        """Lists the page."""
        return [Route("/login", self.login, methods=["GET", "POST"])]

    async def login(self, request: Request) -> Response:
        """Signs in with the token and stores it in a cookie that scripts cannot read."""
        if self._token is None:
            return RedirectResponse("/", status_code=303)
        if request.method != "POST":
            return self._renderer.page("login.html", wrong=False)
        client = request.client.host if request.client else None
        if wait := self._attempts.wait(client):
            return too_many(wait)
        given = await _token_of(request)
        if not same(given, self._token.get_secret_value()):
            self._attempts.wrong(client)
            return self._renderer.page("login.html", status=401, wrong=True)
        response = RedirectResponse("/", status_code=303)
        secure = request.url.scheme == "https"
        response.set_cookie(COOKIE, given, httponly=True, samesite="strict", secure=secure)
        return response


async def _token_of(request: Request) -> str:
    """Reads the token from the form; ignores a body longer than any token."""
    try:
        body = await body_of(request, LONGEST_FORM)
    except RefusedBody:
        return ""
    return parse_qs(body.decode(errors="replace")).get("token", [""])[0]
