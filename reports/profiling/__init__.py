"""Profiles values: exact counts, a log histogram, distinct counts, frequent items."""

from reports.profiling.bars import histogram_of
from reports.profiling.histogram import LogHistogram
from reports.profiling.kernels import Ints, Reals
from reports.profiling.profile import Profile, ProfileKind, kind_of
from reports.profiling.sample_layers import MOST as MOST_LAYERS
from reports.profiling.sample_layers import SampleLayers
from reports.profiling.samples import newest
from reports.profiling.summary import summary_of, truths_of
from reports.profiling.warmup import compile_loops

__all__ = [
    "MOST_LAYERS",
    "Ints",
    "LogHistogram",
    "Profile",
    "ProfileKind",
    "Reals",
    "SampleLayers",
    "compile_loops",
    "histogram_of",
    "kind_of",
    "newest",
    "summary_of",
    "truths_of",
]
