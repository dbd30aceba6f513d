"""Thresholds above which an alert is raised."""

from dataclasses import dataclass, field
from typing import Literal

from reports.alerting.alert_state import Policy


@dataclass(frozen=True, slots=True)
class Limits:
    """The thresholds and periods of a monitor.

    During a drift the reference stays frozen for at most `freeze` closed intervals; then the new level becomes the
    reference, so that a lasting change (a price, the hour of the day) does not fire forever.
    """

    min_rows: int = 200
    violation_rate: float = 0.01
    freshness_s: float = 10.0
    silence_ms: int = 900_000
    silence_stated: bool = False  # stated by the definition of the source
    standstill_ms: int = 30_000
    skew_ms: int = 20_000  # tolerated offset of event times from the usual
    reference_intervals: int = 12
    freeze: int = 48
    lifetime_ms: int = 3_600_000  # age from which values of window `lifetime` are compared
    trail: int = 48
    policy: Policy = field(default_factory=Policy)


@dataclass(frozen=True, slots=True)
class JudgedRule:
    """A validation rule as reports name it; `least_unique` is the ratio of a unique_ratio rule, checked at close.

    `identity` is its name in keys and snapshots, independent of the words in reports; defaults to the name.
    """

    name: str
    on_violation: Literal["flag", "quarantine"] = "flag"
    least_unique: float | None = None
    identity: str = ""

    @property
    def known_as(self) -> str:
        """Returns its name in alerts and snapshots."""
        return self.identity or self.name
