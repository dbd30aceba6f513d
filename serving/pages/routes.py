"""The pages. They work without scripts; a script only refreshes the live part of a page."""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

from jinja2 import Environment
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from reports.rendering import Row
from serving.context import ServingContext
from serving.error_responses import AWAY, ErrorResponse
from serving.guards import COOKIE, Attempts, RefusedBody, body_of, same, too_many
from serving.pages.chart_cache import Pictures
from serving.pages.templating import environment
from serving.pages.view_models import entity_path, firing, overview, past_incidents, readings, timelines
from serving.selection import UnknownEntityType

LONGEST_FORM = 10_000
LONGEST_MOMENT = 15
NOT_KEPT = "An interval is named by its start (ms since 1970); the oldest intervals are deleted."


class Pages:
    """The handlers of all pages over one shelf; they block on Redis and run in threads."""

    def __init__(self, shelf: ServingContext, clock: Callable[[], int], attempts: Attempts) -> None:
        self._shelf, self._clock, self._attempts = shelf, clock, attempts
        self._pictures = Pictures(shelf)
        self._templates: Environment = environment()

    def routes(self) -> list[Route]:
        """Lists the pages and their live parts."""
        return [
            Route("/", self.front),
            Route("/live/front", self.live_front),
            Route("/features", self.find),
            Route("/features/{entity_type}/{entity:path}", self.entity),
            Route("/live/features/{entity_type}/{entity:path}", self.live_entity),
            Route("/quality/{feature}", self.quality),
            Route("/quality/{feature}/image.png", self.image),
            Route("/login", self.login, methods=["GET", "POST"]),
        ]

    def front(self, request: Request) -> Response:
        """Renders the front page with all features."""
        return self._page("front.html", overview=self._overview(), pipeline=self._shelf.pipeline())

    def live_front(self, request: Request) -> Response:
        """Renders the live part of the front page."""
        return self._page("front_live.html", overview=self._overview(), pipeline=self._shelf.pipeline())

    def find(self, request: Request) -> Response:
        """Redirects the search form to the page of an entity."""
        asked = request.query_params
        return RedirectResponse(entity_path(asked.get("type", ""), asked.get("id", "")), status_code=303)

    def entity(self, request: Request) -> Response:
        """Renders the features of an entity."""
        return self._entity("entity.html", request)

    def live_entity(self, request: Request) -> Response:
        """Renders the live part of an entity's page."""
        return self._entity("entity_live.html", request)

    def quality(self, request: Request) -> Response:
        """Renders the report of a feature: of the last closed interval, else of the open one."""
        name = request.path_params["feature"]
        feature = self._shelf.feature(name)
        if feature is None:
            return self._message(404, f"Unknown feature {name!r}", "The front page lists all features.")
        kept, live, asked = self._shelf.history(name), self._shelf.live(name), request.query_params.get("at")
        past = None if (at := _moment(asked)) is None else kept.at(at)
        if asked is not None and past is None:
            return self._message(404, f"Unknown interval {asked!r} of {name}", kept.refused or NOT_KEPT)
        history = list(kept.reports)
        report = past or live.settled or (history[-1] if history else None)
        return self._page(
            "quality.html",
            feature=feature,
            row=Row(report) if report else None,
            at=past.start_ms if past else None,
            alerts=firing([report]) if report else [],
            timelines=timelines(history or [one for one in (live.closed, live.open) if one]),
            incidents=past_incidents(history),
            history=history[::-1][:24],
            refused=kept.refused,
            prefix=self._shelf.settings.redis_prefix,
            pipeline=self._shelf.pipeline(),
        )

    def image(self, request: Request) -> Response:
        """Returns the chart of a feature as PNG; with `theme=dark` for a dark page."""
        name, asked = request.path_params["feature"], request.query_params.get("at")
        if self._shelf.feature(name) is None:
            return Response(status_code=404)
        dark = request.query_params.get("theme") == "dark"
        if asked is None:
            return Response(self._pictures.newest(name, dark), media_type="image/png")
        picture = None if (at := _moment(asked)) is None else self._pictures.at(name, at, dark)
        return Response(picture, media_type="image/png") if picture else Response(status_code=404)

    async def login(self, request: Request) -> Response:
        """Signs in with the token and stores it in a cookie that scripts cannot read."""
        token = self._shelf.settings.serve_token
        if token is None:
            return RedirectResponse("/", status_code=303)
        if request.method != "POST":
            return self._page("login.html", wrong=False)
        client = request.client.host if request.client else None
        if wait := self._attempts.wait(client):
            return too_many(wait)
        given = await _token_of(request)
        if not same(given, token.get_secret_value()):
            self._attempts.wrong(client)
            return self._page("login.html", status=401, wrong=True)
        response = RedirectResponse("/", status_code=303)
        secure = request.url.scheme == "https"
        response.set_cookie(COOKIE, given, httponly=True, samesite="strict", secure=secure)
        return response

    def failure(self, request: Request, told: ErrorResponse) -> Response:
        """Renders an error page; it reloads itself if the error may be temporary."""
        again = request.url.path if told.status == AWAY.status and request.method == "GET" else ""
        return self._message(told.status, told.title, told.text, again)

    def _overview(self) -> object:
        return overview(self._shelf.known(), self._shelf.definitions.features)

    def _entity(self, template: str, request: Request) -> Response:
        entity_type, entity = request.path_params["entity_type"], request.path_params["entity"]
        try:
            features = self._shelf.features.features(entity_type)
            served = self._shelf.features.one(entity_type, entity)
        except UnknownEntityType as unknown:
            hint = f"Known entity types: {', '.join(unknown.known)}."
            return self._message(404, f"Unknown entity type {entity_type!r}", hint)
        return self._page(
            template,
            status=200 if served else 404,
            entity_type=entity_type,
            entity=entity,
            served=served,
            readings=readings(served, features) if served else [],
            now_ms=self._clock(),
            pipeline=self._shelf.pipeline(),
        )

    def _message(self, status: int, title: str, text: str, again: str = "") -> Response:
        return self._page("message.html", status=status, title=title, text=text, again=again)

    def _page(self, template: str, status: int = 200, **told: Any) -> HTMLResponse:
        types = self._shelf.entity_types
        return HTMLResponse(self._templates.get_template(template).render(types=types, **told), status_code=status)


async def _token_of(request: Request) -> str:
    """Reads the token from the form; ignores a body longer than any token."""
    try:
        body = await body_of(request, LONGEST_FORM)
    except RefusedBody:
        return ""
    return parse_qs(body.decode(errors="replace")).get("token", [""])[0]


def _moment(text: str | None) -> int | None:
    """Parses a time (ms) in an address; None if it is not a time."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) <= LONGEST_MOMENT else None
