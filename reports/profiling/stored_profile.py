"""Defines profiles as snapshots store them."""

import msgspec

from reports.profiling.counts import Counts
from reports.profiling.moments import Moments
from reports.profiling.value_kinds import ProfileKind
from reports.records import Sample

VERSION = 1


class StoredProfile(msgspec.Struct, frozen=True, array_like=True):
    """The fields of a profile, in order; another layout requires another VERSION."""

    version: int
    kind: ProfileKind
    counts: Counts
    violations: tuple[int, ...]
    moments: Moments
    low: float
    high: float
    cells: bytes
    registers: bytes
    tops: bytes
    latencies: bytes
    samples: tuple[Sample, ...]
    nulled: dict[str, int] = {}  # added later: profiles without them are still read
    since_ms: int | None = None
    oldest_ms: int | None = None
