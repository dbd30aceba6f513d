"""Records of the quality branch about features and intervals, read by topics, stores, pages and the terminal.

Times are ms since 1970 unless named otherwise. Numbers that do not exist (the mean of no values) are None.
"""

from reports.records.alert import Alert
from reports.records.checks import Latency, RuleCount, Sample, Score
from reports.records.feature_report import STATUSES, FeatureReport, Status
from reports.records.incident_headline import IncidentHeadline
from reports.records.interval_report import IntervalReport
from reports.records.record import R, Record
from reports.records.source_report import ColumnProfile, SourceReport
from reports.records.subject import Subject
from reports.records.subject_keys import is_source_key, quality_key, source_key
from reports.records.values import Bins, FrequentValue, Histogram, Summary

__all__ = [
    "STATUSES",
    "Alert",
    "Bins",
    "ColumnProfile",
    "FeatureReport",
    "FrequentValue",
    "Histogram",
    "IncidentHeadline",
    "IntervalReport",
    "Latency",
    "R",
    "Record",
    "RuleCount",
    "Sample",
    "Score",
    "SourceReport",
    "Status",
    "Subject",
    "Summary",
    "is_source_key",
    "quality_key",
    "source_key",
]
