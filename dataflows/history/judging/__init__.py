"""Judges the intervals of history in the order of time, over all shards."""

from dataflows.history.judging.active_files import ActiveFiles
from dataflows.history.judging.flows import active_flow, judge_flow
from dataflows.history.judging.history_intervals import (
    HistoryIntervals,
    HistoryIntervalsSource,
    ObservedInterval,
    history_intervals,
)
from dataflows.history.judging.intervals_stage import intervals_stage
from dataflows.history.judging.judged_until import JudgedUntil, judged_until

__all__ = [
    "ActiveFiles",
    "HistoryIntervals",
    "HistoryIntervalsSource",
    "JudgedUntil",
    "ObservedInterval",
    "active_flow",
    "history_intervals",
    "intervals_stage",
    "judge_flow",
    "judged_until",
]
