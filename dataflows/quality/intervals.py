"""Quality intervals, and the keys that distinguish sources from features."""

from dataclasses import dataclass

from dataflows.windows import Now
from reports.alerting import Start


@dataclass(frozen=True, slots=True)
class Intervals:
    """Assigns times to quality intervals: by `_as_of`, or with `processing` by the clock `now`."""

    length_ms: int
    processing: bool
    now: Now

    def start(self, time_ms: int) -> Start:
        """Returns the start of the interval of a time (ms)."""
        return time_ms // self.length_ms * self.length_ms
