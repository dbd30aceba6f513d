"""Observations of one feature or source, by quality interval, on their way to the evaluator."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from dataflows.quality.freshness import Waits
from dataflows.windows import Now
from reports.alerting import Intake
from reports.profiling import Profile

Start = int
"""When an interval begins (ms)."""


@dataclass(frozen=True, slots=True)
class Intervals:
    """How time is cut: by `_as_of`, or with `processing` by the clock `now`."""

    length_ms: int
    processing: bool
    now: Now

    def start(self, time_ms: int) -> Start:
        """The interval of a time."""
        return time_ms // self.length_ms * self.length_ms


@dataclass(frozen=True, slots=True)
class Part:
    """What was seen of one subject (`key`), by the interval it falls into; without anything it only wakes it up."""

    key: str
    profiles: Mapping[Start, Profile] = field(default_factory=dict)
    intakes: Mapping[Start, Intake] = field(default_factory=dict)
    waits: Waits | None = None


def source_key(source: str) -> str:
    """The key of a source among those of features; no feature can be called so."""
    return f"source:{source}"
