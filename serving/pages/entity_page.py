"""Serves the page of an entity: all its features as they are served."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from serving.context import ServingContext
from serving.features.selection import UnknownEntityType
from serving.pages.addresses import entity_path
from serving.pages.renderer import Renderer
from serving.pages.view_models import readings


class EntityPage:
    """Handles requests for the pages of entities."""

    def __init__(self, context: ServingContext, renderer: Renderer, clock: Callable[[], int]) -> None:
        self._context, self._renderer, self._clock = context, renderer, clock

    def routes(self) -> list[Route]:
        """Lists the search, the page and its live part."""
        return [
            Route("/features", self.find),
            Route("/features/{entity_type}/{entity:path}", self.entity),
            Route("/live/features/{entity_type}/{entity:path}", self.live),
        ]

    def find(self, request: Request) -> Response:
        """Redirects the search form to the page of an entity."""
        asked = request.query_params
        return RedirectResponse(entity_path(asked.get("type", ""), asked.get("id", "")), status_code=303)

    def entity(self, request: Request) -> Response:
        """Renders the features of an entity."""
        return self._rendered("entity.html", request)

    def live(self, request: Request) -> Response:
        """Renders the live part of the page."""
        return self._rendered("entity_live.html", request)

    def _rendered(self, template: str, request: Request) -> Response:
        entity_type, entity = request.path_params["entity_type"], request.path_params["entity"]
        try:
            features = self._context.features.selected(entity_type)
            served = self._context.features.read_entity(entity_type, entity)
        except UnknownEntityType as unknown:
            hint = f"Known entity types: {', '.join(unknown.known)}."
            return self._renderer.message(404, f"Unknown entity type {entity_type!r}", hint)
        now_ms = self._clock()
        return self._renderer.page(
            template,
            status=200 if served else 404,
            entity_type=entity_type,
            entity=entity,
            served=served,
            readings=readings(served, features, now_ms) if served else [],
            now_ms=now_ms,
            pipeline=self._context.pipeline(),
        )
