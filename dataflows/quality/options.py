"""Holds the options of judging values, in one place for all steps of the branch."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dataflows.kernels.arrays import Ints
from dataflows.quality.intervals import Intervals
from dataflows.quality.sources.source_counter import ArrivedAt, newest_publish
from reports.alerting import Limits, Start


@dataclass(frozen=True, slots=True)
class Quality:
    """Options of judging values. In a `bounded` run time is that of the rows, for sources that of publishing."""

    intervals: Intervals
    limits: Limits
    bounded: bool
    prefix: str
    specs: Path = Path()
    pages_url: str = ""
    entities: int = 10_000  # per type, interval and worker; of more entities a sample is profiled
    told_ms: int = 0  # reports up to this time (ms) were sent by an earlier run over the same history

    @property
    def arrived_at(self) -> ArrivedAt:
        """Returns the arrival time of events: now, or in a bounded run the time of publishing."""
        return newest_publish if self.bounded else lambda _: self.intervals.now()

    def starts_of(self, times: Ints) -> Iterable[tuple[Start, int]]:
        """Returns the intervals of events with the number of events in each."""
        starts, values = np.unique(self.intervals.starts(times + 1), return_counts=True)
        return zip(starts.tolist(), values.tolist(), strict=True)
