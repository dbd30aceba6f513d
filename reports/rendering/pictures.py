"""Renders images without ever failing: a report that cannot be drawn becomes an image with the reason."""

import msgspec

from reports import troubles
from reports.records import FeatureReport, Histogram, Subject, Summary
from reports.rendering.charts import draw_note, image


def warm_up() -> None:
    """Draws a discarded picture, because the first one takes a second or more to find fonts and compile code."""
    subject = Subject(feature="f", version=1, fingerprint="", entity_type="e", value_type="DOUBLE", owner="")
    bars = Histogram(low=0.0, width=1.0, counts=(1, 2, 1), reference=(2, 1, 1))
    summary = Summary(rows=4, mean=1.5)
    report = FeatureReport(
        subject=subject, start_ms=0, end_ms=1_000, closed=True, status="ok", note="", summary=summary
    )
    picture(msgspec.structs.replace(report, histogram=bars))


def picture(report: FeatureReport) -> bytes:
    """Returns the report image (PNG), or one with the reason if drawing fails.

    Reports contain foreign texts and numbers; whatever they are, the pictures of other features are still drawn.
    """
    try:
        return image(report)
    except Exception as error:
        troubles.note(report, "the picture")
        return draw_note(report, f"the chart of this interval could not be drawn: {troubles.reason(error)}")
