"""Formats a comparison for a terminal, one fact per line."""

from collections.abc import Iterator

from governance.changes.comparison.report import DataComparison, FeatureComparison
from governance.changes.comparison.showing import facts
from governance.changes.comparison.showing.sparkline import sparklines


def report_lines(report: DataComparison) -> Iterator[str]:
    """Yields the whole report."""
    yield facts.heading(report)
    yield from (f"  {facts.source_words(source)}" for source in report.sources)
    for feature in report.features:
        yield f"{feature.feature}: {facts.summary(feature)}"
        yield from (f"  {line}" for line in _details(feature))
    yield from facts.limitations(report)


def _details(feature: FeatureComparison) -> Iterator[str]:
    if feature.status == "changed" and feature.rows:
        yield f"null {facts.nulls_words(feature)}{_means(feature)}"
    yield from _spread(feature)
    for example in feature.largest:
        yield facts.example_words(feature, example)
    yield from map(facts.transition_words, feature.transitions)
    if feature.plot:
        yield f"chart: {feature.plot}"


def _means(feature: FeatureComparison) -> str:
    if feature.before is None or feature.before.mean is None or feature.after.mean is None:
        return ""
    before, after = (facts.shown_number(feature, side.mean) for side in (feature.before, feature.after))
    return f", mean {before} -> {after}"


def _spread(feature: FeatureComparison) -> Iterator[str]:
    if feature.bars is None:
        return
    before, after = sparklines(feature.bars.before, feature.bars.after)
    if feature.status == "changed":
        yield f"before {before}"
    yield f"after  {after} {facts.range_words(feature)}"
