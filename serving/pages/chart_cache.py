"""Serves charts of features from the report store, or draws them and caches them while their report stays the same."""

import time
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import NamedTuple

from reports.errors import StoreRefused
from reports.records import FeatureReport, Summary
from reports.rendering import darkened, picture
from serving.context import ServingContext

KEPT_S = 5.0
"""Time for which the chart of an open interval is kept, although its report changes every few seconds."""
MOST = 200
OPEN = -1
"""Represents the open interval in place of a start."""
_darkened = lru_cache(maxsize=MOST)(darkened)


class DrawnChart(NamedTuple):
    """A chart (PNG), the report that it shows, and when it was drawn (s, monotonic)."""

    drawn_s: float
    report: FeatureReport
    png: bytes

    def shows(self, report: FeatureReport) -> bool:
        """Returns whether this chart can be served for a report."""
        return self.report == report or (not report.closed and time.monotonic() - self.drawn_s <= KEPT_S)


class ChartCache:
    """PNG charts by feature. Drawing takes 0.1 to 0.4 s and is not thread-safe, so one thread draws all charts."""

    def __init__(self, context: ServingContext) -> None:
        self._context = context
        self._drawing = ThreadPoolExecutor(max_workers=1, thread_name_prefix="drawing")
        self._kept: dict[tuple[str, int], DrawnChart] = {}

    def newest(self, feature: str, dark: bool = False) -> bytes:
        """Returns the chart of the shown report: stored, or drawn if that is newer. Raises redis.RedisError."""
        live = self._context.live(feature).settled
        chart = None if live and live.closed and live.start_ms > self._newest_ms(feature) else self._stored(feature)
        chart = chart or self._draw(live or self._nothing(feature))
        return _darkened(chart) if dark else chart

    def at(self, feature: str, start_ms: int, dark: bool = False) -> bytes | None:
        """Returns the chart of one interval; None if the interval is no longer stored."""
        chart = self._stored(feature, start_ms)
        if chart is None and (report := self._report(feature, start_ms)):
            chart = self._draw(report)
        return _darkened(chart) if chart and dark else chart

    def _newest_ms(self, feature: str) -> int:
        """Returns the start of the newest stored chart's interval; -1 if there is none."""
        try:
            return next(iter(self._context.reports.images(feature, 1)), -1)
        except (StoreRefused, ValueError):
            return -1

    def _report(self, feature: str, start_ms: int) -> FeatureReport | None:
        """Returns the report of an interval, closed or open."""
        if (closed := self._context.past(feature, start_ms).report) is not None:
            return closed
        report = self._context.live(feature).open
        return report if report is not None and report.start_ms == start_ms else None

    def _stored(self, feature: str, start_ms: int | None = None) -> bytes | None:
        try:
            starts = [start_ms] if start_ms is not None else self._context.reports.images(feature, 1)
            return self._context.reports.image(feature, starts[0]) if starts else None
        except (StoreRefused, ValueError):
            return None

    def _draw(self, report: FeatureReport) -> bytes:
        return self._drawing.submit(self._drawn, report).result()

    def _drawn(self, report: FeatureReport) -> bytes:
        """Draws in the drawing thread, the only user of the cache: concurrent requests share one chart."""
        key = report.subject.feature, report.start_ms if report.closed else OPEN
        chart = self._kept.pop(key, None)
        if chart is None or not chart.shows(report):
            chart = DrawnChart(time.monotonic(), report, picture(report))
        while len(self._kept) >= MOST:
            del self._kept[next(iter(self._kept))]
        self._kept[key] = chart
        return chart.png

    def _nothing(self, feature: str) -> FeatureReport:
        """Builds an empty report for a feature without any."""
        now = time.time_ns() // 1_000_000
        return FeatureReport(
            subject=self._context.subject(feature),
            start_ms=now - now % 1000,
            end_ms=now,
            closed=False,
            status="too_few_rows",
            note="no values yet",
            summary=Summary(rows=0),
        )
