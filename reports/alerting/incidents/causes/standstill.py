"""Detects a standstill of the pipeline itself: it was not running, or it reads events long after their publishing."""

from collections.abc import Collection, Iterable

import msgspec

from reports.records import Alert, SourceReport
from reports.standstill_alert import LATE, STANDS, standstill_alert

COUNTED_MS = 5_000
"""Time (ms) within which an event that has arrived is in a report of its source."""
PATIENCE = 20
"""Multiple of the limit after which a resumed pipeline no longer counts as standing still."""


class SourceStanding(msgspec.Struct, frozen=True, array_like=True):
    """The arrival of a source's events, by its newest report."""

    at_ms: int
    behind_ms: int
    arrived_ms: int | None
    usual_gap_ms: int | None

    @classmethod
    def of(cls, report: SourceReport) -> "SourceStanding":
        """Creates the state from a report."""
        return cls(report.end_ms, report.behind_ms, report.arrived_ms, report.usual_gap_ms)

    def quiet_ms(self, at_ms: int, length_ms: int) -> int:
        """Returns how long (ms) no event has arrived, if longer than usual though not yet a silence; else 0.

        Nothing is known of the time since the newest report of the source.
        """
        quiet_ms = 0 if self.arrived_ms is None else min(at_ms, self.at_ms) - self.arrived_ms
        usual_ms = length_ms // 2 if self.usual_gap_ms is None else self.usual_gap_ms
        return quiet_ms if quiet_ms > max(usual_ms, COUNTED_MS) else 0


class Standstill(msgspec.Struct, array_like=True):
    """The state of the pipeline, running or stopped, by its own clock (ms)."""

    seen_ms: int = 0  # when it was last seen running
    onset_ms: int | None = None  # set while it stands still, or catches up
    resumed_ms: int = 0

    def tick(self, now_ms: int, limit_ms: int) -> bool:
        """Records that it runs; returns whether it paused for longer than the limit. A clock set back is not a
        pause."""
        paused = bool(self.seen_ms) and now_ms - self.seen_ms > limit_ms
        if paused and self.onset_ms is None:
            self.onset_ms = self.seen_ms
        if paused:
            self.resumed_ms = now_ms
        self.seen_ms = now_ms
        return paused

    def made_up(self, standings: Collection[SourceStanding | None], limit_ms: int) -> bool:
        """Returns whether all sources have read the events missed during the standstill."""
        if self.onset_ms is None:
            return False
        patient = self.seen_ms - self.resumed_ms < PATIENCE * limit_ms
        reached = all(
            source is not None and source.at_ms > self.resumed_ms and source.behind_ms <= limit_ms // 2
            for source in standings
        )
        return reached or not patient

    def alert(self, at_ms: int, limit_ms: int) -> Alert:
        """Creates the alert of the standstill. Call it only between onset and end."""
        onset_ms = self.onset_ms or 0
        lasted_ms = max(self.resumed_ms - onset_ms, 1)
        return standstill_alert("", onset_ms, onset_ms, at_ms, lasted_ms, limit_ms, STANDS)


def with_lag(report: SourceReport, firing: Iterable[Alert], limit_ms: int) -> tuple[Alert, ...]:
    """Returns the alerts of a report about its source, including that it is read long after its events were published.

    `firing` are its alerts so far; a delay ends below half the limit.
    """
    known = [alert for alert in firing if alert.rule == "standstill"]
    if report.behind_ms <= (limit_ms // 2 if known else limit_ms):
        return report.alerts
    onset_ms = known[0].onset_ms if known else (report.arrived_ms or report.end_ms) - report.behind_ms
    return (_lag(report, onset_ms, limit_ms), *report.alerts)


def _lag(report: SourceReport, onset_ms: int, limit_ms: int) -> Alert:
    identity = onset_ms // 60_000
    return standstill_alert(report.source, identity, onset_ms, report.end_ms, report.behind_ms, limit_ms, LATE)
