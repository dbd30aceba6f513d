"""The quality branch, top to bottom: nothing in it can delay or stop a feature.

rows ------> profile --> RowProfiles by feature ---+
                         Latencies by feature -----+--> judge --> live reports, closed reports, alerts
events ----> count ----> SourceCounts by source ---+
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import bytewax.operators as op
import numpy as np
from bytewax.dataflow import Dataflow, Stream
from bytewax.operators import KeyedStream
from bytewax.outputs import Sink

from connectors.messages import Outgoing
from connectors.redis import JsonFields, Started, StoreItem
from dataflows.definitions import Definitions
from dataflows.ingest import EventBatch, ProjectedBatch
from dataflows.kernels.arrays import Ints
from dataflows.quality.interval_evaluator import IntervalEvaluator, Verdict
from dataflows.quality.intervals import Intervals
from dataflows.quality.report_metrics import note_report
from dataflows.quality.row_profiler import HomeRows, RowProfilers
from dataflows.quality.source_counter import ArrivedAt, SourceCounter, event_counts, late_counts, newest_publish
from dataflows.quality.subjects import judged_rules, subject_of
from dataflows.quality.training_references import training_references
from dataflows.quality.worker_home import WorkerHome
from dataflows.rows import ValidatedRows, profiled_as
from dataflows.windows import Late
from reports.alerting import (
    FailedValues,
    FeatureMonitor,
    Latencies,
    Limits,
    Monitor,
    MonitoringStarted,
    Observation,
    RowProfiles,
    SourceCounts,
    SourceMonitor,
    Start,
)
from reports.drift import TrainingReference
from reports.records import Alert, quality_key, source_key

HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class QualityPorts:
    """Endpoints of the branch: latencies since the last call; sinks of live reports, closed reports and alerts."""

    latencies: Callable[[], list[Latencies]]
    live: Sink[tuple[str, StoreItem]]
    reports: Sink[tuple[str, Outgoing]]
    alerts: Sink[tuple[str, Outgoing]]


@dataclass(frozen=True, slots=True)
class Quality:
    """How values are judged. In a `bounded` run time is that of the rows, for sources that of publishing."""

    intervals: Intervals
    limits: Limits
    bounded: bool
    prefix: str
    specs: Path = Path()
    entities: int = 10_000  # of a type, interval and worker, of more a sample is profiled
    told_ms: int = 0  # reports until this time were sent by an earlier execution of the same history

    @property
    def arrived_at(self) -> ArrivedAt:
        """Returns the arrival time of events: now, or in a bounded run the time of publishing."""
        return newest_publish if self.bounded else lambda _: self.intervals.now()

    def starts_of(self, times: Ints) -> Iterable[tuple[Start, int]]:
        """The intervals that the rows of events fall into, and how many do."""
        starts, values = np.unique(self.intervals.starts(times + 1), return_counts=True)
        return zip(starts.tolist(), values.tolist(), strict=True)


@dataclass(frozen=True, slots=True)
class ObservedStreams:
    """The streams of the graph that are looked at."""

    woken: Stream[Any]
    events: dict[str, Stream[EventBatch]] = field(default_factory=dict)  # by source
    checked: dict[str, KeyedStream[ValidatedRows]] = field(default_factory=dict)  # by entity
    late: list[Stream[Late]] = field(default_factory=list)
    evaluated: dict[str, Stream[ProjectedBatch]] = field(default_factory=dict)  # by source


def watch_quality(
    flow: Dataflow, watched: ObservedStreams, definitions: Definitions, ports: QualityPorts, quality: Quality
) -> None:
    """Adds the quality branch to the graph."""
    observed = [
        _started(watched.woken, definitions),
        _of_sources(watched, quality),
        *(_of_failures(source, stream, quality) for source, stream in watched.evaluated.items()),
        *(_of_rows(entity, rows, definitions, quality, ports.latencies) for entity, rows in watched.checked.items()),
    ]
    judge(op.merge("parts", *observed), definitions, ports, quality)


def judge(observed: KeyedStream[Observation], definitions: Definitions, ports: QualityPorts, quality: Quality) -> None:
    """Judges what was observed; reports and alerts leave the dataflow."""
    trained = training_references(definitions, quality.specs)
    monitor_of = monitors(definitions, quality.limits, trained)
    judged = op.stateful_batch(
        "judge",
        observed,
        lambda snapshot: IntervalEvaluator(monitor_of, quality.intervals, quality.bounded, snapshot),
    )
    untold = op.filter("untold", judged, lambda item: isinstance(item[1], Alert) or item[1].end_ms > quality.told_ms)
    noted = op.map("note_reports", untold, _noted)
    live = op.flat_map("live_reports", noted, _live(quality))
    op.output("quality_store", live, ports.live)
    op.output("quality_reports", op.flat_map("closed_reports", noted, _closed), ports.reports)
    op.output("quality_alerts", op.flat_map("alerts", noted, _alerts), ports.alerts)


def _of_rows(
    entity_id: str,
    rows: KeyedStream[ValidatedRows],
    definitions: Definitions,
    quality: Quality,
    latencies: Callable[[], list[Latencies]],
) -> KeyedStream[Observation]:
    home = WorkerHome()
    profilers = RowProfilers(definitions.of_entity(entity_id), quality.intervals, quality.entities, home)
    at_home = op.map(f"home_{entity_id}", rows, _at(home))
    gathered = op.stateful_batch(f"gather_{entity_id}", at_home, profilers)
    return op.flat_map(f"by_feature_{entity_id}", gathered, _with_latencies(latencies, definitions))


def _of_sources(watched: ObservedStreams, quality: Quality) -> KeyedStream[Observation]:
    """Counts events, rejected events and late events by source."""
    counted = [
        op.map(f"count_{source}", events, _counted(source_key(source), quality))
        for source, events in watched.events.items()
    ]
    late = op.map("late_by_source", op.merge("late", *watched.late), _late(quality))
    return op.stateful_batch("gather_sources", op.merge("counts", *counted, late), SourceCounter)


def _of_failures(source: str, evaluated: Stream[ProjectedBatch], quality: Quality) -> KeyedStream[Observation]:
    """Values of events that could not be computed."""

    def failed(batch: ProjectedBatch) -> Iterator[tuple[str, Observation]]:
        for one in batch.nulled:
            for start, values in quality.starts_of(batch.events.times[one.rows]):
                yield one.feature, FailedValues(one.feature, start, {one.why: values})

    return op.flat_map(f"failed_{source}", evaluated, failed)


def _at(home: WorkerHome) -> Callable[[tuple[str, ValidatedRows]], tuple[str, HomeRows]]:
    def at_home(item: tuple[str, ValidatedRows]) -> tuple[str, HomeRows]:
        here = home(item[1].rows.shards)
        return here, HomeRows(here, item[1])

    return at_home


def _with_latencies(
    latencies: Callable[[], list[Latencies]], definitions: Definitions
) -> Callable[[tuple[str, RowProfiles]], Iterator[tuple[str, Observation]]]:
    """Splits profiles by feature, and adds the latencies recorded meanwhile."""

    def by_feature(item: tuple[str, RowProfiles]) -> Iterator[tuple[str, Observation]]:
        yield item[1].key, item[1]
        for recorded in latencies():
            for feature in definitions.of_entity(recorded.key):
                yield feature.feature_name, replace(recorded, key=feature.feature_name)

    return by_feature


def _started(woken: Stream[Any], definitions: Definitions) -> KeyedStream[Observation]:
    used = sorted({feature.source for feature in definitions.features if feature.source})
    keys = [*(feature.feature_name for feature in definitions.features), *map(source_key, used)]

    def start(signal: Any) -> Iterator[tuple[str, Observation]]:
        if isinstance(signal, Started):
            yield from ((key, MonitoringStarted(key)) for key in keys)

    return op.flat_map("wake_judges", woken, start)


def monitors(
    definitions: Definitions, limits: Limits, trained: Mapping[str, Sequence[TrainingReference]] = MappingProxyType({})
) -> Callable[[str], Monitor | None]:
    """The new monitor of each feature and source, by key; `trained` is what models were trained on, by feature."""
    features = {feature.feature_name: feature for feature in definitions.features}
    sources = {source_key(name): (name, source.topic) for name, source in definitions.sources.items()}

    def monitor_of(key: str) -> Monitor | None:
        if key in sources:
            return SourceMonitor(*sources[key], limits)
        if feature := features.get(key):
            subject, rules = subject_of(feature, definitions), judged_rules(feature)
            return FeatureMonitor(subject, rules, limits, profiled_as(feature), trained.get(key, ()))
        return None

    return monitor_of


def _counted(key: str, quality: Quality) -> Callable[[EventBatch], tuple[str, SourceCounts]]:
    def count(events: EventBatch) -> tuple[str, SourceCounts]:
        arrived_ms = quality.arrived_at(events.arrivals)
        return key, SourceCounts(key, {quality.intervals.start(arrived_ms): event_counts(events, arrived_ms)})

    return count


def _late(quality: Quality) -> Callable[[Late], tuple[str, SourceCounts]]:
    def count(late: Late) -> tuple[str, SourceCounts]:
        key, start = source_key(late.source), quality.intervals.start(quality.arrived_at(late.arrivals))
        return key, SourceCounts(key, {start: late_counts(late)})

    return count


def _noted(item: tuple[str, Verdict]) -> tuple[str, Verdict]:
    if not isinstance(item[1], Alert):
        note_report(item[1])
    return item


def _live(quality: Quality) -> Callable[[tuple[str, Verdict]], Iterator[tuple[str, StoreItem]]]:
    """Writes the newest open and the newest closed report of a subject as two fields of one hash.

    Those of history do not take the place of those of a live run that are newer.
    """
    ttl_ms = max(HOUR_MS, 3 * quality.intervals.length_ms)

    def writes(item: tuple[str, Verdict]) -> Iterator[tuple[str, StoreItem]]:
        key, report = item
        if not isinstance(report, Alert):
            fields = {"closed" if report.closed else "open": report.encode()}
            written_ms = report.end_ms if quality.bounded else quality.intervals.now()
            yield "0", JsonFields(quality_key(quality.prefix, key), fields, written_ms, ttl_ms)

    return writes


def _closed(item: tuple[str, Verdict]) -> Iterator[tuple[str, Outgoing]]:
    key, report = item
    if not isinstance(report, Alert) and report.closed:
        yield "0", Outgoing([key], [report.encode()])


def _alerts(item: tuple[str, Verdict]) -> Iterator[tuple[str, Outgoing]]:
    if isinstance(alert := item[1], Alert):
        yield "0", Outgoing([alert.key], [alert.encode()])
