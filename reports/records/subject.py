"""Record of a feature's definition in a report."""

import msgspec

from reports.records.record import Record


class Subject(Record, frozen=True, kw_only=True):
    """The feature of a report, as its definition describes it."""

    feature: str
    version: int
    fingerprint: str
    entity_type: str
    value_type: str
    owner: str
    description: str = ""
    tags: tuple[str, ...] = ()
    source: str = ""  # empty for a derived feature, which `reads` others
    reads: tuple[str, ...] = ()
    raw_topic: str = ""
    feature_topic: str = ""
    filter: str = ""
    value: str = ""
    expression: str = ""
    aggregation: str = ""
    window_ms: int = 0  # 0 for lifetime
    hop_ms: int = 0
    baseline: dict[str, float] = msgspec.field(default_factory=dict)
    runbook: str = ""  # URL of the instructions for an alert
