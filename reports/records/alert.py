"""Defines the record of an alert, for topics, webhooks and reports."""

from typing import Literal

from reports.records.record import Record


class Alert(Record, frozen=True, kw_only=True):
    """A firing or resolved alert. `key` identifies its incident, also in a replay."""

    key: str
    feature: str  # empty for an alert about a source
    source: str  # empty, like the feature, for an alert about the pipeline
    rule: str  # drift, violations, freshness, silence, clock, refusals, standstill
    detail: str  # the measure or the validation rule
    state: Literal["firing", "resolved"]
    onset_ms: int
    at_ms: int
    windows: int  # closed intervals since the onset
    score: float
    threshold: float
    n: int
    summary: str  # one sentence
    owner: str
    group: str  # alerts of one group are sent together
    incident: str = ""  # id of the incident that the alert belongs to
    now: str = ""  # the current value, a plain number with its unit
    usual: str = ""  # the usual value
    what: str = ""  # the statistic in words: "mean", "share of country XX"
    action: str = ""  # what to do first
    runbook: str = ""  # URL
    link: str = ""  # URL of the incident's page
    adopted_ms: int | None = None  # since when the reference adopts the new level, if it does
    distance: float = 0.0  # of `now` from `usual`, comparable for the same `what`; 0 if only scores can be compared
