"""Builds the live graph over bounded sources, by the event-time watermark, so that brute force can work out its
output."""

from collections.abc import Mapping
from dataclasses import replace

from bytewax.dataflow import Dataflow

from dataflows.definitions import Definitions
from dataflows.graph import build, used_sources
from dataflows.run import Ports, Run
from dataflows.runtime.options import event_limits, quality_of
from dataflows.runtime.settings import Settings
from dataflows.windows import Now, Watermark, mark_of


def bounded_flow(
    definitions: Definitions,
    ports: Ports,
    settings: Settings,
    now: Now,
    judged: bool = False,
    since: Mapping[str, int] | None = None,
) -> Dataflow:
    """Builds the graph over bounded sources: every shard's clock is the event time all partitions have reached.

    `since` maps entity types whose topics have lost their first messages to the time since when they are complete (ms).
    """
    sources = {source.name: ports.source(source) for source in used_sources(definitions)}
    partitions = [mark_of(name, part) for name, source in sources.items() for part in source.list_parts()]
    run = Run(
        clock_of=lambda marks: Watermark(partitions, marks),
        now=now,
        begun=now(),
        everywhere=True,
        shards=settings.shards,
        sink_partitions=settings.sink_partitions,
        prefix=settings.redis_prefix,
        limits=event_limits(settings),
        quality=quality_of(settings, now, bounded=True) if judged else None,
        max_row_bytes=settings.max_row_bytes,
        since=since or {},
    )
    return build(definitions, replace(ports, source=lambda source: sources[source.name]), run)
