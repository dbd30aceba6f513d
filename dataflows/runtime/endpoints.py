"""Builds the ports of the graph from settings."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import redis
from bytewax.inputs import FixedPartitionedSource

from connectors.pulsar import TopicSchema
from connectors.reading.backlog import Backlog
from connectors.reading.epoch_alignment import AlignedSource, EpochAligner
from connectors.reading.idle_sleep import IdleSleep, SleepingSource
from connectors.reading.stepped_source import SteppedSource
from connectors.redis import Tenancy, connect
from connectors.redis.endpoints import HashWrites, HeartbeatSink, HeartbeatSource, RedisSink, StoreLossDetector
from dataflows.definitions import Definitions, Feature, Source
from dataflows.metrics import FRESHNESS, WRITTEN
from dataflows.quality import LatencyRecorder, QualityPorts, read_earlier
from dataflows.rows import avro_record, record_name
from dataflows.run import Ports
from dataflows.runtime.archiving import archive_ports
from dataflows.runtime.process.start_duration import note_start
from dataflows.runtime.recorded_fingerprints import note_specs
from dataflows.runtime.refused_messages import RefusedMessages
from dataflows.runtime.settings import Settings
from dataflows.runtime.topics import RunMode, Sink, Topics, topics_of
from dataflows.windows import Now

HELD_S = 0.25  # how long a hung Redis may block the worker for a beat
Tenancies = Callable[[redis.Redis], Tenancy]
Input = FixedPartitionedSource[Any, Any]


def ports_of(
    settings: Settings,
    mode: RunMode,
    tenancy: Tenancies | None = None,
    *,
    alone: bool = False,
    archived: Sequence[Source] = (),
) -> Ports:
    """Builds the ports of a run with these settings; with a tenancy it holds its Redis prefix exclusively.

    If an archive is set, it receives the events of the `archived` sources. A process that is `alone`, without a
    cluster, sleeps while all its inputs are quiet.
    """
    refusals = RefusedMessages(settings.var / "refused", settings.refused_mb << 20, mode.now)
    topics, noted = topics_of(settings, replace(mode, refuse=refusals)), LatencyRecorder()
    together, in_step = _kept_together(alone), _in_step(mode)
    url = settings.redis_address
    store = partial(RedisSink, url, settings.var, stopping=mode.stopping, on_foreign=refusals.of_keys)
    return Ports(
        source=lambda source: together(in_step(topics.source(source.topic))),
        watch=together(_watch(settings, url, mode, tenancy)),
        store=store(settings.sink_partitions, _written(mode, noted)),
        topic=_feature_topics(topics, settings),
        dead_letters=topics.sink(settings.dead_letter_topic, 1, None, essential=False),
        quality=QualityPorts(
            latencies=list if mode.bounded else noted.drain,
            live=store(1, lambda _: None),
            reports=topics.sink(settings.quality_topic, 1, None, essential=False),
            alerts=topics.sink(settings.alert_topic, 1, None, essential=False),
        ),
        archive=archive_ports(settings, archived, mode, together) if archived else None,
    )


def _in_step(mode: RunMode) -> Callable[[Input], Input]:
    """Returns a wrapper that makes the topics of this process advance together while a live run reads a backlog."""
    backlog = Backlog(mode.now)
    return lambda source: source if mode.bounded else SteppedSource(source, backlog, mode.stopping, mode.now)


def _kept_together(alone: bool) -> Callable[[Input], Input]:
    """Returns a wrapper that makes the inputs of this process align their epochs and idle times."""
    epochs, rest = EpochAligner(), IdleSleep()
    return lambda source: (
        SleepingSource(AlignedSource(source, epochs), rest) if alone else AlignedSource(source, epochs)
    )


def live_ports(ports: Ports, settings: Settings, definitions: Definitions, now: Now) -> Ports:
    """Adds a heartbeat; before the first beat it writes the definitions and the start time to Redis, and reads the
    incidents of the run before."""
    url, types = settings.redis_address, list(definitions.entity_types)

    def begin(client: redis.Redis) -> Sequence[object]:
        note_specs(client, definitions, settings.redis_prefix)
        note_start(client, settings.redis_prefix)
        return [read_earlier(client, settings.redis_prefix)] if settings.quality else []

    watch: Any = ports.watch
    store: Any = ports.store
    return replace(
        ports,
        watch=HeartbeatSource(watch, lambda: connect(url, settings.var, HELD_S), now, begin),
        store=HeartbeatSink(store, settings.redis_prefix, types),
    )


def _watch(settings: Settings, url: str | None, mode: RunMode, tenancy: Tenancies | None) -> StoreLossDetector:
    return StoreLossDetector(
        url,
        settings.var,
        settings.redis_prefix,
        checkpointed=mode.checkpointed,
        stopping=mode.stopping,
        clock=mode.now,
        bounded=mode.bounded,
        tenancy=tenancy,
    )


def _feature_topics(topics: Topics, settings: Settings) -> Callable[[str, Sequence[Feature]], Sink]:
    return lambda topic, features: topics.sink(topic, settings.sink_partitions, topic_schema(topic, features))


def topic_schema(topic: str, features: Sequence[Feature]) -> TopicSchema:
    """Builds the schema of a feature topic; its properties hold owner, version and fingerprint of each feature."""
    properties = {
        f"{feature.feature_name}.{key}": value
        for feature in features
        for key, value in (
            ("owner", feature.owner),
            ("version", str(feature.version)),
            ("fingerprint", feature.fingerprint),
            ("description", feature.description),
        )
    }
    name = record_name(topic)
    return TopicSchema(name, avro_record(name, features[0].entity_id, features), properties)


def _written(mode: RunMode, noted: LatencyRecorder) -> Callable[[HashWrites], None]:
    def note(writes: HashWrites) -> None:
        seconds = max(0, mode.now() - writes.published_ms) / 1000
        if not writes.entity_id:  # a beat
            return
        WRITTEN.inc(len(writes.keys))
        FRESHNESS.observe(seconds)
        if writes.published_ms >= mode.history_ends:
            noted.note(writes.entity_id, seconds, len(writes.keys))

    return note
