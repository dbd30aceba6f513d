"""Builds the whole graph, top to bottom. One item is one batch; every step is columnar.

topics -> decode -> evaluate -> route by entity and shard -> windows -> rows -> online store
             |                                                 |          +---> feature topics
             +---------------> dead letters <------------------+

ticks -> archive, which reads the topics by itself
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import bytewax.operators as op
from bytewax.dataflow import Dataflow, Stream
from bytewax.operators import KeyedStream

from connectors.messages import Outgoing
from dataflows import heartbeats
from dataflows.compiler import TileLayouts, source_inputs
from dataflows.definitions import Definitions, Feature, Source
from dataflows.ingest import Decoder, EventBatch, Partitioner, Projection, WatermarkBroadcast, kept_columns
from dataflows.metrics import FEATURES
from dataflows.quality import ObservedStreams, watch_quality
from dataflows.rows import (
    FeatureRows,
    HashEncoder,
    RecordEncoder,
    RowAssembler,
    RowLimit,
    RowValidator,
    ValidatedRows,
    dead_letters,
)
from dataflows.run import InputOf, Ports, Run
from dataflows.state import WHOLE, BaseSnapshots
from dataflows.step_logic import decoded, keyed, late_of, rows_of, to_every_shard, whole_snapshot, withheld
from dataflows.windows import Item, LateRows, Outcome, WindowOperator, deferred_restore, sliced


def build(definitions: Definitions, ports: Ports, run: Run) -> Dataflow:
    """Builds the dataflow for these definitions."""
    flow, leaving = Dataflow("headrace"), GraphOutputs()
    watch = op.input("watch", flow, ports.watch)
    woken = op.filter("signals", watch, heartbeats.is_signal) if run.heartbeat else watch
    watched, bases = ObservedStreams(woken, watch if run.heartbeat else None), BaseSnapshots()
    routed = read(flow, definitions, ports.source, run, watched, leaving)
    for entity_id in definitions.entity_ids:
        rows, late = fold(woken, routed[entity_id], entity_id, definitions, run, bases)
        checked = watched.checked[entity_id] = check(rows, entity_id, definitions, run)
        watched.late.append(late)
        leaving.dead_letters.extend(refuse(late, checked, entity_id))
        serve(checked, entity_id, definitions, ports, run, leaving)
    if run.heartbeat:
        leaving.store.append(heartbeats.beats(watch, run.sink_partitions))
        leaving.store.extend(heartbeats.published(watched.events, definitions, run.sink_partitions))
    write(leaving, ports)
    watch_beside(flow, watched, definitions, ports, run)
    return flow


@dataclass(frozen=True, slots=True)
class GraphOutputs:
    """Streams of all sources and entity types that leave the graph through one shared output each."""

    store: list[KeyedStream[Any]] = field(default_factory=list)
    dead_letters: list[KeyedStream[Outgoing]] = field(default_factory=list)


def read(
    flow: Dataflow,
    definitions: Definitions,
    input_of: InputOf,
    run: Run,
    watched: ObservedStreams,
    leaving: GraphOutputs,
) -> dict[str, list[KeyedStream[Item]]]:
    """Reads the events of all sources and returns their streams by entity type."""
    routed: dict[str, list[KeyedStream[Item]]] = {}
    for source in used_sources(definitions):
        columns = kept_columns(source, definitions)
        events = watched.events[source.name] = decode(flow, input_of, source, run, columns)
        leaving.dead_letters.append(refuse_events(events, source))
        for entity_id, stream in route(events, source, definitions, run, watched).items():
            routed.setdefault(entity_id, []).append(stream)
    return routed


def decode(
    flow: Dataflow,
    input_of: InputOf,
    source: Source,
    run: Run,
    columns: Iterable[str] = (),
    read: Iterable[str] | None = None,
) -> Stream[EventBatch]:
    """Decodes payloads of one source to typed events and rejects; see Decoder for `columns` and `read`."""
    raw = op.input(f"read_{source.name}", flow, input_of(source))
    return op.flat_map_batch(f"decode_{source.name}", raw, decoded(Decoder(source, run.limits, columns, read), run))


def refuse_events(events: Stream[EventBatch], source: Source) -> KeyedStream[Outgoing]:
    """Emits a dead letter for each payload of a source that is not an event."""
    return op.flat_map(f"rejects_{source.name}", events, keyed(dead_letters.of_events))


def route(
    events: Stream[EventBatch], source: Source, definitions: Definitions, run: Run, watched: ObservedStreams
) -> dict[str, KeyedStream[Item]]:
    """Routes the events of one source by entity type and shard."""
    inputs = {
        entity_id: of_source
        for entity_id in definitions.entity_ids
        if (of_source := source_inputs(definitions.of_entity(entity_id)).get(source.name))
    }
    projection = Projection(source, inputs.values(), definitions.features)
    projected = watched.evaluated[source.name] = op.map(f"evaluate_{source.name}", events, projection)
    partitioners: dict[str, Partitioner | WatermarkBroadcast] = {
        entity_id: Partitioner(source.entities[entity_id], of_source, projection, run.shards, run.everywhere)
        for entity_id, of_source in inputs.items()
    }
    if run.everywhere:
        partitioners |= {
            entity_id: WatermarkBroadcast(run.shards) for entity_id in definitions.entity_ids if entity_id not in inputs
        }
    return {
        entity_id: op.flat_map(f"route_{source.name}-{entity_id}", projected, partitioner)
        for entity_id, partitioner in partitioners.items()
    }


def fold(
    woken: Stream[Any],
    routed: Sequence[KeyedStream[Item]],
    entity_id: str,
    definitions: Definitions,
    run: Run,
    bases: BaseSnapshots,
) -> tuple[KeyedStream[FeatureRows], Stream[LateRows]]:
    """Folds the events of one entity type; returns its feature rows and the events that arrived too late for them."""
    features = definitions.of_entity(entity_id)
    FEATURES.labels(entity_id).set(len(features))
    wakes = op.flat_map(f"wake_{entity_id}", woken, to_every_shard(run))
    windows = _windows(entity_id, features, run, bases)
    items = op.merge(f"shards_{entity_id}", wakes, *routed)
    outcomes = op.stateful_batch(f"windows_{entity_id}", items, sliced(deferred_restore(windows), features))
    whole = op.filter_map_value(f"whole_{entity_id}", outcomes, whole_snapshot)
    op.stateful_batch(f"bases_{entity_id}", whole, bases.new_keeper if windows.missed else bases.keeper)
    rows = assemble(outcomes, entity_id, definitions, run)
    return rows, op.flat_map_batch(f"too_late_{entity_id}", outcomes, late_of)


def assemble(
    outcomes: KeyedStream[Outcome], entity_id: str, definitions: Definitions, run: Run
) -> KeyedStream[FeatureRows]:
    """Assembles folded words of shards into typed rows, keyed by partition of the online store."""
    assembler = RowAssembler(definitions.of_entity(entity_id), run.sink_partitions)
    return op.flat_map_batch(f"rows_{entity_id}", outcomes, rows_of(entity_id, assembler))


def _windows(entity_id: str, features: Sequence[Feature], run: Run, bases: BaseSnapshots) -> WindowOperator:
    missed, since = f"windows_{entity_id}" in run.missed, run.since.get(entity_id, 0)
    parts = run.quality.intervals.parts if run.quality else lambda: WHOLE
    return WindowOperator(entity_id, TileLayouts(features), run.clock_of, run.begun, since, bases, missed, parts)


def check(
    rows: KeyedStream[FeatureRows], entity_id: str, definitions: Definitions, run: Run
) -> KeyedStream[ValidatedRows]:
    """Validates the rows of one entity type by their rules and limits their size."""
    now = None if run.everywhere else run.now
    features = definitions.of_entity(entity_id)
    checks, limit = RowValidator(features, now), RowLimit(features, run.max_row_bytes)
    return op.map_value(f"check_{entity_id}", rows, lambda rows: limit(checks(rows)))


def refuse(late: Stream[LateRows], checked: KeyedStream[ValidatedRows], entity_id: str) -> list[KeyedStream[Outgoing]]:
    """Emits the dead letters of an entity type: events that arrived too late, and quarantined values."""
    return [
        op.map(f"late_{entity_id}", late, lambda rows: ("0", dead_letters.of_late(rows, entity_id))),
        refuse_quarantined(checked, entity_id),
    ]


def refuse_quarantined(checked: KeyedStream[ValidatedRows], entity_id: str) -> KeyedStream[Outgoing]:
    """Emits the dead letters of an entity type's quarantined values."""
    return op.flat_map(f"quarantined_{entity_id}", checked, withheld)


