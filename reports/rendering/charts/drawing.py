"""The charts on demand: the drawing library takes seconds to load, and many a process never draws."""

from reports.records import FeatureReport


def image(report: FeatureReport) -> bytes:
    """The picture of a report (PNG)."""
    from reports.rendering.charts import figure

    return figure.image(report)


def draw_note(report: FeatureReport, why: str) -> bytes:
    """The picture (PNG) with a note in place of a chart."""
    from reports.rendering.charts import figure

    return figure.draw_note(report, why)
