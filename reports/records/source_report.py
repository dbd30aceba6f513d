"""Record of one source in one interval."""

import msgspec

from reports.records.alert import Alert
from reports.records.checks import Sample
from reports.records.incident_headline import IncidentHeadline
from reports.records.record import Record
from reports.records.subject_keys import source_key
from reports.records.values import FrequentValue


class ColumnProfile(Record, frozen=True, kw_only=True):
    """A raw column of a source in one interval, from a sample of its events."""

    column: str
    events: int
    nulls: int = 0
    mean: float | None = None
    std: float | None = None
    true_ratio: float | None = None
    top: tuple[FrequentValue, ...] = ()  # of texts, counted exactly within the sample


class SourceReport(Record, frozen=True, kw_only=True):
    """The events of one source in one interval."""

    source: str
    topic: str
    start_ms: int
    end_ms: int
    closed: bool
    events: int
    rejects: dict[str, int] = msgspec.field(default_factory=dict)  # by reason, including late events
    samples: tuple[Sample, ...] = ()
    newest_ms: int | None = None  # newest event time ever seen
    silent_ms: int = 0  # since the last event arrived
    alerts: tuple[Alert, ...] = ()
    arrived_ms: int | None = None  # when the last event arrived
    usual_gap_ms: int | None = None  # the usual quiet time at this time of day; None until it is known
    behind_ms: int = 0  # the increase over the usual delay from publishing to reading the newest event
    columns: tuple[ColumnProfile, ...] = ()  # the columns that features read; of closed intervals
    course: str = ""  # of closed intervals: the numbers of events, earlier and now, during a slow rise or fall
    incidents: tuple[IncidentHeadline, ...] = ()  # of closed intervals: those of its alerts, and of the pipeline

    @property
    def key(self) -> str:
        """Returns the key of the subject, in topics and in Redis."""
        return source_key(self.source)