def serve(
    checked: KeyedStream[ValidatedRows],
    entity_id: str,
    definitions: Definitions,
    ports: Ports,
    run: Run,
    leaving: GraphOutputs,
) -> None:
    """Sends the rows of one entity type to the online store and to the feature topics."""
    rows = op.map_value(f"readable_{entity_id}", checked, lambda checked: checked.rows)
    leaving.store.append(op.map_value(f"hash_{entity_id}", rows, hash_encoder(entity_id, definitions, run)))
    publish(rows, entity_id, definitions, ports)


def publish(rows: KeyedStream[FeatureRows], entity_id: str, definitions: Definitions, ports: Ports) -> None:
    """Publishes the rows of one entity type to each feature topic that its features name."""
    for topic, features in definitions.topics().items():
        if features[0].entity_id == entity_id:
            step = topic_step(topic, definitions.topics())
            records = op.map_value(f"record_{step}", rows, RecordEncoder(entity_id, features))
            op.output(f"publish_{step}", records, ports.topic(topic, features))


def write(leaving: GraphOutputs, ports: Ports) -> None:
    """Connects the shared outputs: the online store and the dead letters."""
    op.output("store", op.merge("written", *leaving.store), ports.store)
    op.output("dead_letters", op.merge("rejected", *leaving.dead_letters), ports.dead_letters)


