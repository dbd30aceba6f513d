"""Describes a run: the ports that a graph is built with, and how the run goes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bytewax.inputs import FixedPartitionedSource
from bytewax.inputs import Source as Input
from bytewax.outputs import Sink

from connectors.messages import Outgoing, RawBatch
from dataflows.definitions import Feature, Source
from dataflows.ingest import MOST_TOGETHER, EventLimits
from dataflows.quality import Quality, QualityPorts
from dataflows.windows import Clock, Now

InputOf = Callable[[Source], FixedPartitionedSource[RawBatch, Any]]


@dataclass(frozen=True, slots=True)
class ArchivePorts:
    """The archive's ports: ticks that start a look for new events, and the sink that then reads them from their
    topics."""

    ticks: Input[tuple[str, int]]
    archiver: Sink[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Ports:
    """The graph's inputs and outputs: Pulsar and Redis in production, embedded topics without settings, lists in
    tests."""

    source: InputOf
    watch: Input[Any]
    store: Sink[Any]
    topic: Callable[[str, Sequence[Feature]], Sink[tuple[str, Outgoing]]]
    dead_letters: Sink[tuple[str, Outgoing]]
    quality: QualityPorts
    archive: ArchivePorts | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """How a run goes: `clock_of` creates a shard's clock; see WindowOperator for `begun`.

    `since` maps entity types whose topics are not read from their start to the time (ms) at which reading starts;
    `missed` names the steps whose snapshots lack a run.

    In a replay `everywhere` is true: its clock is the event time that all partitions have reached, so every shard
    receives every batch. Without `quality` values are not profiled; with `heartbeat` beats flow from the watch to the
    store. `limits` bound the size of an event. Batches are decoded together up to `most_together` payloads.
    """

    clock_of: Callable[[Mapping[str, int]], Clock]
    now: Now
    begun: int
    everywhere: bool
    shards: int
    sink_partitions: int
    prefix: str
    quality: Quality | None = None
    limits: EventLimits = field(default_factory=EventLimits)
    max_row_bytes: int = 1_048_576
    since: Mapping[str, int] = field(default_factory=dict)
    missed: frozenset[str] = frozenset()
    heartbeat: bool = False
    most_together: int = MOST_TOGETHER
