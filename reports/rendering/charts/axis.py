"""What a feature's numbers are on an axis: values, lengths of arrays, or times, which are drawn in days."""

import math
import re
from collections.abc import Sequence

from reports.formats import reading
from reports.records import FeatureReport

DAY_S = 86_400
POWERS = 100  # of ten: numbers that are larger, or all smaller, cannot be squared and are drawn in another unit
FARTHEST = 300
APART = 2.0**50  # from here on doubles do not hold the half between two whole numbers safely
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
    if report.subject.value_type == "TIMESTAMP" and greatest < APART:
        return 1 / DAY_S
    power = math.log10(greatest) if greatest else 0.0
    return 1.0 if abs(power) < POWERS else 10.0 ** -max(-FARTHEST, min(FARTHEST, int(power)))


def is_whole(report: FeatureReport) -> bool:
    """Whether values are integers small enough to differ from their neighbours as doubles."""
    return report.subject.value_type.startswith(("INT", "ARRAY")) and _greatest(report) < APART


def _greatest(report: FeatureReport) -> float:
    """Returns the largest absolute value drawn."""
    curves = (report.summary.curve, report.reference.curve if report.reference else ())
    return max((abs(value) for curve in curves for value in curve if math.isfinite(value)), default=0.0)


def tick(report: FeatureReport, value: float, between: str) -> str:
    """A value beside an axis; of a time day and minute, `between` them."""
    if not math.isfinite(value):  # an axis can end beyond the largest double
        return ""
    text = reading(value, report.subject.value_type)
    return text[5:].replace(" ", between) if DATE.match(text) else text


def curves_of(report: FeatureReport) -> tuple[list[float], list[float]]:
    """Returns the quantile curves of now and of the reference, scaled and without infinite values."""
    reference = report.reference.curve if report.reference else ()
    return _scaled(report, report.summary.curve), _scaled(report, reference)


def _scaled(report: FeatureReport, curve: Sequence[float]) -> list[float]:
    scale = scale_of(report)
    return [value * scale for value in curve if math.isfinite(value)]
