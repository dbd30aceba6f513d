"""Charts of a feature's report."""

from reports.rendering.charts.axis import curves_of, is_whole
from reports.rendering.charts.densities import Floats, drawn, heights
from reports.rendering.charts.figure import draw_note, image

__all__ = ["Floats", "curves_of", "draw_note", "drawn", "heights", "image", "is_whole"]
