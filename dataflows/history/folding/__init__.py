"""Folds shards of history: rows of a period, or answers to questions."""

from dataflows.history.folding.shard_answers import Answers, Questions, answers_of, read_questions
from dataflows.history.folding.shard_rows import Period, rows_of
from dataflows.history.folding.source import Fold, HistoryShards, each_alone

__all__ = [
    "Answers",
    "Fold",
    "HistoryShards",
    "Period",
    "Questions",
    "answers_of",
    "each_alone",
    "read_questions",
    "rows_of",
]
