"""Judges one feature from interval to interval."""

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from reports.alerting.features.feature_monitor import FeatureMonitor, JudgedRule, Limits
from reports.alerting.observations import RowProfiles
from reports.drift import TrainingReference
from reports.profiling.profile import Profile, kind_of
from reports.records import Alert, FeatureReport, Status, Subject

Values = pl.Series | npt.NDArray[Any] | Sequence[object]
STEP = 300_000
START = 1_767_276_300_000  # 2026-01-01T14:05:00Z
LIMITS = Limits()


def subject_of(value_type: str = "DOUBLE", **more: Any) -> Subject:
    known: dict[str, Any] = {
        "feature": "spend", "version": 1, "fingerprint": "a", "entity_type": "user", "owner": "risk@example.com",
        "source": "orders", "window_ms": STEP, "value_type": value_type,
    }  # fmt: skip
    return Subject(**(known | more))


class Course:
    """One feature from interval to interval."""

    def __init__(
        self,
        subject: Subject,
        rules: Sequence[JudgedRule] = (),
        limits: Limits = LIMITS,
        trained: Sequence[TrainingReference] = (),
    ) -> None:
        self.subject, self.rules, self.limits = subject, rules, limits
        self.judge = FeatureMonitor(subject, rules, limits, trained=trained)
        self.start = START
        self.told: list[Alert] = []
        self.reports: list[FeatureReport] = []

    def profile(self, values: Values = (), broken: Sequence[int] = (), warming: int = 0) -> Profile:
        made = Profile(kind_of(self.subject.value_type), len(self.rules))
        series = values if isinstance(values, pl.Series) else pl.Series(values)
        if len(series):
            made.add(series, broken or [0] * len(self.rules), warming)
        return made

    def close(self, values: Values = (), broken: Sequence[int] = (), warming: int = 0) -> FeatureReport:
        return self.close_with(self.profile(values, broken, warming))

    def close_with(self, profile: Profile) -> FeatureReport:
        self.take(profile)
        report, alerts = self.judge.close(self.start, self.start + STEP)
        self.start += STEP
        self.told += alerts
        self.reports.append(report)
        return report

    def take(self, profile: Profile) -> None:
        self.judge.take(RowProfiles(self.subject.feature, {self.start: profile}), self.start)

    def open(self, values: Values, end_ms: int) -> FeatureReport:
        self.take(self.profile(values))
        return self.judge.open(self.start, end_ms)

    def many(self, draw: Callable[[], Values], intervals: int) -> FeatureReport:
        for _ in range(intervals):
            self.close(draw())
        return self.reports[-1]

    @property
    def states(self) -> list[tuple[str, str, str]]:
        return [(alert.rule, alert.detail, alert.state) for alert in self.told]

    def statuses(self) -> list[Status]:
        return [status for status, _ in itertools.groupby(report.status for report in self.reports)]


def normals(rng: np.random.Generator, mean: float = 100.0, n: int = 1_000) -> Callable[[], Values]:
    return lambda: rng.normal(mean, 15, n)
