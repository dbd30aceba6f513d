"""Serves the catalogue: a search over all definitions, and a page for each."""

from collections.abc import Callable
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from serving.catalogue import Catalogue, EntryKind, filter_of
from serving.context import ServingContext
from serving.pages.addresses import place_in, query
from serving.pages.renderer import Renderer

MOST = 100
"""Entries per page."""
_FOLDERS: dict[str, EntryKind] = {"features": "feature", "sets": "set", "sources": "source"}


class CataloguePages:
    """Handles requests for the catalogue; uses only definitions, so that it works while Redis is unavailable."""

    def __init__(self, context: ServingContext, renderer: Renderer, _clock: Callable[[], int]) -> None:
        settings = context.settings
        self._catalogue = Catalogue(context.definitions, settings.specs, settings.redis_prefix)
        self._renderer = renderer

    def routes(self) -> list[Route]:
        """Lists the pages and the live part of the list."""
        return [
            Route("/catalogue", self.list_definitions),
            Route("/live/catalogue", self.live),
            Route("/catalogue/{folder}/{name}", self.definition),
        ]

    def list_definitions(self, request: Request) -> Response:
        """Renders the list."""
        return self._listed("catalogue.html", request)

    def live(self, request: Request) -> Response:
        """Renders the part of the list that depends on a reader's choices."""
        return self._listed("catalogue_live.html", request)

    def definition(self, request: Request) -> Response:
        """Renders the page of a definition."""
        folder, name = request.path_params["folder"], request.path_params["name"]
        kind = _FOLDERS.get(folder)
        view = self._catalogue.view(kind, name, catalogue_path) if kind else None
        if view is None:
            return self._renderer.message(404, f"Unknown definition {name!r}", "The catalogue lists all definitions.")
        return self._renderer.page(view.template, frame="base.html", history=(), **view.values)

    def _listed(self, template: str, request: Request) -> Response:
        chosen = filter_of(request.query_params)
        entries = chosen.matches(self._catalogue.entries)
        begin = place_in(request.query_params.get("from", ""))
        more = query({**chosen.query(), "from": begin + MOST}) if begin + MOST < len(entries) else ""
        return self._renderer.page(
            template,
            frame="base.html",
            entries=entries[begin : begin + MOST],
            begin=begin,
            matching=len(entries),
            total=len(self._catalogue.entries),
            more=more,
            chosen=chosen,
            choices=self._catalogue.choices,
            link=catalogue_path,
        )


def catalogue_path(kind: str, name: str) -> str:
    """Returns the path of a definition's page.

    >>> catalogue_path("set", "fraud_v1")
    '/catalogue/sets/fraud_v1'
    """
    return f"/catalogue/{kind}s/{quote(name, safe='')}"
