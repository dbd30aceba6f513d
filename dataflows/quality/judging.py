"""The two steps that judge: sources first, then features, which hear of the troubles of their sources.

In earlier versions one step judged all. What it kept of features goes on to the step that judges them now.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

import bytewax.operators as op
import msgspec
from bytewax.operators import KeyedStream, StatefulBatchLogic

from connectors.steady_clock import STEADY
from dataflows.quality.interval_evaluator import IntervalEvaluator, Judged, Verdict
from dataflows.quality.options import Quality
from dataflows.quality.source_troubles import troubles_of
from reports.alerting import EarlierState, Lineage, Monitor, Observation
from reports.records import Alert, FeatureReport, SourceReport, is_source_key


def judged(
    observed: KeyedStream[Observation], monitor_of: Callable[[str], Monitor | None], lineage: Lineage, quality: Quality
) -> KeyedStream[Verdict]:
    """The verdicts on all subjects. In a run over history, troubles of sources are observed with the rest."""
    parts = op.branch("by_subject", observed, lambda item: is_source_key(item[0]))
    sources = op.stateful_batch("judge", parts.trues, lambda snapshot: _of_source(monitor_of, quality, snapshot))
    told = op.flat_map("troubles", sources, _telling(lineage, quality))
    features = op.stateful_batch(
        "judge_features",
        op.merge("observed_of_features", parts.falses, told),
        lambda snapshot: IntervalEvaluator(monitor_of, quality.intervals, quality.bounded, snapshot),
    )
    return op.filter_map("verdicts_only", op.merge("judged_subjects", sources, features), _verdict)


class HandedOver(StatefulBatchLogic[Observation, Judged, bytes]):
    """What the step that judged all kept of a feature: it is passed on once, and dropped."""

    def __init__(self, key: str, snapshot: bytes) -> None:
        self._key, self._snapshot = key, snapshot

    def on_batch(self, values: list[Observation]) -> tuple[Iterable[Judged], bool]:
        """Passes it on; nothing else comes for this key."""
        return self.on_notify()

    def on_notify(self) -> tuple[Iterable[Judged], bool]:
        """Passes it on as soon as the run goes."""
        return [EarlierState(self._key, self._snapshot)], self.DISCARD

    def on_eof(self) -> tuple[Iterable[Judged], bool]:
        """Passes it on before a bounded run ends."""
        return self.on_notify()

    def notify_at(self) -> datetime | None:
        """At once."""
        return STEADY.date(0)

    def snapshot(self) -> bytes:
        """As it was."""
        return self._snapshot


def _of_source(
    monitor_of: Callable[[str], Monitor | None], quality: Quality, snapshot: bytes | None
) -> StatefulBatchLogic[Observation, Judged, bytes]:
    key = "" if snapshot is None else msgspec.msgpack.decode(snapshot, type=tuple[str, int | None, bytes])[0]
    if snapshot is not None and not is_source_key(key):
        return HandedOver(key, snapshot)
    return IntervalEvaluator(monitor_of, quality.intervals, quality.bounded, snapshot)


def _telling(lineage: Lineage, quality: Quality) -> Callable[[tuple[str, Judged]], Iterator[tuple[str, Observation]]]:
    """What the step of features is to hear of those of sources."""
    troubles = troubles_of(lineage, quality.limits)

    def told(item: tuple[str, Judged]) -> Iterator[tuple[str, Observation]]:
        verdict = item[1]
        if isinstance(verdict, EarlierState):
            yield item[0], verdict
        elif isinstance(verdict, SourceReport) and not quality.bounded:
            yield from troubles(verdict)

    return told


def _verdict(item: tuple[str, Judged]) -> tuple[str, Verdict] | None:
    key, verdict = item
    return (key, verdict) if isinstance(verdict, Alert | FeatureReport | SourceReport) else None
