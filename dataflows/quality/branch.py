"""The quality branch, top to bottom: nothing in it can delay or stop a feature.

rows ------> profile --> RowProfiles by feature ---+
                         Latencies by feature -----+--> judge --> live reports, closed reports, alerts
events ----> count ----> SourceCounts by source ---+

One more step, `conclude`, turns the reports and alerts of all subjects into incidents.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

import bytewax.operators as op
from bytewax.dataflow import Stream
from bytewax.operators import KeyedStream
from bytewax.outputs import Sink

from connectors.messages import Outgoing
from connectors.redis.endpoints import FirstItem, JsonFields, StoreItem
from dataflows.definitions import Definitions
from dataflows.ingest import EventBatch, ProjectedBatch
from dataflows.quality.concluding.conclusion_logic import Concluded, IncidentWrites
from dataflows.quality.concluding.conclusions import conclude
from dataflows.quality.concluding.earlier_incidents import is_earlier
from dataflows.quality.concluding.lineages import lineage_of
from dataflows.quality.monitoring_steps import judged
from dataflows.quality.options import Quality
from dataflows.quality.profiling import RowProfilers, WorkerAffinity, WorkerRows
from dataflows.quality.report_metrics import note_report
from dataflows.quality.sources.source_counts import source_counts
from dataflows.quality.subjects import judged_rules, subject_of
from dataflows.quality.training_references import training_references
from dataflows.quality.version_keys import VersionKeys
from dataflows.rows import ValidatedRows, profiled_as
from dataflows.windows import LateRows
from reports.alerting import (
    FailedValues,
    FeatureMonitor,
    InterimReport,
    Latencies,
    Limits,
    Monitor,
    MonitoringStarted,
    Observation,
    RowProfiles,
    SourceMonitor,
)
from reports.drift import TrainingReference
from reports.history import HistoryPoint, history_key, slot
from reports.incidents import KEPT_MS, incidents_key
from reports.records import Alert, FeatureReport, SourceReport, quality_key, source_key

HOUR_MS = 3_600_000
HISTORY_TTL_MS = 30 * 24 * HOUR_MS


@dataclass(frozen=True, slots=True)
class QualityPorts:
    """Endpoints of the branch: latencies since the last call; sinks of live reports, closed reports and alerts."""

    latencies: Callable[[], list[Latencies]]
    live: Sink[tuple[str, StoreItem]]
    reports: Sink[tuple[str, Outgoing]]
    alerts: Sink[tuple[str, Outgoing]]


@dataclass(frozen=True, slots=True)
class ObservedStreams:
    """The streams of the graph that the branch observes; `watch` of a live run holds the incidents it started with."""

    woken: Stream[Any]
    watch: Stream[Any] | None = None
    events: dict[str, Stream[EventBatch]] = field(default_factory=dict)  # by source
    checked: dict[str, KeyedStream[ValidatedRows]] = field(default_factory=dict)  # by entity
    late: list[Stream[LateRows]] = field(default_factory=list)
    evaluated: dict[str, Stream[ProjectedBatch]] = field(default_factory=dict)  # by source


def watch_quality(watched: ObservedStreams, definitions: Definitions, ports: QualityPorts, quality: Quality) -> None:
    """Adds the quality branch to the graph."""
    observed = [
        _started(watched.woken, definitions, quality),
        source_counts(watched.events, watched.late, definitions, quality),
        *(_of_failures(source, stream, quality) for source, stream in watched.evaluated.items()),
        *(_of_rows(entity, rows, definitions, quality, ports.latencies) for entity, rows in watched.checked.items()),
    ]
    woken = watched.woken
    if watched.watch is not None:
        woken = op.merge("recalled", woken, op.filter("earlier_incidents", watched.watch, is_earlier))
    judge(op.merge("parts", *observed), woken, definitions, ports, quality)


def judge(
    observed: KeyedStream[Observation],
    woken: Stream[Any] | None,
    definitions: Definitions,
    ports: QualityPorts,
    quality: Quality,
) -> None:
    """Judges observations; reports, incidents and alerts leave the dataflow. A replay has no signals in `woken`."""
    trained = training_references(definitions, quality.specs)
    lineage = lineage_of(definitions)
    monitor_of = monitors(definitions, quality.limits, trained)
    verdicts = judged(observed, monitor_of, lineage, VersionKeys(definitions), quality)
    concluded = conclude(verdicts, woken, lineage, quality)
    untold = op.filter("untold", concluded, _untold(quality))
    noted = op.map("note_reports", untold, _recorded)
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
    home = WorkerAffinity()
    profilers = RowProfilers(definitions.of_entity(entity_id), quality.intervals, quality.entities, home)
    at_home = op.map(f"home_{entity_id}", rows, _at(home))
    gathered = op.stateful_batch(f"gather_{entity_id}", at_home, profilers)
    return op.flat_map(f"by_feature_{entity_id}", gathered, _with_latencies(latencies, definitions))


def _of_failures(source: str, evaluated: Stream[ProjectedBatch], quality: Quality) -> KeyedStream[Observation]:
    """Emits the values of events that could not be computed."""

    def failed(batch: ProjectedBatch) -> Iterator[tuple[str, Observation]]:
        for nulled in batch.nulled:
            for start, values in quality.starts_of(batch.events.times[nulled.rows]):
                yield nulled.feature, FailedValues(nulled.feature, start, {nulled.why: values})

    return op.flat_map(f"failed_{source}", evaluated, failed)


def _at(home: WorkerAffinity) -> Callable[[tuple[str, ValidatedRows]], tuple[str, WorkerRows]]:
    def at_home(item: tuple[str, ValidatedRows]) -> tuple[str, WorkerRows]:
        here = home(item[1].rows.shards)
        return here, WorkerRows(here, item[1])

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


def _started(woken: Stream[Any], definitions: Definitions, quality: Quality) -> KeyedStream[Observation]:
    used = sorted({feature.source for feature in definitions.features if feature.source})
    keys = [*(feature.feature_name for feature in definitions.features), *map(source_key, used)]

    def start(signal: Any) -> Iterator[tuple[str, Observation]]:
        if isinstance(signal, FirstItem):
            at_ms = 0 if quality.bounded else quality.intervals.now()
            yield from ((key, MonitoringStarted(key, at_ms)) for key in keys)

    return op.flat_map("wake_judges", woken, start)


def monitors(
    definitions: Definitions, limits: Limits, trained: Mapping[str, Sequence[TrainingReference]] = MappingProxyType({})
) -> Callable[[str], Monitor | None]:
    """Returns a function that creates the monitor of a feature or source by key; `trained` are training references."""
    features = {feature.feature_name: feature for feature in definitions.features}
    sources = {source_key(name): source for name, source in definitions.sources.items()}

    def monitor_of(key: str) -> Monitor | None:
        if source := sources.get(key):
            stated_ms = source.silent_after_ms
            silence = replace(limits, silence_ms=stated_ms or limits.silence_ms, silence_stated=stated_ms is not None)
            return SourceMonitor(source.name, source.topic, silence)
        if feature := features.get(key):
            subject, rules = subject_of(feature, definitions), judged_rules(feature)
            return FeatureMonitor(subject, rules, limits, profiled_as(feature), trained.get(key, ()))
        return None

    return monitor_of


def _untold(quality: Quality) -> Callable[[Concluded], bool]:
    """Returns a filter that drops reports sent before; incidents and alerts are identified by their key."""
    return lambda item: not isinstance(item, FeatureReport | SourceReport) or item.end_ms > quality.told_ms


def _recorded(item: Concluded) -> Concluded:
    if isinstance(item, FeatureReport | SourceReport):
        note_report(item)
    return item


def _live(quality: Quality) -> Callable[[Concluded], Iterator[tuple[str, StoreItem]]]:
    """Writes the newest open and closed report of a subject as two fields of one hash, and incidents as one field each.

    An interim report is only written there, because the report itself follows.

    Reports of a replay do not replace newer ones of a live run.
    """
    ttl_ms = max(HOUR_MS, 3 * quality.intervals.length_ms)

    def writes(item: Concluded) -> Iterator[tuple[str, StoreItem]]:
        now_ms = quality.intervals.now()
        written_ms = item.end_ms if quality.bounded and isinstance(item, FeatureReport | SourceReport) else now_ms
        if isinstance(item, IncidentWrites):
            yield "0", JsonFields(incidents_key(quality.prefix), item.fields, now_ms, KEPT_MS)
        elif not isinstance(item, Alert):
            report = item.report if isinstance(item, InterimReport) else item
            fields = {"closed" if report.closed else "open": report.encode()}
            yield "0", JsonFields(quality_key(quality.prefix, report.key), fields, written_ms, ttl_ms)
        if isinstance(item, FeatureReport) and item.closed:
            point = {slot(item.start_ms, item.end_ms): HistoryPoint.of(item).encode()}
            yield "0", JsonFields(history_key(quality.prefix, item.key), point, written_ms, HISTORY_TTL_MS)

    return writes


def _closed(item: Concluded) -> Iterator[tuple[str, Outgoing]]:
    if isinstance(item, FeatureReport | SourceReport) and item.closed:
        yield "0", Outgoing([item.key], [item.encode()])


def _alerts(item: Concluded) -> Iterator[tuple[str, Outgoing]]:
    if isinstance(item, Alert):
        yield "0", Outgoing([item.key], [item.encode()])
