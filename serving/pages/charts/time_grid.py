"""Draws the time axis under a drawing, and its grid lines."""

from collections.abc import Iterator

from serving.pages.charts.time_range import TimeRange

LABELS = 14
EDGE = 0.03


def time_grid(span: TimeRange, height: int) -> Iterator[str]:
    """Draws the ticks of a span over a height (px), and their labels below; keeps labels at an edge inside.

    >>> len([*time_grid(TimeRange(0, 3_600_000), 100)])
    8
    """
    for share, label in span.ticks():
        anchor = "start" if share < EDGE else "end" if share > 1 - EDGE else "middle"
        yield f'<line class="grid" x1="{share:.2%}" x2="{share:.2%}" y2="{height}"/>'
        yield f'<text x="{share:.2%}" y="{height + LABELS}" text-anchor="{anchor}">{label}</text>'
