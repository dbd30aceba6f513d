"""Profiles as snapshots hold them."""

import msgspec

from reports.profiling.counts import Counts
from reports.profiling.moments import Moments
from reports.profiling.value_kinds import ProfileKind
from reports.records import Sample

VERSION = 1


class StoredProfile(msgspec.Struct, frozen=True, array_like=True):
    """The fields of a profile, in their order; another layout gets another VERSION."""

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
    nulled: dict[str, int] = {}  # additions: profiles without them are read as well
    since_ms: int | None = None
    oldest_ms: int | None = None
