"""Draws charts of a feature's report."""

from reports.rendering.charts.dark import darkened
from reports.rendering.charts.densities import Floats, bars
from reports.rendering.charts.drawing import draw_note, image

__all__ = ["Floats", "bars", "darkened", "draw_note", "image"]
