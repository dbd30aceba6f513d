"""Defines the monitor of a subject, a feature or a source."""

from collections.abc import Iterable
from typing import Protocol

from reports.alerting.observations import Observation, Start
from reports.records import Alert, FeatureReport, SourceReport

Report = FeatureReport | SourceReport


class Monitor(Protocol):
    """Monitors one subject from interval to interval: observations in, reports and alerts out.

    It keeps the observations of open intervals and the necessary state of closed ones, and encodes both as bytes.
    Intervals close in order of time, including empty ones. Times are ms of the clock that cuts intervals; a monitor
    reads no clock.
    """

    @property
    def began(self) -> bool:
        """Returns whether an interval was closed."""

    def take(self, observation: Observation, earliest: Start) -> None:
        """Adds to the intervals. Of an observation before `earliest`, the first open interval, counts are added to that
        one, and profiles are dropped."""

    def starts(self) -> Iterable[Start]:
        """Returns the open intervals with observations."""

    def open(self, start_ms: Start, now_ms: int) -> Report:
        """Reports on the open interval, without changing alerts or memory."""

    def close(self, start_ms: Start, end_ms: int) -> tuple[Report, tuple[Alert, ...]]:
        """Returns the interval's report, and the alerts that fired or resolved."""

    def failed(self, start_ms: Start, end_ms: int, why: str) -> Iterable[Report]:
        """Reports an interval whose evaluation failed, and discards it."""

    def dump(self) -> bytes:
        """Encodes the state as bytes."""

    def load(self, data: bytes) -> None:
        """Restores a dumped state."""
