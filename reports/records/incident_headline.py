"""Record of an incident within the report of an interval: what the pages said of it then."""

from reports.records.record import Record


class IncidentHeadline(Record, frozen=True, kw_only=True):
    """An incident that fired at the end of an interval, in one sentence. Times are ms since 1970."""

    id: str
    kind: str
    onset_ms: int
    at_ms: int  # when it was worded
    severity: float  # of its worst symptom, as a multiple of its threshold
    headline: str
