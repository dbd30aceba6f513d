"""Imports charts on demand, because the drawing library takes seconds to load and many processes never draw."""

from reports.records import FeatureReport


def image(report: FeatureReport) -> bytes:
    """Returns the picture of a report (PNG)."""
    from reports.rendering.charts import figure

    return figure.image(report)


def draw_note(report: FeatureReport, why: str) -> bytes:
    """Returns the picture (PNG) with a note in place of a chart."""
    from reports.rendering.charts import figure

    return figure.draw_note(report, why)
