"""What a graph is built with: its ends, and how a run goes."""

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
    """The archive's ends: when it looks for events, and who then reads them from their topics."""

    ticks: Input[tuple[str, int]]
    archiver: Sink[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Ports:
    """The graph's ends: in production Pulsar and Redis, without settings the embedded ones, in tests lists."""

    source: InputOf
    watch: Input[Any]
    store: Sink[Any]
    topic: Callable[[str, Sequence[Feature]], Sink[tuple[str, Outgoing]]]
    dead_letters: Sink[tuple[str, Outgoing]]
    quality: QualityPorts
    archive: ArchivePorts | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """How this run goes: `clock_of` makes a shard's clock; see WindowOperator for `begun`.

    `since` tells of the entity types whose topics are not read from their start since when they are (ms), `missed`
    names the steps whose snapshots lack a run.

    A replay is `everywhere`: its clock is what all partitions have reached, so every shard hears every batch.
    Without `quality` values are not profiled, with `heartbeat` beats go from the watch to the store. `limits` say
    which events are too large. Batches of up to `most_together` payloads are decoded as one.
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
