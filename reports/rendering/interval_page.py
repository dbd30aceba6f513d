"""The report of an interval as one page that needs nothing else: no script, no font, no picture from elsewhere."""

from dataclasses import dataclass
from functools import cached_property

import msgspec
from markupsafe import Markup

from reports import formats, troubles
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
    """A feature in the words of the page."""

    report: FeatureReport

    @property
    def name(self) -> str:
        """The feature's."""
        return self.report.subject.feature

    @property
    def status(self) -> str:
        """In words."""
        return formats.STATUS_WORDS[self.report.status]

    @property
    def summary(self) -> Summary:
        """Of the interval."""
        return self.report.summary

    @property
    def nulls(self) -> str:
        """Share without a value."""
        return formats.percent(self.summary.nulls / self.summary.rows) if self.summary.rows else formats.NOTHING

    @property
    def distinct(self) -> str:
        """How many different values."""
        return formats.number(self.summary.distinct) if self.summary.distinct else formats.NOTHING

    @property
    def against(self) -> str:
        """What the values are compared with."""
        if self.report.reference:
            return f"reference of {formats.plural(self.report.reference_intervals, 'interval')}"
        return "baseline_profile" if self.report.subject.baseline else "nothing yet"

    @property
    def score(self) -> tuple[str, str]:
        """The worst score; its threshold and of how many rows it is."""
        worst = self.report.worst
        if worst is None:
            return formats.NOTHING, ""
        beside = f"{'over' if worst.over else 'under'} {formats.number(worst.threshold)}, n {formats.count(worst.n)}"
        return f"{formats.measure(worst.measure)} {formats.number(worst.score)}", beside

    @property
    def over(self) -> bool:
        """Whether the worst score passed its threshold."""
        return bool(self.report.worst and self.report.worst.over)

    @property
    def violations(self) -> str:
        """Rows that broke rules."""
        broken = sum(rule.violations for rule in self.report.rules)
        return formats.count(broken) if self.report.rules else formats.NOTHING

    @property
    def nulled(self) -> str:
        """What could not be computed, empty when everything could."""
        return nulled(self.report.nulled)

    @property
    def freshness(self) -> tuple[str, str]:
        """From publish to readable: median and p99."""
        latency = self.report.freshness
        return formats.seconds(latency.p50), "" if latency.p99 is None else f"p99 {formats.seconds(latency.p99)}"

    @cached_property
    def spark(self) -> Markup:
        """The last intervals."""
        return troubles.drawing(self.report, "the line", lambda: svg.sparkline(self.report.trail))

    @cached_property
    def shape(self) -> Markup:
        """The histogram."""
        return troubles.drawing(self.report, "the histogram", lambda: svg.shape(self.report))

    @cached_property
    def parts(self) -> Markup:
        """Where the PSI comes from; of texts `tops` tell it."""
        bins = self.report.bins
        return Markup() if bins.labels else troubles.drawing(self.report, "the bins", lambda: svg.parts(bins))

    def pair(self, name: str) -> tuple[str, str]:
        """A number of the summary now, and what it was with how much it changed."""
        kind = "BOOL" if name == "true_ratio" else self.report.subject.value_type
        both, now = compared(self.report, name), getattr(self.summary, name)
        if both is None:
            return _reading(now, kind), ""
        changed = "" if kind in ("TIMESTAMP", "BOOL") else f", {formats.change(*both)}"
        shown, was = map(formats.percent, both) if kind == "BOOL" else formats.readings(*both, kind)
        return shown, f"was {was}{changed}"

    @property
    def numbers(self) -> list[tuple[str, str, str]]:
        """Those that exist: name, now, before."""
        told = ((name, *self.pair(name)) for name in NUMBERS)
        return [(name.replace("_", " "), now, was) for name, now, was in told if now != formats.NOTHING]

    @property
    def tops(self) -> list[tuple[str, str, Markup]]:
        """The most frequent values: text, share, bar."""
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
        """Where the values come from and where they go."""
        subject = self.report.subject
        origin = [f"source {subject.source}", subject.raw_topic] if subject.source else list(subject.reads)
        return [step for step in (", ".join(filter(None, origin)), self.name, subject.feature_topic) if step]

    @property
    def definition(self) -> list[tuple[str, str]]:
        """What the definition says."""
        subject = self.report.subject
        window = formats.lasting(subject.window_ms) if subject.window_ms else "lifetime" if subject.source else ""
        hop = formats.lasting(subject.hop_ms) if subject.hop_ms else ""
        lines = {
            "type": subject.value_type, "filter": subject.filter, "value": subject.value,
            "expression": subject.expression, "aggregation": subject.aggregation, "window": window, "hop": hop,
        }  # fmt: skip
        return [(key, text) for key, text in lines.items() if text]


def page(report: IntervalReport) -> str:
    """HTML; under 300 KB for 50 features. All texts are escaped, whoever chose them.

    >>> page(IntervalReport(start_ms=0, end_ms=300_000, verdict="<b>all</b> is well", features=())).count("&lt;b&gt;")
    2
    """
    try:
        return _rendered(report)
    except Exception:  # one report that cannot be told keeps no other from it
        features = tuple(_tellable(report, one) for one in report.features)
        return _rendered(msgspec.structs.replace(report, features=features))


def _tellable(report: IntervalReport, one: FeatureReport) -> FeatureReport:
    """The report of a feature, or why it cannot be told."""
    try:
        _rendered(msgspec.structs.replace(report, features=(one,), sources=()))
    except Exception as error:
        troubles.note(one, "the report")
        why = f"the report of this interval could not be told: {troubles.reason(error)}"
        summary = Summary(rows=one.summary.rows, nulls=one.summary.nulls)
        return FeatureReport(
            subject=one.subject, start_ms=one.start_ms, end_ms=one.end_ms, closed=one.closed, status="failed",
            note=why, summary=summary,
        )  # fmt: skip
    return one


def _rendered(report: IntervalReport) -> str:
    rows = [Row(one) for one in ordered(report.features)]
    return TEMPLATE.render(
        report=report,
        rows=rows,
        alerts=_alerts(report),
        span=formats.span(report.start_ms, report.end_ms),
        merged=max((one.reference_intervals for one in report.features), default=0),
        limits={"samples": MOST_SAMPLES, "text": LONGEST},
    )


def _alerts(report: IntervalReport) -> list[Alert]:
    """What is not over, the longest first."""
    told = [alert for one in report.features for alert in one.alerts]
    told += [alert for one in report.sources for alert in one.alerts]
    return sorted((alert for alert in told if alert.state == "firing"), key=lambda alert: alert.onset_ms)


def _reading(value: float | None, kind: str) -> str:
    return formats.percent(value) if kind == "BOOL" else formats.reading(value, kind)


TEMPLATE = environment().get_template("interval.html")
