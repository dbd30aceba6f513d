"""Events of history, cut by shard and spilled to files."""

from dataflows.history.spill.lateness import Lateness
from dataflows.history.spill.noted_source import NotedSource
from dataflows.history.spill.readings import Reading, place_of, readings_of
from dataflows.history.spill.shard_events import ShardEvents, newest_event, read_shard
from dataflows.history.spill.sharding import shards_of
from dataflows.history.spill.sink import SpillFolder, SpillSink
from dataflows.history.spill.spilled_batch import SpilledBatch, SpillPartitioner
from dataflows.history.spill.spilled_read import SpillCutter, SpilledRead

__all__ = [
    "Lateness",
    "NotedSource",
    "Reading",
    "ShardEvents",
    "SpillCutter",
    "SpillFolder",
    "SpillPartitioner",
    "SpillSink",
    "SpilledBatch",
    "SpilledRead",
    "newest_event",
    "place_of",
    "read_shard",
    "readings_of",
    "shards_of",
]
