"""Connects the two judging steps: sources first, then features, which learn of troubles of their sources.

Earlier versions had one step for all subjects, then one for features by name. Their state of features is passed to the
current step, under the key of the feature's version.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import datetime

import bytewax.operators as op
from bytewax.operators import KeyedStream, StatefulBatchLogic

from connectors.steady_clock import STEADY
from dataflows.quality.interval_evaluator import IntervalEvaluator, Judged, Verdict
from dataflows.quality.options import Quality
from dataflows.quality.sources.source_troubles import troubles_of
from dataflows.quality.version_keys import VersionKeys, key_kept
from reports.alerting import EarlierState, Lineage, Monitor, Observation
from reports.records import Alert, FeatureReport, SourceReport, is_source_key


def judged(
    observed: KeyedStream[Observation],
    monitor_of: Callable[[str], Monitor | None],
    lineage: Lineage,
    versions: VersionKeys,
    quality: Quality,
) -> KeyedStream[Verdict]:
    """Returns the verdicts on all subjects. In a replay, troubles of sources are observed with everything else."""
    parts = op.branch("by_subject", observed, lambda item: is_source_key(item[0]))
    sources = op.stateful_batch("judge", parts.trues, lambda snapshot: _of_source(monitor_of, quality, snapshot))
    with_troubles = op.flat_map("troubles", sources, _telling(lineage, quality))
    named = op.stateful_batch(
        "judge_features", op.filter("of_earlier_runs", with_troubles, lambda _: False), _kept_by_name
    )
    earlier = op.flat_map("earlier_by_name", named, _earlier)
    by_name = op.merge("observed_of_features", parts.falses, with_troubles, earlier)
    features = op.stateful_batch(
        "judge_versions",
        op.map("by_version", by_name, _by_version(versions)),
        lambda snapshot: IntervalEvaluator(versions.monitors(monitor_of), quality.intervals, quality.bounded, snapshot),
    )
    return op.filter_map("verdicts_only", op.merge("judged_subjects", sources, features), _verdict)


class StateHandover(StatefulBatchLogic[Observation, Judged, bytes]):
    """Holds the state that the earlier single step kept of a feature, passes it on once, and drops it."""

    def __init__(self, key: str, snapshot: bytes) -> None:
        self._key, self._snapshot = key, snapshot

    def on_batch(self, values: list[Observation]) -> tuple[Iterable[Judged], bool]:
        """Passes the state on; no other item arrives for this key."""
        return self.on_notify()

    def on_notify(self) -> tuple[Iterable[Judged], bool]:
        """Passes the state on as soon as the run starts."""
        return [EarlierState(self._key, self._snapshot)], self.DISCARD

    def on_eof(self) -> tuple[Iterable[Judged], bool]:
        """Passes the state on before a bounded run ends."""
        return self.on_notify()

    def notify_at(self) -> datetime | None:
        """Returns a time in the past, so that the state is passed on at once."""
        return STEADY.date(0)

    def snapshot(self) -> bytes:
        """Returns the state unchanged."""
        return self._snapshot


def _of_source(
    monitor_of: Callable[[str], Monitor | None], quality: Quality, snapshot: bytes | None
) -> StatefulBatchLogic[Observation, Judged, bytes]:
    key = "" if snapshot is None else key_kept(snapshot)
    if snapshot is not None and not is_source_key(key):
        return StateHandover(key, snapshot)
    return IntervalEvaluator(monitor_of, quality.intervals, quality.bounded, snapshot)


def _kept_by_name(snapshot: bytes | None) -> StatefulBatchLogic[Observation, Judged, bytes]:
    """Builds the logic that passes on the state of a feature judged by name; creates no new one."""
    if snapshot is None:
        raise RuntimeError("features are judged by their versions")
    return StateHandover(key_kept(snapshot), snapshot)


def _earlier(item: tuple[str, Judged]) -> Iterator[tuple[str, Observation]]:
    key, judged = item
    if isinstance(judged, EarlierState):
        yield key, judged


def _by_version(versions: VersionKeys) -> Callable[[tuple[str, Observation]], tuple[str, Observation]]:
    def keyed(item: tuple[str, Observation]) -> tuple[str, Observation]:
        observation = item[1]
        if isinstance(observation, EarlierState):
            moved = versions.rekeyed(observation)
            return moved.key, moved
        key = versions.key(item[0])
        return key, replace(observation, key=key)

    return keyed


def _telling(lineage: Lineage, quality: Quality) -> Callable[[tuple[str, Judged]], Iterator[tuple[str, Observation]]]:
    """Returns a function that selects what the features' step receives from the sources' step."""
    troubles = troubles_of(lineage, quality.limits)

    def with_troubles(item: tuple[str, Judged]) -> Iterator[tuple[str, Observation]]:
        verdict = item[1]
        if isinstance(verdict, EarlierState):
            yield item[0], verdict
        elif isinstance(verdict, SourceReport) and not quality.bounded:
            yield from troubles(verdict)

    return with_troubles


def _verdict(item: tuple[str, Judged]) -> tuple[str, Verdict] | None:
    key, verdict = item
    return (key, verdict) if isinstance(verdict, Alert | FeatureReport | SourceReport) else None
