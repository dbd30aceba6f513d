"""Profiles entities by the last row of each in an interval."""

from dataflows.quality.profiling.entity_rows import marked_together, together
from dataflows.quality.profiling.exact_counts import ExactCounts
from dataflows.quality.profiling.held_rows import HeldRows, hashes_of
from dataflows.quality.profiling.row_profiler import SEND_MS, HomeRows, RowProfiler, RowProfilers
from dataflows.quality.profiling.worker_home import WorkerHome

__all__ = [
    "SEND_MS",
    "ExactCounts",
    "HeldRows",
    "HomeRows",
    "RowProfiler",
    "RowProfilers",
    "WorkerHome",
    "hashes_of",
    "marked_together",
    "together",
]
