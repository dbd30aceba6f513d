"""Measures the cost of a plan, and how long a replay of the topics takes."""

from collections.abc import Iterator

import redis
from rich.progress import track

from cli.dashboard import LOADING, waiting
from cli.redis_client import open_redis, runs_redis
from cli.terminal import err, now_ms
from cli.topics import Unreachable, expect_broker
from connectors.pulsar import AccessDenied, AdminError, BrokerAway, MissingTopic
from connectors.redis import EmbeddedRedisError
from dataflows.definitions import Definitions
from dataflows.runtime.process.start_duration import last_start
from dataflows.runtime.process.warmup import compile_kernels
from dataflows.runtime.settings import Settings
from dataflows.runtime.topics import RunMode, topics_of
from governance.changes.costs import CostMeasurement
from governance.changes.planning import CostChange


def cost_of(settings: Settings, before: Definitions, after: Definitions, sources: set[str]) -> CostChange:
    """Measures both sides; `sources` are those that a replay of the changes reads."""
    with waiting(LOADING):
        compile_kernels()
    measurement = CostMeasurement(before, after, settings.shards, now_ms())
    for feed in track(measurement.batches(), "measuring", console=err, transient=True, disable=not err.is_terminal):
        feed()
    return measurement.result(_retained(settings, after, sources), _restart_s(settings))


def _restart_s(settings: Settings) -> float | None:
    """Returns the last run's start time (s), if recorded."""
    if not runs_redis(settings):
        return None
    try:
        with open_redis(settings) as client:
            return last_start(client, settings.redis_prefix)
    except (redis.RedisError, EmbeddedRedisError) as error:
        err.print(f"the duration of a restart is unknown: {error}", style="yellow", soft_wrap=True)
        return None


def _retained(settings: Settings, definitions: Definitions, sources: set[str]) -> int | None:
    """Returns the number of events in the topics; None if unknown."""
    if settings.pulsar_url is None and not settings.var.is_dir():
        return 0
    try:
        expect_broker(settings)
        counts = list(_counts(settings, [definitions.sources[name].topic for name in sorted(sources)]))
    except (AccessDenied, AdminError, BrokerAway, MissingTopic, Unreachable) as error:
        err.print(f"the number of events that a replay reads is unknown: {error}", style="yellow", soft_wrap=True)
        return None
    return None if None in counts else sum(count for count in counts if count is not None)


def _counts(settings: Settings, topics: list[str]) -> Iterator[int | None]:
    known = topics_of(settings, RunMode(bounded=True, checkpointed=False, stopping=lambda: False, now=now_ms))
    for topic in topics:
        count = known.count(topic, known.extent(topic))
        yield None if count is None else count.messages
