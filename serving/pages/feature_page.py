"""Serves the page of a feature: its status and reason, values, history, picture, rules, samples and definition."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dataflows.definitions import Feature
from reports.history import HistoryPoint
from reports.muted_reports import muted_reports
from reports.records import FeatureReport, Subject
from reports.rendering import Row
from serving.context import PastReport, ServingContext
from serving.pages.addresses import moment_in, query
from serving.pages.chart_cache import ChartCache
from serving.pages.charts import MOST, MOST_LINES, Column, Panel, columns, description, panels
from serving.pages.charts.history_chart import history_chart
from serving.pages.charts.time_range import RANGES, TimeRange, range_in
from serving.pages.incident_views import IncidentView, views
from serving.pages.renderer import Renderer
from serving.pages.values_now import values_now

MOST_INCIDENTS, MOST_INTERVALS = 5, 12
CHARTS_KEPT = 32
_kept_chart = lru_cache(maxsize=CHARTS_KEPT)(history_chart)
"""Caches charts: a chart changes when an interval closes, but an open page requests it every two seconds."""


@dataclass(frozen=True, slots=True)
class HistoryView:
    """The history of a feature over a range, and the addresses of other ranges."""

    span: TimeRange
    columns: Sequence[Column]
    panels: Sequence[Panel]
    stored: Sequence[HistoryPoint]
    at_ms: int | None
    as_table: bool

    @property
    def chart(self) -> Markup:
        """Draws the columns."""
        return _kept_chart(tuple(self.columns), self.span, tuple(self.panels), self.at_ms)

    @property
    def newest(self) -> str:
        """Describes the newest column."""
        return description(self.columns[-1], self.panels) if self.columns else ""

    @property
    def ranges(self) -> list[tuple[str, str, bool]]:
        """Lists the ranges: name, address, whether it is shown."""
        return [(name, self.href({"range": name}), name == self.span.name) for name in RANGES]

    @property
    def moves(self) -> list[tuple[str, str, str]]:
        """Lists the ranges that buttons lead to: name for the script, label, address."""
        return [
            ("earlier", "Earlier", self.href(self.span.shifted(-0.5))),
            ("later", "Later", self.href(self.span.shifted(0.5))),
            ("in", "Zoom in", self.href(self.span.scaled(0.5))),
            ("out", "Zoom out", self.href(self.span.scaled(2))),
        ]

    def href(self, span: Mapping[str, object]) -> str:
        """Returns the query of another range of the same page."""
        return query({**span, "at": self.at_ms, "view": "table" if self.as_table else ""})

    @property
    def other_view(self) -> str:
        """Returns the query of the same range as a table, or as a drawing."""
        return query({**self.span.query(), "at": self.at_ms, "view": "" if self.as_table else "table"})

    def at_href(self, start_ms: int | None) -> str:
        """Returns the query of the same range with another interval, or the newest."""
        return query({**self.span.query(), "at": start_ms, "view": "table" if self.as_table else ""})

    @property
    def last(self) -> Sequence[HistoryPoint]:
        """Returns the newest intervals of the range, the newest first."""
        inside = [point for column in self.columns for point in column.points]
        return inside[::-1][:MOST_INTERVALS]

    def value(self, column: Column, panel: Panel) -> str:
        """Returns the values of a column as a table shows them."""
        return ", ".join(panel.text(column.value(line.of)) for line in panel.lines)


class FeaturePage:
    """Handles requests for the pages and pictures of features."""

    def __init__(self, context: ServingContext, renderer: Renderer, clock: Callable[[], int]) -> None:
        self._context, self._renderer, self._clock = context, renderer, clock
        self._pictures = ChartCache(context)

    def routes(self) -> list[Route]:
        """Lists the page, its live part and its picture."""
        return [
            Route("/quality/{feature}", self.quality),
            Route("/live/quality/{feature}", self.live),
            Route("/quality/{feature}/image.png", self.image),
        ]

    def quality(self, request: Request) -> Response:
        """Renders the report of a feature: of the last closed interval, else of the open one."""
        return self._rendered("quality.html", request)

    def live(self, request: Request) -> Response:
        """Renders the live part of the page."""
        return self._rendered("quality_live.html", request)

    def image(self, request: Request) -> Response:
        """Returns the chart of a feature as PNG; with `theme=dark` for a dark page."""
        name, asked = request.path_params["feature"], request.query_params.get("at")
        if self._context.feature(name) is None:
            return Response(status_code=404)
        dark = request.query_params.get("theme") == "dark"
        if asked is None:
            return Response(self._pictures.newest(name, dark), media_type="image/png")
        picture = None if (start_ms := moment_in(asked)) is None else self._pictures.at(name, start_ms, dark)
        return Response(picture, media_type="image/png") if picture else Response(status_code=404)

    def _rendered(self, template: str, request: Request) -> Response:
        name, asked = request.path_params["feature"], request.query_params.get("at")
        feature = self._context.feature(name)
        if feature is None:
            return self._renderer.message(404, f"Unknown feature {name!r}", "The front page lists all features.")
        if asked is None:
            return self._page(template, request, feature, self._newest(name), None)
        past = PastReport(None) if (start_ms := moment_in(asked)) is None else self._context.past(name, start_ms)
        if past.report is None:
            return self._renderer.message(404, f"Unknown interval {asked!r} of {name}", past.refused)
        return self._page(template, request, feature, past.report, start_ms)

    def _newest(self, name: str) -> FeatureReport | None:
        """Reads the newest report of a feature, muted if a cause holds."""
        newest, stalled_ms = self._context.newest(name), self._context.pipeline().stalled_ms
        return (
            next(iter(muted_reports([newest], self._context.incidents(), stalled_ms, self._clock())))
            if newest
            else None
        )

    def _page(
        self, template: str, request: Request, feature: Feature, report: FeatureReport | None, at_ms: int | None
    ) -> Response:
        now_ms, name = self._clock(), feature.feature_name
        return self._renderer.page(
            template,
            feature=feature,
            row=Row(report) if report else None,
            values=values_now(report) if report else [],
            at_ms=at_ms,
            past=self._history(request.query_params, self._context.subject(name), at_ms),
            incidents=_concerning(name, views(self._context.incidents(), now_ms)),
            prefix=self._context.settings.redis_prefix,
            now_ms=now_ms,
            pipeline=self._context.pipeline(),
        )

    def _history(self, asked: Mapping[str, str], subject: Subject, at_ms: int | None) -> HistoryView:
        points = self._context.points(subject.feature)
        newest_ms, oldest_ms = (points[-1].end_ms, points[0].start_ms) if points else (self._clock(), 0)
        span = range_in(asked, newest_ms, oldest_ms)
        as_table = asked.get("view") == "table"
        history_columns = columns(points, span, MOST_LINES if as_table else MOST)
        shown = panels(subject, [point for column in history_columns for point in column.points])
        return HistoryView(span, history_columns, shown, points, at_ms, as_table)


def _concerning(feature: str, incidents: Sequence[IncidentView]) -> list[IncidentView]:
    """Returns the incidents that include or mute a feature, firing ones first."""
    views = [view for view in incidents if feature in view.features or feature in view.incident.muted]
    return views[:MOST_INCIDENTS]
