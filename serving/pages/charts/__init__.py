"""Charts of time on pages, as inline SVG."""

from serving.pages.charts.history_chart import history_chart
from serving.pages.charts.history_columns import MOST, MOST_LINES, Column, columns, runs
from serving.pages.charts.history_panels import Panel, description, panels, status_words
from serving.pages.charts.time_grid import time_grid
from serving.pages.charts.time_range import HOUR_MS, LONGEST_MS, RANGES, SHORTEST_MS, TimeRange, range_in
from serving.pages.charts.value_axis import axis_of

__all__ = [
    "HOUR_MS",
    "LONGEST_MS",
    "MOST",
    "MOST_LINES",
    "RANGES",
    "SHORTEST_MS",
    "Column",
    "Panel",
    "TimeRange",
    "axis_of",
    "columns",
    "description",
    "history_chart",
    "panels",
    "range_in",
    "runs",
    "status_words",
    "time_grid",
]
