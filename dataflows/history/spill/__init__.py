"""Events of history, cut by shard and spilled to files."""

from dataflows.history.spill.sharding import shards_of

__all__ = ["shards_of"]
