"""Serves the pages of closed intervals from the report store: all features as they were then."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from reports.delivery import stamp
from reports.errors import StoreRefused
from reports.incidents import Incident
from reports.moments import moment
from reports.records import IntervalReport
from serving.context import ServingContext
from serving.pages.addresses import interval_in, moment_in
from serving.pages.incident_views import IncidentView, views
from serving.pages.renderer import Renderer
from serving.pages.tables.feature_filter import filter_in
from serving.pages.tables.feature_table import feature_table

MOST = 300
"""Intervals per page: a day of five-minute intervals."""
NOT_KEPT = "An interval is named by its start, such as 20260101T140500Z; the oldest intervals are deleted."


@dataclass(frozen=True, slots=True)
class PastInterval:
    """An interval in the list; `firing` are the incidents that fired when it began."""

    start_ms: int
    firing: list[IncidentView]


class IntervalPages:
    """Handles requests for the pages of intervals."""

    def __init__(self, context: ServingContext, renderer: Renderer, clock: Callable[[], int]) -> None:
        self._context, self._renderer, self._clock = context, renderer, clock

    def routes(self) -> list[Route]:
        """Lists the pages and the files behind them."""
        return [
            Route("/intervals", self.list_intervals),
            Route("/intervals/{start}", self.interval),
            Route("/intervals/{start}/report.json", self.report_json),
            Route("/intervals/{start}/report.html", self.stored_page),
        ]

    def list_intervals(self, request: Request) -> Response:
        """Lists the newest intervals that have a report, by day."""
        try:
            starts, refused = self._context.reports.intervals(), ""
        except StoreRefused as error:
            starts, refused = [], str(error)
        before = moment_in(request.query_params.get("before"))
        older = [start for start in starts if before is None or start < before]
        intervals = listed(older[:MOST], self._context.incidents(), self._clock())
        days = [
            (day, list(group)) for day, group in groupby(intervals, key=lambda interval: moment(interval.start_ms)[:10])
        ]
        next_ms = older[MOST - 1] if len(older) > MOST else None
        pipeline = self._context.pipeline()
        return self._renderer.page(
            "intervals.html", days=days, next_ms=next_ms, total=len(starts), refused=refused, pipeline=pipeline
        )

    def interval(self, request: Request) -> Response:
        """Renders the features of an interval as they were."""
        start_ms = _start(request)
        try:
            report = None if start_ms is None else self._context.reports.interval(start_ms)
        except StoreRefused as error:
            return self._renderer.message(503, "The report store is not readable", str(error))
        if report is None:
            return self._renderer.message(404, f"Unknown interval {request.path_params['start']!r}", NOT_KEPT)
        return self._interval(report, request)

    def report_json(self, request: Request) -> Response:
        """Returns the report of an interval as JSON."""
        start_ms = _start(request)
        report = None if start_ms is None else self._context.reports.interval(start_ms)
        if report is None:
            return Response(status_code=404)
        return Response(report.encode(), media_type="application/json")

    def stored_page(self, request: Request) -> Response:
        """Returns the page of an interval as a file to keep or forward: it needs no server."""
        start_ms = _start(request)
        page = None if start_ms is None else self._context.reports.page(start_ms)
        if start_ms is None or page is None:
            return Response(status_code=404)
        name = f'attachment; filename="headrace-{stamp(start_ms)}.html"'
        return Response(page, media_type="text/html", headers={"Content-Disposition": name})

    def _interval(self, report: IntervalReport, request: Request) -> Response:
        starts = self._context.reports.intervals()
        earlier = next((start for start in starts if start < report.start_ms), None)
        later = next((start for start in reversed(starts) if start > report.start_ms), None)
        firing = listed([report.start_ms], self._context.incidents(), report.end_ms)[0].firing
        return self._renderer.page(
            "past_interval.html",
            report=report,
            table=feature_table(report.features, filter_in(request.query_params)),
            earlier=earlier,
            later=later,
            firing=firing,
            deprecated=self._context.definitions.deprecated,
            at_ms=report.start_ms,
            now_ms=report.end_ms,
            pipeline=self._context.pipeline(),
        )


def listed(starts: Sequence[int], incidents: Sequence[Incident], now_ms: int) -> list[PastInterval]:
    """Returns intervals with the incidents that were firing at their start."""
    known = views(incidents, now_ms)
    return [PastInterval(start, [view for view in known if _fired(view.incident, start)]) for start in starts]


def _fired(incident: Incident, at_ms: int) -> bool:
    return incident.onset_ms <= at_ms and (incident.end_ms is None or at_ms < incident.end_ms)


def _start(request: Request) -> int | None:
    """Parses the start in an address; None if invalid, so that it never becomes part of a store path."""
    return interval_in(request.path_params["start"])
