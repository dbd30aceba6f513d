"""The quality branch: profiles, intervals and verdicts. Nothing in it can delay a feature."""

from dataflows.quality.branch import ObservedStreams, QualityPorts, judge, watch_quality
from dataflows.quality.error_boundary import error_boundary
from dataflows.quality.freshness import LatencyRecorder
from dataflows.quality.intervals import Intervals
from dataflows.quality.options import Quality
from dataflows.quality.profiling import HeldRows, marked, together
from dataflows.quality.source_counter import event_counts, late_counts, newest_publish
from dataflows.quality.subjects import subject_of
from dataflows.quality.training_references import UnusableDataSet, trained_profile

__all__ = [
    "HeldRows",
    "Intervals",
    "LatencyRecorder",
    "ObservedStreams",
    "Quality",
    "QualityPorts",
    "UnusableDataSet",
    "error_boundary",
    "event_counts",
    "judge",
    "late_counts",
    "lineage_of",
    "marked",
    "newest_publish",
    "subject_of",
    "together",
    "trained_profile",
    "watch_quality",
]
