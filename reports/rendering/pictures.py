"""Renders images without ever failing: a report that cannot be drawn becomes an image with the reason."""

from reports import troubles
from reports.records import FeatureReport
from reports.rendering.charts import draw_note, image


def picture(report: FeatureReport) -> bytes:
    """The report image (PNG); in place of one that fails, why.

    What is drawn is text and numbers of others: whatever they are, the pictures of other features are drawn.
    """
    try:
        return image(report)
    except Exception as error:
        troubles.note(report, "the picture")
        return draw_note(report, f"the picture of this interval could not be drawn: {troubles.reason(error)}")
