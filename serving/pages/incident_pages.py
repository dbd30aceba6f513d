"""Serves the pages of incidents: the list, and one page each."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from serving.context import ServingContext
from serving.pages.incident_chart import incident_chart
from serving.pages.incident_views import LOOKS, IncidentView, happenings, views
from serving.pages.renderer import Renderer

MOST = 100
"""Most incidents on a page; older ones are found by a filter."""


class IncidentPages:
    """Handles requests for the pages of incidents."""

    def __init__(self, context: ServingContext, renderer: Renderer, clock: Callable[[], int]) -> None:
        self._context, self._renderer, self._clock = context, renderer, clock

    def routes(self) -> list[Route]:
        """Lists the pages and their live parts."""
        return [
            Route("/incidents", self.list_incidents),
            Route("/live/incidents", self.live_list),
            Route("/incidents/{name}", self.incident),
            Route("/live/incidents/{name}", self.live_incident),
        ]

    def list_incidents(self, request: Request) -> Response:
        """Renders all incidents."""
        return self._list("incidents.html", request)

    def live_list(self, request: Request) -> Response:
        """Renders the live part of the page of all incidents."""
        return self._list("incidents_live.html", request)

    def incident(self, request: Request) -> Response:
        """Renders one incident."""
        return self._incident("incident.html", request)

    def live_incident(self, request: Request) -> Response:
        """Renders the live part of the page of one incident."""
        return self._incident("incident_live.html", request)

    def _list(self, template: str, request: Request) -> Response:
        now_ms, asked = self._clock(), request.query_params
        state, owner = asked.get("state", ""), asked.get("owner", "")
        known = views(self._context.incidents(), now_ms)
        chosen = [view for view in known if state in ("", view.look) and (not owner or owner in view.incident.owners)]
        return self._renderer.page(
            template,
            incidents=chosen[:MOST],
            left_out=len(chosen) - len(chosen[:MOST]),
            total=len(known),
            counts={look: sum(view.look == look for view in known) for look in LOOKS},
            owners=sorted({owner for view in known for owner in view.incident.owners}),
            state=state,
            owner=owner,
            now_ms=now_ms,
            pipeline=self._context.pipeline(),
        )

    def _incident(self, template: str, request: Request) -> Response:
        name, now_ms = request.path_params["name"], self._clock()
        incident = self._context.incident(name)
        if incident is None:
            return self._renderer.message(
                404, f"Unknown incident {name!r}", "Old incidents are deleted; /incidents lists all others."
            )
        view, deliveries = IncidentView(incident, now_ms), self._context.deliveries(name)
        cause = self._context.incident(incident.muted_by) if incident.muted_by else None
        return self._renderer.page(
            template,
            view=view,
            deliveries=deliveries,
            cause=None if cause is None else IncidentView(cause, now_ms),
            happenings=happenings(view, deliveries),
            chart=incident_chart(view),
            now_ms=now_ms,
            pipeline=self._context.pipeline(),
        )
