"""Writes the results of a folded shard: files of rows and of answers."""

from dataflows.history.shards.answer_files import AnswerFiles, write_answers
from dataflows.history.shards.finished_shards import FinishedShards, finished
from dataflows.history.shards.piece_streams import finished_pieces, is_of
from dataflows.history.shards.row_files import RowFiles, gather_days
from dataflows.history.shards.shard_groups import EVENTS_TOGETHER, groups_of
from dataflows.history.shards.shard_pieces import ALL_ENTITIES, ShardPiece, answer_pieces, layout_of, row_pieces

__all__ = [
    "ALL_ENTITIES",
    "EVENTS_TOGETHER",
    "AnswerFiles",
    "FinishedShards",
    "RowFiles",
    "ShardPiece",
    "answer_pieces",
    "finished",
    "finished_pieces",
    "gather_days",
    "groups_of",
    "is_of",
    "layout_of",
    "row_pieces",
    "write_answers",
]
