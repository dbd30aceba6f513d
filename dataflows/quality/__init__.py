"""The quality branch: profiles, intervals and verdicts. Nothing in it can delay a feature."""

from dataflows.quality.branch import ObservedStreams, QualityPorts, watch_quality
from dataflows.quality.freshness import LatencyRecorder
from dataflows.quality.intervals import Intervals
from dataflows.quality.lineages import lineage_of
from dataflows.quality.options import Quality
from dataflows.quality.subjects import subject_of

__all__ = [
    "Intervals",
    "LatencyRecorder",
    "ObservedStreams",
    "Quality",
    "QualityPorts",
    "lineage_of",
    "subject_of",
    "watch_quality",
]
