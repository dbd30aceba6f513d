"""Draws small SVG charts inside a page. Their input is only numbers, so nothing needs escaping; CSS sets the
colours."""

from collections.abc import Sequence

import numpy as np
from markupsafe import Markup

from reports.formats import percent
from reports.records import Bins, FeatureReport
from reports.rendering.charts import Floats, bars

SPARK = (96, 24)
SHAPE = (300, 90)
BARS_HEIGHT = 44


def sparkline(trail: Sequence[float | None]) -> Markup:
    """Draws a line through recent values, with gaps for missing ones; empty for fewer than two values.

    >>> sparkline([1.0, None])
    Markup('')
    """
    known = [value for value in trail if value is not None]
    if len(known) < 2:
        return Markup()
    width, height = SPARK
    high = max(map(abs, known)) or 1.0  # relative values, because the difference of two may exceed a double
    low, spread = min(known) / high, (max(known) / high - min(known) / high) or 1.0
    step = (width - 6) / (len(trail) - 1)
    points = [
        None if value is None else (3 + index * step, height - 3 - (value / high - low) / spread * (height - 6))
        for index, value in enumerate(trail)
    ]
    last = next(point for point in reversed(points) if point)
    dot = f'<circle cx="{last[0]:.0f}" cy="{last[1]:.1f}" r="2"/>'
    return _drawing(width, height, "spark", f'<path d="{_path(points)}"/>{dot}', "trend over the last intervals")


def shape(report: FeatureReport) -> Markup:
    """Draws the histogram, filled, over that of the reference, outlined; empty without numbers."""
    if not sum(report.histogram.counts):
        return Markup()
    tall = bars(report.histogram)
    top = max(float(side.max()) for side in tall)
    drawings = [f'<path class="now" d="{_steps(tall[0], top)}z"/>']
    drawings += [f'<path class="before" d="{_steps(side, top)}"/>' for side in tall[1:]]
    return _drawing(*SHAPE, "shape", "".join(drawings), "histogram; the line is the reference")


def parts(bins: Bins) -> Markup:
    """Draws the share of each bin in the PSI; empty without a reference."""
    if not bins.psi:
        return Markup()
    width, top = SHAPE[0] / len(bins.psi), max(*bins.psi, 0.02)
    bars = "".join(
        f'<rect x="{index * width:.1f}" y="{BARS_HEIGHT * (1 - part / top):.1f}" width="{width - 2:.1f}" '
        f'height="{BARS_HEIGHT * part / top:.1f}" opacity="{0.35 + 0.65 * part / top:.2f}"/>'
        for index, part in enumerate(max(0.0, part) for part in bins.psi)
    )
    return _drawing(SHAPE[0], BARS_HEIGHT, "parts", bars, "share of each bin in the PSI")


def share(now: float, before: float | None) -> Markup:
    """Draws a share as a bar, with a mark at its earlier value."""
    mark = "" if before is None else f'<rect class="mark" x="{before * 100:.1f}" width="1.5" height="10"/>'
    bar = f'<rect class="now" width="{min(1.0, now) * 100:.1f}" height="10"/>'
    return _drawing(102, 10, "share", bar + mark, f"{percent(now)} now")


def _steps(tall: Floats, top: float) -> str:
    """Returns the outline of a histogram as an SVG path."""
    width, height = SHAPE
    step = width / len(tall)
    across = "".join(
        f"V{height - 2 - density / top * (height - 6):.0f}H{(index + 1) * step:.0f}"
        for index, density in enumerate(tall)
    )
    return f"M0 {height - 2}{across}V{height - 2}"


def _path(points: Sequence[tuple[float, float] | None]) -> str:
    """Returns a polyline as an SVG path, interrupted at missing points."""
    lifted = np.array([True, *(point is None for point in points)])
    return "".join(
        f"{'M' if up else 'L'}{point[0]:.0f} {point[1]:.1f}"
        for up, point in zip(lifted, points, strict=False)
        if point is not None
    )


def _drawing(width: int, height: int, kind: str, inner: str, says: str) -> Markup:
    return Markup(
        f'<svg class="{kind}" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        f'aria-label="{says}">{inner}</svg>'
    )
