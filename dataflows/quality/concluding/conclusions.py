"""Connects the step that receives all verdicts: incidents of all subjects, and alerts about them."""

from typing import Any

import bytewax.operators as op
from bytewax.dataflow import Stream
from bytewax.operators import KeyedStream

from dataflows.quality.concluding.conclusion_logic import ALL, Concluded, ConclusionLogic
from dataflows.quality.interval_evaluator import Verdict
from dataflows.quality.options import Quality
from reports.alerting import Conclusion, ConclusionRules, IntervalQueue, Lineage, Report
from reports.records import Alert


def conclude(
    judged: KeyedStream[Verdict], woken: Stream[Any] | None, lineage: Lineage, quality: Quality
) -> Stream[Concluded]:
    """Emits all verdicts as readers see them, with their incidents, under one key, because a cause can affect any
    subject."""
    rules = ConclusionRules(
        length_ms=quality.intervals.length_ms,
        standstill_ms=quality.limits.standstill_ms,
        pages_url=quality.pages_url,
        live=not quality.bounded,
        resolve=quality.limits.policy.resolve,
    )
    gathered = op.filter_map("all_verdicts", judged, _of_all)
    begun = [] if woken is None else [op.map("wake_conclusion", woken, lambda signal: (ALL, signal))]
    step = op.stateful_batch(
        "conclude",
        op.merge("verdicts", gathered, *begun),
        lambda snapshot: ConclusionLogic(
            Conclusion(lineage, rules), quality.intervals, IntervalQueue(lineage) if quality.bounded else None, snapshot
        ),
    )
    return op.map("concluded", step, lambda item: item[1])


def _of_all(item: tuple[str, Verdict]) -> tuple[str, Report] | None:
    """Keys reports for the single step; drops alerts, which follow from the reports."""
    return None if isinstance(item[1], Alert) else (ALL, item[1])
