"""Builds the answer of `headrace report`: what it covers, whether anything fires, and whether it is recent enough."""

from dataclasses import dataclass
from enum import Enum

import msgspec

from reports.incidents import Incident
from reports.records import Alert, FeatureReport, SourceReport
from reports.verdict import verdict
from serving.quality.pipeline import Pipeline

OLD_INTERVALS = 3
"""Intervals after its end from which a report is no longer replaced: the dataflow has stopped."""


MOST_AHEAD_MS = 60_000
"""Tolerated clock difference of two machines (ms)."""


class Freshness(Enum):
    """States of reports: current, or the reason why not."""

    NEW = "new"
    STALE = "stale"
    AHEAD = "ahead"
    """Dated ahead of this machine's clock, so that their age is unknown."""
    FAILED = "failed"
    """The evaluation of some features failed."""
    MISSING = "missing"
    """Some features have no report."""
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportAnswer:
    """The answer: the features it covers, those without a report, and the incidents about them."""

    features: tuple[FeatureReport, ...]
    sources: tuple[SourceReport, ...]
    all_incidents: tuple[Incident, ...]
    since_ms: int | None
    unknown: tuple[str, ...]
    pipeline: Pipeline
    redis: str
    now_ms: int
    quality: bool

    @property
    def verdict(self) -> str:
        """Returns the verdict in one sentence."""
        return verdict(self.features, self.sources, self.all_incidents, self.pipeline.standing)

    @property
    def incidents(self) -> tuple[Incident, ...]:
        """Returns the firing incidents, and those that ended in the requested time."""
        since_ms = self.since_ms
        return tuple(
            incident
            for incident in self.all_incidents
            if incident.state == "firing" or (since_ms is not None and (incident.end_ms or incident.at_ms) >= since_ms)
        )

    @property
    def alerts(self) -> list[Alert]:
        """Returns the firing alerts, the oldest first."""
        alerts = [alert for feature in self.features for alert in feature.alerts]
        alerts += [alert for source in self.sources for alert in source.alerts]
        firing = (alert for alert in alerts if alert.state == "firing")
        return sorted(firing, key=lambda alert: (alert.onset_ms, alert.key))

    @property
    def other_alerts(self) -> list[Alert]:
        """Returns the alerts that are in no known incident."""
        known = {incident.id for incident in self.all_incidents}
        return [alert for alert in self.alerts if alert.incident not in known]

    @property
    def fires(self) -> bool:
        """Returns whether anything fires."""
        troubled = self.pipeline.alive is False or bool(self.pipeline.troubles.topics)
        firing = any(incident.state == "firing" for incident in self.all_incidents)
        return troubled or firing or bool(self.alerts) or any(report.status == "firing" for report in self.features)

    @property
    def oldest_ms(self) -> int:
        """Returns the age of the oldest report (ms)."""
        return max((self.now_ms - report.end_ms for report in self._reports), default=0)

    @property
    def ahead_ms(self) -> int:
        """Returns how far the newest report is ahead of the clock (ms); negative if it is not."""
        return max((report.end_ms - self.now_ms for report in self._reports), default=0)

    @property
    def failed(self) -> tuple[str, ...]:
        """Returns the features whose evaluation failed."""
        return tuple(report.key for report in self.features if report.status == "failed")

    @property
    def _reports(self) -> tuple[FeatureReport | SourceReport, ...]:
        return *self.features, *self.sources

    @property
    def freshness(self) -> Freshness:
        """Returns whether all features have a report, and no report is old, dated ahead or without a verdict."""
        if not self.features:
            return Freshness.NONE
        if any(_is_old(report, self.now_ms) for report in self._reports):
            return Freshness.STALE
        if self.ahead_ms > MOST_AHEAD_MS:
            return Freshness.AHEAD
        if self.failed:
            return Freshness.FAILED
        return Freshness.MISSING if self.unknown else Freshness.NEW


def encoded(answer: ReportAnswer) -> str:
    """Encodes the answer as JSON."""
    fields = {
        "verdict": answer.verdict,
        "fires": answer.fires,
        "freshness": answer.freshness.value,
        "incidents": answer.incidents,
        "alerts": answer.alerts,
        "features": answer.features,
        "sources": answer.sources,
        "unknown": answer.unknown,
        "pipeline": answer.pipeline.as_dict(),
        "redis": answer.redis,
    }
    return msgspec.json.encode(fields).decode()


def _is_old(report: FeatureReport | SourceReport, now_ms: int) -> bool:
    """Returns whether a report is old; an open interval, whose length is unknown, counts as a minute."""
    length_ms = report.end_ms - report.start_ms
    return now_ms - report.end_ms > OLD_INTERVALS * (length_ms if report.closed else max(length_ms, 60_000))
