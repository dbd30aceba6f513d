"""Profiles entities by the last row of each in an interval."""

from dataflows.quality.profiling.entity_rows import marked_together, together
from dataflows.quality.profiling.entity_sample import EntitySample, hashes_of
from dataflows.quality.profiling.exact_counts import ExactCounts
from dataflows.quality.profiling.row_profiler import SEND_MS, RowProfiler, RowProfilers, WorkerRows
from dataflows.quality.profiling.worker_affinity import WorkerAffinity

__all__ = [
    "SEND_MS",
    "EntitySample",
    "ExactCounts",
    "RowProfiler",
    "RowProfilers",
    "WorkerAffinity",
    "WorkerRows",
    "hashes_of",
    "marked_together",
    "together",
]
