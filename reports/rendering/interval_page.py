"""Renders the report of an interval as one self-contained page, without scripts, fonts or external images."""

from dataclasses import dataclass
from functools import cached_property

import msgspec
from markupsafe import Markup

from reports import formats, moments, troubles
from reports.null_counts import nulled
from reports.plain_texts import plain
from reports.records import Alert, FeatureReport, IntervalReport, Summary
from reports.rendering import svg
from reports.rendering.templating import environment
from reports.verdict import compared, ordered

NUMBERS = ("mean", "std", "min", "p50", "p95", "p99", "max", "true_ratio")
MOST_SAMPLES, MOST_TOPS, LONGEST = 10, 8, 120


@dataclass(frozen=True)
class Row:
    """View model of a feature: its numbers formatted for the page."""

    report: FeatureReport

    @property
    def name(self) -> str:
        """Returns the name of the feature."""
        return self.report.subject.feature

    @property
    def status(self) -> str:
        """Returns the status in words."""
        return formats.STATUS_WORDS[self.report.status]

    @property
    def summary(self) -> Summary:
        """Returns the summary of the interval."""
        return self.report.summary

    @property
    def nulls(self) -> str:
        """Returns the share of rows without a value."""
        return formats.percent(self.summary.nulls / self.summary.rows) if self.summary.rows else moments.NOTHING

    @property
    def distinct(self) -> str:
        """Returns the number of distinct values."""
        return formats.number(self.summary.distinct) if self.summary.distinct else moments.NOTHING

    @property
    def comparison(self) -> str:
        """Words what the values are compared with."""
        if self.report.reference:
            return f"compared with the reference of {formats.plural(self.report.reference_intervals, 'interval')}"
        if self.report.subject.baseline:
            return "compared with the baseline_profile"
        return "not yet compared with a reference"

    @property
    def score(self) -> tuple[str, str]:
        """Returns the worst score, and its threshold with the number of rows."""
        worst = self.report.worst
        if worst is None:
            return moments.NOTHING, ""
        beside = f"{'over' if worst.over else 'under'} {formats.number(worst.threshold)}, n {formats.count(worst.n)}"
        return f"{formats.measure(worst.measure)} {formats.number(worst.score)}", beside

    @property
    def over(self) -> bool:
        """Tells whether the worst score exceeds its threshold."""
        return bool(self.report.worst and self.report.worst.over)

    @property
    def violations(self) -> str:
        """Returns the number of rule violations."""
        broken = sum(rule.violations for rule in self.report.rules)
        return formats.count(broken) if self.report.rules else moments.NOTHING

    @property
    def nulled(self) -> str:
        """Describes the values that failed to compute; empty if there are none."""
        return nulled(self.report.nulled)

    @property
    def freshness(self) -> tuple[str, str]:
        """Returns the freshness: median and p99."""
        latency = self.report.freshness
        return moments.seconds(latency.p50), "" if latency.p99 is None else f"p99 {moments.seconds(latency.p99)}"

    @cached_property
    def spark(self) -> Markup:
        """Draws the sparkline of the last intervals."""
        return troubles.drawing(self.report, "the sparkline", lambda: svg.sparkline(self.report.trail))

    @cached_property
    def shape(self) -> Markup:
        """Draws the histogram."""
        return troubles.drawing(self.report, "the histogram", lambda: svg.shape(self.report))

    @cached_property
    def parts(self) -> Markup:
        """Draws the PSI of each bin; for texts, see `tops`."""
        bins = self.report.bins
        return Markup() if bins.labels else troubles.drawing(self.report, "the bin chart", lambda: svg.parts(bins))

    def pair(self, name: str) -> tuple[str, str]:
        """Returns a statistic now, and its earlier value with the change."""
        kind = "BOOL" if name == "true_ratio" else formats.kind_of(name, self.report.subject.value_type)
        sides, now = compared(self.report, name), getattr(self.summary, name)
        if sides is None:
            return _reading(now, kind), ""
        changed = "" if kind in ("TIMESTAMP", "BOOL") else f", {formats.change(*sides)}"
        shown, earlier = map(formats.percent, sides) if kind == "BOOL" else formats.readings(*sides, kind)
        return shown, f"was {earlier}{changed}"

    @property
    def numbers(self) -> list[tuple[str, str, str]]:
        """Lists the statistics that exist: name, now, before."""
        rows = ((name, *self.pair(name)) for name in NUMBERS)
        return [(name.replace("_", " "), now, earlier) for name, now, earlier in rows if now != moments.NOTHING]

    @property
    def tops(self) -> list[tuple[str, str, Markup]]:
        """Lists the most frequent values: text, share, bar."""
        bins, rows = self.report.bins, max(1, self.summary.rows - self.summary.nulls)
        known = dict(zip(bins.labels, bins.reference, strict=False))
        before = max(1, sum(bins.reference))
        return [
            (
                plain(top.value, 40),
                formats.percent(top.count / rows),
                svg.share(top.count / rows, known[top.value] / before if top.value in known else None),
            )
            for top in self.summary.top[:MOST_TOPS]
        ]

    @property
    def lineage(self) -> list[str]:
        """Lists the steps from the source of the values to their destination."""
        subject = self.report.subject
        origin = [f"source {subject.source}", subject.raw_topic] if subject.source else list(subject.reads)
        return [step for step in (", ".join(filter(None, origin)), self.name, subject.feature_topic) if step]

    @property
    def definition(self) -> list[tuple[str, str]]:
        """Lists the fields of the definition."""
        subject = self.report.subject
        window = moments.lasting(subject.window_ms) if subject.window_ms else "lifetime" if subject.source else ""
        hop = moments.lasting(subject.hop_ms) if subject.hop_ms else ""
        lines = {
            "type": subject.value_type, "filter": subject.filter, "value": subject.value,
            "expression": subject.expression, "aggregation": subject.aggregation, "window": window, "hop": hop,
        }  # fmt: skip
        return [(key, text) for key, text in lines.items() if text]


