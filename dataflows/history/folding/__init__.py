"""Folds shards of history: rows of a period, or answers to questions."""

from dataflows.history.folding.joint_program import longest_reach
from dataflows.history.folding.shard_answers import Answers, Questions, answers_of, read_questions
from dataflows.history.folding.shard_rows import PeriodSelector, rows_of
from dataflows.history.folding.source import Fold, HistoryShards, each_alone

__all__ = [
    "Answers",
    "Fold",
    "HistoryShards",
    "PeriodSelector",
    "Questions",
    "answers_of",
    "each_alone",
    "longest_reach",
    "read_questions",
    "rows_of",
]
