"""Record of one feature in one interval, and its possible statuses."""

from typing import Literal

import msgspec

from reports.records.alert import Alert
from reports.records.checks import Latency, RuleCount, Sample, Score
from reports.records.incident_headline import IncidentHeadline
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
"""Statuses in the sort order of a table, the worst first."""


class FeatureReport(Record, frozen=True, kw_only=True):
    """One feature in one interval."""

    subject: Subject
    start_ms: int
    end_ms: int
    closed: bool  # False while the interval is open
    status: Status
    note: str  # one sentence that explains the status
    summary: Summary
    reference: Summary | None = None
    reference_intervals: int = 0
    bins: Bins = Bins()
    histogram: Histogram = Histogram()  # of numbers, lengths and times
    scores: tuple[Score, ...] = ()
    rules: tuple[RuleCount, ...] = ()
    samples: tuple[Sample, ...] = ()
    freshness: Latency = Latency()
    trail: tuple[float | None, ...] = ()  # means (or true ratios, or distinct counts of texts) of recent intervals
    alerts: tuple[Alert, ...] = ()  # alerts that fire at the end of the interval
    nulled: dict[str, int] = msgspec.field(default_factory=dict)  # values that could not be computed, by reason
    missed: int = 0  # entities of closed intervals that arrived too late to be judged, since the last report
    incidents: tuple[IncidentHeadline, ...] = ()  # of closed intervals: those of its alerts, and the one that mutes it

    @property
    def key(self) -> str:
        """Returns the key of the subject, in topics and in Redis."""
        return self.subject.feature

    @property
    def worst(self) -> Score | None:
        """Returns the score that is furthest over, or nearest to, its threshold."""
        return max(self.scores, key=lambda score: score.score / score.threshold, default=None)
