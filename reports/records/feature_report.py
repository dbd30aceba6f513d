"""One feature in one interval, and the statuses it may have."""

from typing import Literal

import msgspec

from reports.records.alert import Alert
from reports.records.checks import Latency, RuleCount, Sample, Score
from reports.records.record import Record
from reports.records.subject import Subject
from reports.records.values import Bins, Histogram, Summary

Status = Literal[
    "firing",
    "pending",
    "resolving",
    "ok",
    "no_baseline",
    "too_few_rows",
    "too_new",
    "warming_up",
    "stale",
    "failed",
    "muted",
]
STATUSES: tuple[Status, ...] = (
    "firing", "pending", "resolving", "failed", "muted", "stale", "too_few_rows", "warming_up", "too_new",
    "no_baseline", "ok",
)  # fmt: skip
"""The worst first, as a table is sorted."""


class FeatureReport(Record, frozen=True, kw_only=True):
    """One feature in one interval."""

    subject: Subject
    start_ms: int
    end_ms: int
    closed: bool  # False while the interval goes on
    status: Status
    note: str  # one sentence that says why the status is what it is
    summary: Summary
    reference: Summary | None = None
    reference_intervals: int = 0
    bins: Bins = Bins()
    histogram: Histogram = Histogram()  # of numbers, lengths and times
    scores: tuple[Score, ...] = ()
    rules: tuple[RuleCount, ...] = ()
    samples: tuple[Sample, ...] = ()
    freshness: Latency = Latency()
    trail: tuple[float | None, ...] = ()  # means (or true ratios, or distinct counts of texts) of recent slices
    alerts: tuple[Alert, ...] = ()  # those not over at the end of the interval
    nulled: dict[str, int] = msgspec.field(default_factory=dict)  # values that could not be computed, by reason
    missed: int = 0  # entities of closed intervals that came too late to be judged, since the last report

    @property
    def key(self) -> str:
        """Of the subject, in topics and in Redis."""
        return self.subject.feature

    @property
    def worst(self) -> Score | None:
        """The score furthest over, or nearest to, its threshold."""
        return max(self.scores, key=lambda score: score.score / score.threshold, default=None)
