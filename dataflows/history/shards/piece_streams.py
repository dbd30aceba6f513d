"""Selects parts of a fold's stream: the pieces of one entity type, the finished shards."""

from collections.abc import Callable

import bytewax.operators as op
from bytewax.dataflow import Stream
from bytewax.operators import KeyedStream

from dataflows.history.shards.shard_pieces import ALL_ENTITIES, ShardPiece


def is_of(entity_id: str) -> Callable[[ShardPiece], bool]:
    """Returns a filter for the pieces of an entity type."""
    return lambda piece: piece.entity_id == entity_id


def finished_pieces(pieces: Stream[ShardPiece], process: int) -> KeyedStream[str]:
    """Emits the shards that are complete, under the key of their process."""
    key = str(process)
    return op.filter_map(
        "last_pieces", pieces, lambda piece: (key, piece.shard) if piece.entity_id == ALL_ENTITIES else None
    )
