"""The answer of `headrace report`: what it covers, whether anything fires, and whether it is new enough to say so."""

from dataclasses import dataclass
from enum import Enum

import msgspec

from reports.incidents import Incident
from reports.records import Alert, FeatureReport, SourceReport
from reports.verdict import verdict
from serving.quality.pipeline import Pipeline

OLD_INTERVALS = 3
"""A report that ended this many intervals ago is not replaced any more: the dataflow has stopped."""


MOST_AHEAD_MS = 60_000
"""By how much the clocks of two machines may differ."""


class Freshness(Enum):
    """Whether reports say what is now."""

    NEW = "new"
    STALE = "stale"
    AHEAD = "ahead"
    """Of the clock of this machine, so that nobody can say how old they are."""
    FAILED = "failed"
    """To be evaluated, of some features."""
    MISSING = "missing"
    """Of some features."""
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
        """In one sentence."""
        return verdict(self.features, self.sources, self.all_incidents, self.pipeline.standing)

    @property
    def incidents(self) -> tuple[Incident, ...]:
        """Those that fire, and those that ended since the time that was asked about."""
        since_ms = self.since_ms
        return tuple(
            incident
            for incident in self.all_incidents
            if incident.state == "firing" or (since_ms is not None and (incident.end_ms or incident.at_ms) >= since_ms)
        )

    @property
    def alerts(self) -> list[Alert]:
        """Those that fire, the oldest first."""
        alerts = [alert for feature in self.features for alert in feature.alerts]
        alerts += [alert for source in self.sources for alert in source.alerts]
        firing = (alert for alert in alerts if alert.state == "firing")
        return sorted(firing, key=lambda alert: (alert.onset_ms, alert.key))

    @property
    def other_alerts(self) -> list[Alert]:
        """Those that are in no incident that is known."""
        known = {incident.id for incident in self.all_incidents}
        return [alert for alert in self.alerts if alert.incident not in known]

    @property
    def fires(self) -> bool:
        """Whether anything does."""
        troubled = self.pipeline.alive is False or bool(self.pipeline.troubles.topics)
        firing = any(incident.state == "firing" for incident in self.all_incidents)
        return troubled or firing or bool(self.alerts) or any(report.status == "firing" for report in self.features)

    @property
    def oldest_ms(self) -> int:
        """Age of the oldest report (ms)."""
        return max((self.now_ms - report.end_ms for report in self._reports), default=0)

    @property
    def ahead_ms(self) -> int:
        """How far the newest report is ahead of the clock (ms); below 0 if it is not."""
        return max((report.end_ms - self.now_ms for report in self._reports), default=0)

    @property
    def failed(self) -> tuple[str, ...]:
        """The features whose evaluation failed."""
        return tuple(report.key for report in self.features if report.status == "failed")

    @property
    def _reports(self) -> tuple[FeatureReport | SourceReport, ...]:
        return *self.features, *self.sources

    @property
    def freshness(self) -> Freshness:
        """Whether all features have a report, and no report is old, dated ahead or without a verdict."""
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
    """As JSON."""
    fields = {
        "verdict": answer.verdict,
        "fires": answer.fires,
        "freshness": answer.freshness.value,
        "incidents": answer.incidents,
        "alerts": answer.alerts,
        "features": answer.features,
        "sources": answer.sources,
        "unknown": answer.unknown,
        "pipeline": answer.pipeline.told(),
        "redis": answer.redis,
    }
    return msgspec.json.encode(fields).decode()


def _is_old(report: FeatureReport | SourceReport, now_ms: int) -> bool:
    """An open interval ends when it was looked at, so that its length is not known: it is taken for a minute."""
    length_ms = report.end_ms - report.start_ms
    return now_ms - report.end_ms > OLD_INTERVALS * (length_ms if report.closed else max(length_ms, 60_000))
