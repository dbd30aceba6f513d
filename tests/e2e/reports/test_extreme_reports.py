"""Tests that an interval is judged, drawn and reported for any values: profile, verdict, chart, page, JSON."""

import json
import math
from collections.abc import Iterator

import numpy as np
import pytest

from reports.alerting.features.feature_monitor import FeatureMonitor, Limits
from reports.alerting.observations import RowProfiles
from reports.profiling.profile import Profile, kind_of
from reports.records import FeatureReport, Subject
from reports.rendering.charts.figure import image
from reports.rendering.interval_page import page
from reports.verdict import interval_of
from tests.support.generators.extreme_values import OF, extreme
from tests.support.generators.seeds import rng_of

HOUR_MS = 3_600_000
INTERVALS = 6
BASELINES: tuple[dict[str, float], ...] = (
    {},
    {"mean": 0.0, "std_dev": 5e-324, "p95": 1.7e308},
    {"mean": -1.7e308, "std_dev": 1.7e308, "min": -1.7e308, "max": 1.7e308, "p1": -1e300},
    {"mean": 1.0, "std_dev": 1.0, "null_ratio": 0.0, "unique_ratio": 1.0},
)
Numbers = Iterator[float]


@pytest.mark.parametrize("value_type", OF)
@pytest.mark.parametrize("turn", range(3))
def test_extreme_values_are_judged_drawn_and_told(value_type: str, turn: int) -> None:
    rng = rng_of(turn * 1_000 + sum(value_type.encode()))
    for report in _judged(rng, value_type):
        assert report.status != "failed"
        assert FeatureReport.decode(report.encode()) == report
        assert not any(map(_odd, _numbers(json.loads(report.encode()))))
        assert image(report).startswith(b"\x89PNG")
        html = page(interval_of(report.start_ms, report.end_ms, [report], []))
        assert "could not be" not in html and 'd="Mnan' not in html and "nan " not in html


def _judged(rng: np.random.Generator, value_type: str) -> Iterator[FeatureReport]:
    baseline = BASELINES[int(rng.integers(len(BASELINES)))] if value_type in ("INT64", "FLOAT", "DOUBLE") else {}
    subject = Subject(
        feature="f", version=1, fingerprint="a", entity_type="user", value_type=value_type, owner="o", baseline=baseline
    )
    judge, kind = FeatureMonitor(subject, (), Limits()), kind_of(value_type)
    for interval in range(INTERVALS):
        profile = Profile(kind, rules=0)
        for _ in range(int(rng.integers(4))):
            part = Profile(kind, rules=0)
            part.add(extreme(rng, value_type), ())
            profile.merge(part)
        observed = RowProfiles("f", {interval * HOUR_MS: profile})
        judge.take(observed, interval * HOUR_MS)
        report, _ = judge.close(interval * HOUR_MS, (interval + 1) * HOUR_MS)
        yield report
        judge.take(observed, interval * HOUR_MS)
        yield judge.open(interval * HOUR_MS, (interval + 1) * HOUR_MS)
        snapshot = judge.dump()
        judge = FeatureMonitor(subject, (), Limits())
        judge.load(snapshot)


def _numbers(value: object) -> Numbers:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _numbers(item)
    elif isinstance(value, float):
        yield value


def _odd(number: float) -> bool:
    return not math.isfinite(number)