def watch_beside(flow: Dataflow, watched: ObservedStreams, definitions: Definitions, ports: Ports, run: Run) -> None:
    """Connects the quality branch and the archive, which no feature waits for."""
    if run.quality is not None:
        watch_quality(watched, definitions, ports.quality, run.quality)
    if ports.archive is not None:
        op.output("archive", op.input("archive_ticks", flow, ports.archive.ticks), ports.archive.archiver)


def topic_step(topic: str, topics: Iterable[str]) -> str:
    """Names the step of a topic: by its last segment, or by its full name if another topic ends alike.

    >>> topic_step("persistent://a/b/user.v2", ["persistent://a/b/user.v2"])
    'user,v2'
    >>> topic_step("persistent://a/b/user", ["persistent://a/b/user", "persistent://a/c/user"])
    'a/b/user'
    """
    last = topic.rsplit("/", 1)[-1]
    alike = sum(other.endswith(f"/{last}") for other in topics)
    return (last if alike == 1 else topic.removeprefix("persistent://")).replace(".", ",")


def used_sources(definitions: Definitions) -> list[Source]:
    """Returns the sources that some feature reads, ordered by name."""
    used = {feature.source for feature in definitions.features}
    return [source for name, source in sorted(definitions.sources.items()) if name in used]


def hash_encoder(entity_id: str, definitions: Definitions, run: Run) -> HashEncoder:
    """Creates the encoder that turns rows of an entity type into hashes."""
    features = definitions.of_entity(entity_id)
    return HashEncoder(run.prefix, features, definitions.fingerprint)
