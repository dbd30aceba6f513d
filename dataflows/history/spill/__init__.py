"""Events of history, cut by shard and spilled to files."""

from dataflows.history.spill.lateness import Lateness
from dataflows.history.spill.shard_events import ShardEvents, newest_event, part_of_shard, read_shard
from dataflows.history.spill.sharding import shards_of
from dataflows.history.spill.sink import SpillSink
from dataflows.history.spill.spilled_batch import SpilledBatch, SpillPartitioner, arrow_of

__all__ = [
    "Lateness",
    "ShardEvents",
    "SpillPartitioner",
    "SpillSink",
    "SpilledBatch",
    "arrow_of",
    "newest_event",
    "part_of_shard",
    "read_shard",
    "shards_of",
]