def page(report: IntervalReport) -> str:
    """Renders the page as HTML, under 300 KB for 50 features. All texts are escaped, whatever their origin.

    >>> page(IntervalReport(start_ms=0, end_ms=300_000, verdict="<b>all</b> is well", features=())).count("&lt;b&gt;")
    2
    """
    try:
        return _rendered(report)
    except Exception:  # one report that fails to render must not affect the others
        features = tuple(_tellable(report, feature) for feature in report.features)
        return _rendered(msgspec.structs.replace(report, features=features))


def _tellable(report: IntervalReport, feature: FeatureReport) -> FeatureReport:
    """Returns the report of a feature, or one that explains why it cannot be rendered."""
    try:
        _rendered(msgspec.structs.replace(report, features=(feature,), sources=()))
    except Exception as error:
        troubles.note(feature, "the report")
        why = f"the report of this interval could not be rendered: {troubles.reason(error)}"
        summary = Summary(rows=feature.summary.rows, nulls=feature.summary.nulls)
        return FeatureReport(
            subject=feature.subject, start_ms=feature.start_ms, end_ms=feature.end_ms, closed=feature.closed,
            status="failed", note=why, summary=summary,
        )  # fmt: skip
    return feature


def _rendered(report: IntervalReport) -> str:
    rows = [Row(feature) for feature in ordered(report.features)]
    return TEMPLATE.render(
        report=report,
        rows=rows,
        alerts=_alerts(report),
        span=moments.span(report.start_ms, report.end_ms),
        merged=max((feature.reference_intervals for feature in report.features), default=0),
        limits={"samples": MOST_SAMPLES, "text": LONGEST},
    )


def _alerts(report: IntervalReport) -> list[Alert]:
    """Lists the firing alerts, the oldest first."""
    alerts = [alert for feature in report.features for alert in feature.alerts]
    alerts += [alert for source in report.sources for alert in source.alerts]
    return sorted((alert for alert in alerts if alert.state == "firing"), key=lambda alert: alert.onset_ms)


def _reading(value: float | None, kind: str) -> str:
    return formats.percent(value) if kind == "BOOL" else formats.reading(value, kind)


TEMPLATE = environment().get_template("interval.html")
