"""Lists all pages. They work without scripts; scripts refresh the live part and move a cursor over a chart."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from serving.context import ServingContext
from serving.error_responses import AWAY, ErrorResponse
from serving.guards import LoginAttempts
from serving.pages.catalogue_pages import CataloguePages
from serving.pages.entity_page import EntityPage
from serving.pages.feature_page import FeaturePage
from serving.pages.front_page import FrontPage
from serving.pages.incident_pages import IncidentPages
from serving.pages.interval_pages import IntervalPages
from serving.pages.renderer import Renderer
from serving.pages.sign_in import SignIn


class Pages:
    """All pages over one serving context; their handlers block on Redis and run in threads."""

    def __init__(self, context: ServingContext, clock: Callable[[], int], attempts: LoginAttempts) -> None:
        self._renderer = Renderer(context)
        kinds = (FrontPage, FeaturePage, IncidentPages, IntervalPages, CataloguePages, EntityPage)
        self._pages = [
            *(kind(context, self._renderer, clock) for kind in kinds),
            SignIn(context.settings, self._renderer, attempts),
        ]

    def routes(self) -> list[Route]:
        """Lists the pages and their live parts."""
        return [route for page in self._pages for route in page.routes()]

    def failure(self, request: Request, response: ErrorResponse) -> Response:
        """Renders an error page; it reloads itself if the error may be temporary."""
        again = request.url.path if response.status == AWAY.status and request.method == "GET" else ""
        return self._renderer.message(response.status, response.title, response.text, again)
