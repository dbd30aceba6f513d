"""Monitor: what any subject is watched by, a feature or a source."""

from collections.abc import Iterable
from typing import Protocol

from reports.alerting.observations import Observation, Start
from reports.records import Alert, FeatureReport, SourceReport

Report = FeatureReport | SourceReport


class Monitor(Protocol):
    """One subject from interval to interval: observations in, reports and alerts out.

    It keeps what was observed in the open intervals and what it needs of the closed ones, all of it as bytes if asked.
    Intervals close in the order of time, those without anything too. Times are ms of the clock that intervals are cut
    by; a monitor reads none.
    """

    def take(self, observation: Observation, earliest: Start) -> None:
        """Adds to the intervals; what falls before `earliest`, the first that is not closed, counts into it."""

    def starts(self) -> Iterable[Start]:
        """The intervals in which something was observed and that are not closed."""

    def open(self, start_ms: Start, now_ms: int) -> Report:
        """Reports on the open interval, without changing alerts or memory."""

    def close(self, start_ms: Start, end_ms: int) -> tuple[Report, tuple[Alert, ...]]:
        """The interval's report, and the alerts that are new or over."""

    def failed(self, start_ms: Start, end_ms: int, why: str) -> Iterable[Report]:
        """Reports an interval whose evaluation failed, and discards it."""

    def dump(self) -> bytes:
        """As bytes."""

    def load(self, data: bytes) -> None:
        """Goes on from what was dumped."""
