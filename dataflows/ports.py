"""Settings -> the ends of the graph."""

from collections.abc import Callable, Sequence

from connectors.epochs import Epochs, Paced
from connectors.pulsar import TopicSchema
from connectors.redis_sink import RedisSink
from connectors.redis_watch import RedisWatch
from connectors.redis_writes import HashWrites
from dataflows.clocks import Now
from dataflows.encodings import avro_record
from dataflows.freshness import Noted
from dataflows.graph import Ports
from dataflows.metrics import FRESHNESS, WRITTEN
from dataflows.quality import QualityPorts
from dataflows.settings import Settings
from dataflows.spec import Feature
from dataflows.topics import Mode, Sink, Topics, topics_of


def ports_of(settings: Settings, mode: Mode) -> Ports:
    """The ends a run with these settings has."""
    topics, noted, epochs = topics_of(settings, mode), Noted(), Epochs()
    redis = settings.redis_url.get_secret_value() if settings.redis_url else None
    return Ports(
        source=lambda source: Paced(topics.source(source.topic), epochs),
        watch=Paced(_watch(settings, redis, mode), epochs),
        store=RedisSink(redis, settings.var, settings.sink_partitions, _written(mode.now, noted), mode.stopping),
        topic=_feature_topics(topics, settings),
        dead_letters=topics.sink(settings.dead_letter_topic, 1, None),
        quality=QualityPorts(
            waits=list if mode.bounded else noted.taken,
            live=RedisSink(redis, settings.var, 1, lambda _: None, mode.stopping),
            reports=topics.sink(settings.quality_topic, 1, None),
            alerts=topics.sink(settings.alert_topic, 1, None),
        ),
    )


def _watch(settings: Settings, redis: str | None, mode: Mode) -> RedisWatch:
    return RedisWatch(
        redis,
        settings.var,
        settings.redis_prefix,
        checkpointed=mode.checkpointed,
        stopping=mode.stopping,
        clock=mode.now,
        bounded=mode.bounded,
    )


def _feature_topics(topics: Topics, settings: Settings) -> Callable[[str, Sequence[Feature]], Sink]:
    return lambda topic, features: topics.sink(topic, settings.sink_partitions, topic_schema(topic, features))


def topic_schema(topic: str, features: Sequence[Feature]) -> TopicSchema:
    """The schema of a feature topic; its properties say who owns what, in which version."""
    name = "".join(word.capitalize() for word in topic.rsplit("/", 1)[-1].replace("-", "_").split("_"))
    properties = {
        f"{feature.feature_name}.{key}": value
        for feature in features
        for key, value in (
            ("owner", feature.owner),
            ("version", str(feature.version)),
            ("fingerprint", feature.fingerprint),
        )
    }
    return TopicSchema(name, avro_record(name, features[0].entity_id, features), properties)


def _written(now: Now, noted: Noted) -> Callable[[HashWrites], None]:
    def note(writes: HashWrites) -> None:
        seconds = max(0, now() - writes.published_ms) / 1000
        WRITTEN.inc(len(writes.keys))
        FRESHNESS.observe(seconds)
        noted.note(writes.entity_id, seconds, len(writes.keys))

    return note
