"""Parts of the stream of a fold: the pieces of one entity type, the shards that are done with."""

from collections.abc import Callable

import bytewax.operators as op
from bytewax.dataflow import Stream
from bytewax.operators import KeyedStream

from dataflows.history.shards.shard_pieces import ALL_ENTITIES, ShardPiece


def is_of(entity_id: str) -> Callable[[ShardPiece], bool]:
    """Chooses the pieces of an entity type."""
    return lambda piece: piece.entity_id == entity_id


def finished_pieces(pieces: Stream[ShardPiece], process: int) -> KeyedStream[str]:
    """The shards of which everything was emitted, under the key of the process that emitted it."""
    key = str(process)
    return op.filter_map(
        "last_pieces", pieces, lambda piece: (key, piece.shard) if piece.entity_id == ALL_ENTITIES else None
    )
