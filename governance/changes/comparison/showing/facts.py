"""Words the result of a comparison, in the same way in a terminal and in a comment."""

import json
from collections.abc import Iterator

from dataflows.readable import one_line
from governance.changes.comparison.report import (
    DataComparison,
    Example,
    FeatureComparison,
    ReadEvents,
    Shown,
    Transition,
)
from governance.changes.comparison.sides import BEFORE_MARK, origin_of
from reports.formats import number, percent, plural, reading
from reports.moments import instant, lasting, moment

_LONGEST = 60


def heading(report: DataComparison) -> str:
    """Words which values are compared, and when."""
    interval, end = lasting(report.interval_ms), moment(report.until_ms)
    sampled = "" if report.sampled == 1 else f", of a sample by hash of {percent(report.sampled)} of the entities"
    return (
        f"values over {report.data}: each entity after its last event in every {interval}, "
        f"and at the end, {end} UTC{sampled}"
    )


def source_words(source: ReadEvents) -> str:
    """Words how many events were read, and how many were refused."""
    name = origin_of(source.source)
    whose = f"{name} before the change" if source.source.endswith(BEFORE_MARK) else name
    reasons = ", ".join(f"{count:,} {reason}" for reason, count in source.refused.items())
    refused = f", {sum(source.refused.values()):,} of them refused: {reasons}" if reasons else ""
    return f"{whose}: {plural(source.events, 'event')}{refused}"


def equal_words(feature: FeatureComparison) -> str:
    """Words the share of equal values; 100 % only if all are equal.

    >>> [share_words(share) for share in (1.0, 0.99999, 0.5, 0.00001, 0.0)]
    ['100 %', '99.99 %', '50 %', '0.01 %', '0 %']
    """
    share = feature.share_equal
    return "-" if share is None else share_words(share)


def share_words(share: float) -> str:
    """Formats a share in percent, with two decimals unless it is 0 or 1."""
    if share in (0.0, 1.0):
        return f"{share:.0%}".replace("%", " %")
    return f"{min(99.99, max(0.01, share * 100)):.2f}".rstrip("0").rstrip(".") + " %"


def summary(feature: FeatureComparison) -> str:
    """Words a feature in one sentence."""
    size = f"{plural(feature.rows, 'value')} of {plural(feature.entities, 'entity', 'entities')}"
    if not feature.rows:
        return "no values: all events are filtered out"
    if feature.status != "changed":
        return f"{feature.status}: {size}, {profile_words(feature)}"
    return f"{equal_words(feature)} of {size} equal{_apart(feature)}"


def _apart(feature: FeatureComparison) -> str:
    difference = feature.difference
    if difference is None or not difference.largest:
        return ""
    mean, p99, largest = (distance(feature, value) for value in (difference.mean, difference.p99, difference.largest))
    return f"; they differ by {mean} on average, {p99} at p99 and {largest} at most"


def distance(feature: FeatureComparison, value: float) -> str:
    """Formats a difference of values; for times, a duration."""
    return lasting(value) if feature.value_type == "TIMESTAMP" else number(value, 4)


def profile_words(feature: FeatureComparison) -> str:
    """Words the values of a new feature."""
    profile = feature.after
    parts = [f"{nulls_words(feature)} null"]
    if profile.mean is not None:
        parts += [f"mean {shown_number(feature, profile.mean)}"]
        parts += [f"{name} {shown_number(feature, profile.quantiles[name])}" for name in ("min", "p50", "p99", "max")]
    parts += [f"{displayed(text)} {count:,} times" for text, count in profile.frequent[:5]]
    return ", ".join(parts)


def shown_number(feature: FeatureComparison, value: float | None) -> str:
    """Formats a number as a value of the feature; times are in ms."""
    is_time = feature.value_type == "TIMESTAMP"
    return reading(value / 1000 if is_time and value is not None else value, feature.value_type, 4)


def nulls_words(feature: FeatureComparison) -> str:
    """Words the share of nulls, before and after if both exist."""
    rows = max(1, feature.rows)
    after = percent(feature.after.nulls / rows)
    return f"{percent(feature.before.nulls / rows)} -> {after}" if feature.before is not None else after


def example_words(feature: FeatureComparison, example: Example) -> str:
    """Words an entity, a time and its values."""
    before, after = (displayed(value, feature.value_type) for value in (example.before, example.after))
    return f"{one_line(example.entity)} at {moment(example.at_ms)}: {before} -> {after}"


def transition_words(transition: Transition) -> str:
    """Words a transition and its count."""
    return f"{displayed(transition.before)} -> {displayed(transition.after)}, {plural(transition.count, 'time')}"


def displayed(value: Shown, value_type: str = "") -> str:
    """Formats a value, cut to a readable length."""
    if value_type == "TIMESTAMP" and isinstance(value, int):
        return instant(value)
    if isinstance(value, float):
        return f"{value:.10g}"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return one_line(text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}...")


def range_words(feature: FeatureComparison) -> str:
    """Words the range of the bars."""
    if feature.bars is None:
        return ""
    return f"{shown_number(feature, feature.bars.edges[0])} to {shown_number(feature, feature.bars.edges[-1])}"


def limitations(report: DataComparison) -> Iterator[str]:
    """Yields the limits of the comparison."""
    yield from report.notes
    for feature in report.features:
        yield from (f"{feature.feature}: {note}" for note in feature.notes)
        if not feature.counted:
            yield f"{feature.feature}: too many different transitions to count; the counts are lower bounds"
