"""Remembers a source: arrivals, their gaps, refusals, its usual read delay."""

import msgspec

from reports.alerting.arrival_gaps import ArrivalGaps
from reports.alerting.event_counts import EventCounts, latest
from reports.alerting.sources.event_clock import EventClock
from reports.alerting.sources.refusals import RefusalRate
from reports.alerting.sources.volume_course import VolumeCourse
from reports.records import Alert

VERSION = 2
COMES_MS = 20_000
"""Age of the newest event up to which events count as arriving."""
KEPT_LAGS = 12
"""Closed intervals whose least delay is remembered."""


class SourceMemory(msgspec.Struct, array_like=True):
    """The memory of one source. Times are ms since 1970."""

    began_ms: int | None = None  # start of the first interval
    watched_ms: int = 0  # from when on time without events counts as silence, such as the start of the run
    arrived_ms: int | None = None
    newest_ms: int | None = None
    windows: int = 0  # closed intervals since the last event
    lag_ms: int = 0  # delay of the newest event
    least_lag_ms: int | None = None  # least delay in this interval
    lags_ms: tuple[int, ...] = ()  # the least delay of each earlier interval
    told: tuple[Alert, ...] = ()  # alerts of the interval closed last
    gaps: ArrivalGaps = msgspec.field(default_factory=ArrivalGaps)
    refusals: RefusalRate = msgspec.field(default_factory=RefusalRate)
    lagging: bool = False  # whether it is read late, so that its delay is not usual
    clock: EventClock = msgspec.field(default_factory=EventClock)
    course: VolumeCourse = msgspec.field(default_factory=VolumeCourse)

    def behind_ms(self, at_ms: int) -> int:
        """Returns the delay (ms) of the newest event beyond the usual delay; 0 while no events arrive.

        A producer whose clock is slow is always behind, and a run that reads a backlog for the first time is catching
        up, so the smallest recent delay is the usual one.
        """
        if self.arrived_ms is None or at_ms - self.arrived_ms > COMES_MS:
            return 0
        usual = [lag for lag in (*self.lags_ms, self.least_lag_ms) if lag is not None]
        return max(0, self.lag_ms - min(usual)) if usual else 0

    def paused(self, at_ms: int, paused_ms: int) -> None:
        """Records a time (ms) until `at_ms` in which the run read nothing: it counts as no silence."""
        self.watched_ms = min(at_ms, max(self.watched_ms, self.arrived_ms or 0) + paused_ms)

    def arrived(self, counts: EventCounts, skew_ms: int) -> None:
        """Records arriving events; times that are off by at most `skew_ms` are ignored."""
        self.arrived_ms = latest(self.arrived_ms, counts.arrived_ms)
        self.newest_ms = latest(self.newest_ms, counts.newest_ms)
        self.refusals.note(counts)
        self.clock.note(counts, skew_ms)
        if counts.behind_ms is not None:
            self.lag_ms = counts.behind_ms
            self.least_lag_ms = min(self.lag_ms, self.lag_ms if self.least_lag_ms is None else self.least_lag_ms)

    def closed(self, counts: EventCounts, start_ms: int, late_ms: int) -> None:
        """Records a closed interval; its delay is not learned if it was read more than `late_ms` later than usual."""
        self.began_ms = start_ms if self.began_ms is None else self.began_ms
        self.windows = 0 if counts.events else self.windows + 1
        self.refusals.learn(counts)
        self.clock.learn(counts.offsets)
        if self.least_lag_ms is not None:
            self._learn_lag(self.least_lag_ms, late_ms)
            self.least_lag_ms = None

    def _learn_lag(self, lag_ms: int, late_ms: int) -> None:
        """Learns a delay unless it is a standstill, which ends at half of the limit."""
        later_ms = lag_ms - min(self.lags_ms, default=lag_ms)
        self.lagging = later_ms > (late_ms // 2 if self.lagging else late_ms)
        if not self.lagging:
            self.lags_ms = (*self.lags_ms, lag_ms)[-KEPT_LAGS:]


class EarlierMemory(msgspec.Struct, array_like=True):
    """The memory of version 1: arrivals continue, the counts of refused events restart."""

    began_ms: int | None = None
    arrived_ms: int | None = None
    newest_ms: int | None = None
    silence: Alert | None = None
    windows: int = 0

    def now(self) -> SourceMemory:
        """Converts it to the current version."""
        return SourceMemory(
            began_ms=self.began_ms, arrived_ms=self.arrived_ms, newest_ms=self.newest_ms, windows=self.windows
        )
