"""Profiles of values: exact counts, a log histogram, distinct counts, frequent items."""

from reports.profiling.bars import histogram_of
from reports.profiling.histogram import LogHistogram
from reports.profiling.kernels import Ints, Reals
from reports.profiling.profile import Profile, ProfileKind, kind_of
from reports.profiling.samples import newest
from reports.profiling.summary import summary_of, truths_of
from reports.profiling.warmup import compile_loops

__all__ = [
    "Ints",
    "LogHistogram",
    "Profile",
    "ProfileKind",
    "Reals",
    "compile_loops",
    "histogram_of",
    "kind_of",
    "newest",
    "summary_of",
    "truths_of",
]
