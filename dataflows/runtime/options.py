"""Converts settings to options of packages that do not know settings."""

from dataflows.definitions import Source
from dataflows.ingest import EventLimits, EventTyping
from dataflows.quality import Intervals, Quality
from dataflows.runtime.settings import Settings
from dataflows.windows import Now
from reports.alerting import Limits


def quality_of(settings: Settings, now: Now, bounded: bool) -> Quality | None:
    """Returns the options of judging values; None if quality is disabled."""
    if not settings.quality:
        return None
    by_processing = settings.quality_time == "processing"
    return _quality(settings, Intervals(settings.quality_interval * 1000, by_processing, now, not bounded), bounded)


def quality_of_history(settings: Settings, now: Now) -> Quality:
    """Returns the options of judging values of history: always by event time."""
    return _quality(settings, Intervals(settings.quality_interval * 1000, False, now), bounded=True)


def _quality(settings: Settings, intervals: Intervals, bounded: bool) -> Quality:
    return Quality(
        intervals,
        limits_of(settings),
        bounded,
        settings.redis_prefix,
        settings.specs,
        entities=settings.quality_entities,
        pages_url=settings.pages_url or "",
    )


def limits_of(settings: Settings) -> Limits:
    """Returns the thresholds above which an alert is raised."""
    return Limits(
        violation_rate=settings.alert_violation_rate,
        freshness_s=settings.alert_freshness,
        silence_ms=settings.alert_silence * 1000,
        standstill_ms=settings.alert_standstill * 1000,
        skew_ms=settings.alert_skew * 1000,
        reference_intervals=settings.quality_reference,
    )


def event_types(settings: Settings, source: Source) -> EventTyping | None:
    """Returns how the archive of a source keeps its events; None if it keeps only payloads."""
    return EventTyping(source, event_limits(settings)) if settings.archive_events else None


def event_limits(settings: Settings) -> EventLimits:
    """Returns the event limits of the settings."""
    return EventLimits(
        event_bytes=settings.max_event_bytes,
        id_bytes=settings.max_id_bytes,
        text_bytes=settings.max_text_bytes,
        empty_id=settings.empty_id == "entity",
    )
