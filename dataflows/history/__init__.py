"""Computes features over the past: replays, and the values of entities at given times."""

from dataflows.history.active_rows import ActiveRowSelector, fold_active, observe, sampled_shards
from dataflows.history.answers import answer
from dataflows.history.bounds import HistoryBound, InvalidBound, bound_of, narrowed
from dataflows.history.execution import Execution, execution_of
from dataflows.history.job import Job
from dataflows.history.jobs import Extents, OpenedJob, discard, folder_of, forget, open_job, other_version
from dataflows.history.replay import RowRequest, replay
from dataflows.history.selection import UndefinedFeature, names_in, part_of
from dataflows.history.shards.row_files import gather_days, other_days
from dataflows.history.spill import shards_of

__all__ = [
    "ActiveRowSelector",
    "Execution",
    "Extents",
    "HistoryBound",
    "InvalidBound",
    "Job",
    "OpenedJob",
    "RowRequest",
    "UndefinedFeature",
    "answer",
    "bound_of",
    "discard",
    "execution_of",
    "fold_active",
    "folder_of",
    "forget",
    "gather_days",
    "names_in",
    "narrowed",
    "observe",
    "open_job",
    "other_days",
    "other_version",
    "part_of",
    "replay",
    "sampled_shards",
    "shards_of",
]
