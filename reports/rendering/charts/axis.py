"""Scales a feature's numbers for an axis: values, lengths of arrays, or times, which are drawn in days."""

import math
import re

from reports.formats import reading
from reports.records import FeatureReport

DAY_S = 86_400
POWERS = 100  # of ten: numbers that are larger, or all smaller, cannot be squared and are drawn in another unit
FARTHEST = 300
APART = 2.0**50  # seconds: later times are not converted to days
DATE = re.compile(r"\d{4}-")
UNITS = {"time_since_last": "seconds", "distinct_count": "different values", "approx_distinct": "different values"}


def axis_name(report: FeatureReport) -> str:
    """Returns the label of the value axis, with its unit if known."""
    subject = report.subject
    if subject.value_type == "TIMESTAMP":
        return "UTC"
    if subject.value_type.startswith("ARRAY"):
        return "length (elements)"
    return f"value ({UNITS[subject.aggregation]})" if subject.aggregation in UNITS else "value"


def scale_of(report: FeatureReport) -> float:
    """Returns the factor of the axis: seconds become days, so that ticks are at midnight or noon."""
    greatest = _greatest(report)
    if report.subject.value_type == "TIMESTAMP" and 1 <= greatest < APART:
        return 1 / DAY_S
    power = math.log10(greatest) if greatest else 0.0
    return 1.0 if abs(power) < POWERS else 10.0 ** -max(-FARTHEST, min(FARTHEST, int(power)))


def _greatest(report: FeatureReport) -> float:
    """Returns the largest absolute value drawn."""
    drawn = report.histogram
    size = len(drawn.counts) * drawn.width if math.isfinite(len(drawn.counts) * drawn.width) else drawn.width
    return max(abs(drawn.low), abs(drawn.low + size) if math.isfinite(drawn.low + size) else drawn.width)


def tick(report: FeatureReport, value: float) -> str:
    """Formats a value beside an axis; a time as day and minute."""
    if not math.isfinite(value):  # an axis can end beyond the largest double
        return ""
    text = reading(value, report.subject.value_type)
    return text[5:].removesuffix(f" {axis_name(report)}") if DATE.match(text) else text
