"""The quality branch: profiles, intervals and verdicts. Nothing in it can delay a feature."""

from dataflows.quality.branch import ObservedStreams, Quality, QualityPorts, watch_quality
from dataflows.quality.freshness import LatencyRecorder
from dataflows.quality.intervals import Intervals
from dataflows.quality.source_counter import event_counts, late_counts, newest_publish
from dataflows.quality.subjects import subject_of

__all__ = [
    "Intervals",
    "LatencyRecorder",
    "ObservedStreams",
    "Quality",
    "QualityPorts",
    "event_counts",
    "late_counts",
    "newest_publish",
    "subject_of",
    "watch_quality",
]
