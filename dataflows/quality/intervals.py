"""How time is cut, and how a source is told from features."""

from dataclasses import dataclass

from dataflows.windows import Now
from reports.alerting import Start


@dataclass(frozen=True, slots=True)
class Intervals:
    """How time is cut: by `_as_of`, or with `processing` by the clock `now`."""

    length_ms: int
    processing: bool
    now: Now

    def start(self, time_ms: int) -> Start:
        """The interval of a time."""
        return time_ms // self.length_ms * self.length_ms
