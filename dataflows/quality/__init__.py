"""The quality branch: profiles, intervals and verdicts. Nothing in it can delay a feature."""

from dataflows.quality.branch import Quality, QualityPorts, Watched, watch_quality
from dataflows.quality.freshness import Noted
from dataflows.quality.intervals import Intervals
from dataflows.quality.subjects import subject_of

__all__ = ["Intervals", "Noted", "Quality", "QualityPorts", "Watched", "subject_of", "watch_quality"]
