"""Charts of a feature's report."""

from reports.rendering.charts.axis import curves_of, is_whole
from reports.rendering.charts.densities import Floats, drawn, heights
from reports.rendering.charts.figure import image, told

__all__ = ["Floats", "curves_of", "drawn", "heights", "image", "is_whole", "told"]
