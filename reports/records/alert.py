"""Alerts, as topics, webhooks and reports tell them."""

from typing import Literal

from reports.records.record import Record


class Alert(Record, frozen=True, kw_only=True):
    """A firing or resolved alert. `key` identifies its incident, also in a replay."""

    key: str
    feature: str  # empty for an alert about a source
    source: str  # empty, with the feature, for an alert about the pipeline
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
    group: str  # alerts of one group are told together
    incident: str = ""  # id of the incident that the alert tells of
    now: str = ""  # a plain number with its unit: what it is
    usual: str = ""  # and what it usually is
    what: str = ""  # the statistic, as people call it: "mean", "share of country XX"
    action: str = ""  # what to do first
    runbook: str = ""  # URL
    link: str = ""  # URL of the incident's page
    adopted_ms: int | None = None  # since when the reference takes over the new level, if it does
    distance: float = 0.0  # of `now` from `usual`, compared where `what` is the same; 0 where only scores can be
