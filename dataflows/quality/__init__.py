"""The quality branch: profiles, intervals and verdicts. Nothing in it can delay a feature."""

from dataflows.quality.branch import ObservedStreams, QualityPorts, judge, monitors, watch_quality
from dataflows.quality.concluding.earlier_incidents import read_earlier
from dataflows.quality.concluding.lineages import lineage_of, read_columns
from dataflows.quality.error_boundary import error_boundary
from dataflows.quality.freshness import LatencyRecorder
from dataflows.quality.intervals import Intervals
from dataflows.quality.options import Quality
from dataflows.quality.profiling import EntitySample, marked_together, together
from dataflows.quality.sources.event_samples import EventSampler
from dataflows.quality.sources.source_counter import event_counts, late_counts, newest_publish
from dataflows.quality.sources.source_troubles import troubles_of
from dataflows.quality.subjects import subject_of
from dataflows.quality.training_references import UnusableDataSet, trained_profile

__all__ = [
    "EntitySample",
    "EventSampler",
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
    "marked_together",
    "monitors",
    "newest_publish",
    "read_columns",
    "read_earlier",
    "subject_of",
    "together",
    "trained_profile",
    "troubles_of",
    "watch_quality",
]
