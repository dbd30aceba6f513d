"""What a feature's numbers are on an axis: values, lengths of arrays, or times, which are drawn in days."""

from collections.abc import Sequence

from reports.formats import reading
from reports.records import FeatureReport

DAY_S = 86_400
LARGEST = 1e300  # beyond, differences are no numbers any more
UNITS = {"time_since_last": "seconds", "distinct_count": "different values", "approx_distinct": "different values"}


def axis_name(report: FeatureReport) -> str:
    """What stands on the axis, with its unit where one is known."""
    subject = report.subject
    if subject.value_type == "TIMESTAMP":
        return "UTC"
    if subject.value_type.startswith("ARRAY"):
        return "length (elements)"
    return f"value ({UNITS[subject.aggregation]})" if subject.aggregation in UNITS else "value"


def scale_of(report: FeatureReport) -> float:
    """What values are multiplied with: seconds become days, so that ticks stand at midnight or noon."""
    return 1 / DAY_S if report.subject.value_type == "TIMESTAMP" else 1.0


def is_whole(report: FeatureReport) -> bool:
    """Whether values are whole numbers."""
    return report.subject.value_type.startswith(("INT", "ARRAY"))


def tick(report: FeatureReport, value: float, between: str) -> str:
    """A value beside an axis; of a time day and minute, `between` them."""
    text = reading(value, report.subject.value_type)
    return text[5:].replace(" ", between) if report.subject.value_type == "TIMESTAMP" else text


def curves_of(report: FeatureReport) -> tuple[list[float], list[float]]:
    """Quantiles now and of the reference, scaled; without what is infinite or as good as that."""
    reference = report.reference.curve if report.reference else ()
    return _scaled(report, report.summary.curve), _scaled(report, reference)


def _scaled(report: FeatureReport, curve: Sequence[float]) -> list[float]:
    scale = scale_of(report)
    return [value * scale for value in curve if abs(value) < LARGEST]
