"""Serves the front page: the verdict, open incidents, then all features."""

from collections.abc import Callable, Sequence

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from reports.muted_reports import muted_reports
from serving.context import ServingContext
from serving.pages.incident_views import IncidentView, views
from serving.pages.renderer import Renderer
from serving.pages.tables.feature_filter import filter_in
from serving.pages.tables.feature_table import feature_table
from serving.pages.view_models import overview

MOST_INCIDENTS, MOST_RESOLVED = 6, 3
MOST_UNKNOWN = 30
RECENT_MS = 24 * 3_600_000


class FrontPage:
    """Handles requests for the front page."""

    def __init__(self, context: ServingContext, renderer: Renderer, clock: Callable[[], int]) -> None:
        self._context, self._renderer, self._clock = context, renderer, clock

    def routes(self) -> list[Route]:
        """Lists the page and its live part."""
        return [Route("/", self.front), Route("/live/front", self.live)]

    def front(self, request: Request) -> Response:
        """Renders the page."""
        return self._rendered("front.html", request)

    def live(self, request: Request) -> Response:
        """Renders the live part of the page."""
        return self._rendered("front_live.html", request)

    def _rendered(self, template: str, request: Request) -> Response:
        now_ms, known, pipeline = self._clock(), self._context.live_reports(), self._context.pipeline()
        incidents_read = self._context.incidents()
        reports = muted_reports(known.settled_features(), incidents_read, pipeline.stalled_ms, now_ms)
        incidents = views(incidents_read, now_ms)
        return self._renderer.page(
            template,
            overview=overview(known, reports, self._context.definitions.features, incidents_read, pipeline.standing),
            table=feature_table(reports, filter_in(request.query_params)),
            firing=[view for view in incidents if view.look == "firing"],
            muted=[view for view in incidents if view.look == "muted"],
            resolved=_recent(incidents, now_ms)[:MOST_RESOLVED],
            most=MOST_INCIDENTS,
            most_unknown=MOST_UNKNOWN,
            deprecated=self._context.definitions.deprecated,
            at_ms=None,
            now_ms=now_ms,
            pipeline=pipeline,
        )


def _recent(incidents: Sequence[IncidentView], now_ms: int) -> list[IncidentView]:
    ended = [view for view in incidents if view.incident.end_ms is not None]
    return [view for view in ended if now_ms - (view.incident.end_ms or 0) < RECENT_MS]
