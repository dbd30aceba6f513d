"""Believable reports of the shipped features, for tests and for looking at pages: same seed, same reports.

`made_interval()` covers all statuses, all kinds of values, drift over its threshold, alerts, and hostile texts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

import msgspec
import numpy as np
import numpy.typing as npt

from dataflows.definitions.loader import load
from dataflows.quality.subjects import subject_of as as_reported
from reports.records import (
    Alert,
    Bins,
    FeatureReport,
    IntervalReport,
    Latency,
    RuleCount,
    Sample,
    Score,
    SourceReport,
    Status,
    Subject,
    Summary,
)
from tests.support.factories.quality import report_alerts
from tests.support.factories.quality.report_statuses import DRIFTED, JUDGED, NOTES, STATUS_OF
from tests.support.factories.quality.report_values import drawn
from tests.support.paths import ROOT

SPECS = ROOT / "feature_specs"
START_MS = 1_767_276_300_000  # 2026-01-01T14:05:00Z
INTERVAL_MS = 300_000
HOSTILE = (
    "<script>window.hacked=1</script>",
    '"><img src=x onerror=window.hacked=1>',
    "$\\frac{1}{0}$ & {{ 7*7 }} \u202e\x00../../etc/passwd",
)


@dataclass(frozen=True, slots=True)
class _Now:
    """The parts of an interval."""

    start_ms: int
    status: Status
    rows: int
    numbers: np.random.Generator


@cache
def subjects() -> tuple[Subject, ...]:
    """Returns the 42 shipped features, ordered by name."""
    definitions = load(SPECS)
    return tuple(as_reported(feature, definitions) for feature in definitions.features)


def subject_of(feature: str) -> Subject:
    """Returns the subject of a feature."""
    return next(subject for subject in subjects() if subject.feature == feature)


def made_feature(
    feature: str,
    *,
    start_ms: int = START_MS,
    status: Status | None = None,
    rows: int | None = None,
    closed: bool = True,
    seed: int = 1,
) -> FeatureReport:
    """Returns a feature in an interval; its status is by default that of `STATUS_OF`, or ok."""
    return _made(feature, start_ms, status or STATUS_OF.get(feature, "ok"), rows, closed, seed)


@lru_cache(maxsize=2_000)
def _made(feature: str, start_ms: int, status: Status, rows: int | None, closed: bool, seed: int) -> FeatureReport:
    """Returns the same object for the same arguments: a report takes tens of thousands of values and is immutable."""
    subject = subject_of(feature)
    numbers = np.random.default_rng([seed, start_ms // INTERVAL_MS, *feature.encode()])
    many = {"too_few_rows": 37, "stale": 0}.get(status, int(numbers.integers(4_000, 60_000)))
    now = _Now(start_ms, status, many if rows is None else rows, numbers)
    return _feature(subject, now, closed)


def made_source(name: str, *, start_ms: int = START_MS, silent: bool = False, seed: int = 1) -> SourceReport:
    """Returns a source in an interval; a silent one has had no event for twenty minutes, and an alert."""
    end_ms = start_ms + INTERVAL_MS
    since_ms = end_ms - (1_200_000 if silent else 140)
    rejects = {} if silent else {"not_json": 3, "late": 12 + seed, "missing:timestamp": 1}
    return SourceReport(
        source=name,
        topic=f"persistent://public/default/raw-{name.removesuffix('s')}-events",
        start_ms=start_ms,
        end_ms=end_ms,
        closed=True,
        events=0 if silent else 151_200 + seed,
        rejects=rejects,
        samples=_samples(end_ms) if rejects else (),
        newest_ms=since_ms,
        silent_ms=end_ms - since_ms,
        alerts=(report_alerts.silence(name, since_ms, end_ms),) if silent else (),
    )


def made_interval(
    *, start_ms: int = START_MS, statuses: Mapping[str, Status] | None = None, silent: str = "", seed: int = 1
) -> IntervalReport:
    """Returns all 42 features and both sources; `statuses` sets all that are not ok, by default `STATUS_OF`."""
    wanted = STATUS_OF if statuses is None else statuses
    features = tuple(
        made_feature(subject.feature, start_ms=start_ms, status=wanted.get(subject.feature, "ok"), seed=seed)
        for subject in subjects()
    )
    sources = tuple(made_source(name, start_ms=start_ms, silent=name == silent) for name in ("logins", "orders"))
    return IntervalReport(
        start_ms=start_ms,
        end_ms=start_ms + INTERVAL_MS,
        verdict="3 of 42 features drifted",
        features=features,
        sources=sources,
    )


def made_history(feature: str, intervals: int = 24, *, end_ms: int = START_MS + INTERVAL_MS) -> list[FeatureReport]:
    """Returns the feature over the last intervals, newest last; drift began four intervals ago if it fires now."""
    first = end_ms - intervals * INTERVAL_MS
    starts = [first + number * INTERVAL_MS for number in range(intervals)]
    return [made_feature(feature, start_ms=s, status=None if s >= end_ms - 4 * INTERVAL_MS else "ok") for s in starts]


def _feature(subject: Subject, now: _Now, closed: bool) -> FeatureReport:
    referenced, end_ms = now.status in JUDGED, now.start_ms + INTERVAL_MS
    values = drawn(subject, now.rows, now.start_ms, now.numbers, drifted=now.status in DRIFTED)
    before = drawn(subject, 20_000 if referenced else 0, now.start_ms, now.numbers, drifted=False)
    summary, usual = values.summary(), before.summary()
    report = FeatureReport(
        subject=subject,
        start_ms=now.start_ms,
        end_ms=end_ms,
        closed=closed,
        status=now.status,
        note=NOTES[now.status],
        summary=summary,
        histogram=values.histogram(before),
        rules=_rules(subject, now),
        samples=_samples(end_ms) if now.status == "firing" else (),
        freshness=_latency(now),
        trail=_trail(summary, usual, now.numbers),
    )
    return _compared(report, values.bins(before), usual, now) if referenced else report


def _compared(report: FeatureReport, bins: Bins, usual: Summary, now: _Now) -> FeatureReport:
    """Returns the report with the reference of its values."""
    scores = _scores(report.subject, report.summary, usual, now.rows, bins)
    return msgspec.structs.replace(
        report,
        reference=usual,
        reference_intervals=12,
        bins=bins,
        scores=scores,
        alerts=_alerts(report.subject, now, scores),
    )


def _scores(subject: Subject, now: Summary, then: Summary, n: int, bins: Bins) -> tuple[Score, ...]:
    scores = [Score(measure="psi", against="reference", score=sum(bins.psi), threshold=0.1, n=n, over=False)]
    if now.mean is not None and then.mean is not None and then.std:
        shift = abs(now.mean - then.mean) / then.std
        scores.append(Score(measure="w1", against="reference", score=shift, threshold=0.25, n=n, over=False))
        if subject.baseline.get("std_dev"):
            shift = abs(now.mean - subject.baseline["mean"]) / subject.baseline["std_dev"]
            scores.append(Score(measure="mean_shift", against="baseline", score=shift, threshold=0.5, n=n, over=False))
    return tuple(_weighed(score) for score in scores)


def _weighed(score: Score) -> Score:
    return Score(
        **{**{name: getattr(score, name) for name in score.__struct_fields__}, "over": score.score > score.threshold}
    )


def _rules(subject: Subject, now: _Now) -> tuple[RuleCount, ...]:
    broken = now.rows // 40 if now.status == "firing" else 0
    rate = broken / now.rows if now.rows else 0.0
    not_null = RuleCount(rule="not_null", on_violation="flag", violations=0, rate=0.0)
    if subject.value_type == "STRING":
        return not_null, RuleCount(rule="length 1 to 3", on_violation="flag", violations=broken, rate=rate)
    return not_null, RuleCount(rule="range 0 to 50000", on_violation="quarantine", violations=broken, rate=rate)


def _samples(at_ms: int) -> tuple[Sample, ...]:
    reasons = ("range 0 to 50000", "not_json", "late")
    return tuple(
        Sample(entity=f"u{number}{text}", value=text, at_ms=at_ms - 1_000 * number, reason=reasons[number])
        for number, text in enumerate(HOSTILE)
    )


def _latency(now: _Now) -> Latency:
    if not now.rows:
        return Latency()
    p50 = float(now.numbers.uniform(0.01, 0.05))
    return Latency(p50=p50, p99=p50 * float(now.numbers.uniform(2, 6)))


def _trail(values: Summary, before: Summary, numbers: np.random.Generator) -> tuple[float | None, ...]:
    """Returns thirty slices; the last six are like the interval itself."""
    if not values.rows:
        return ()
    levels = [_level(before) if before.rows else _level(values)] * 24 + [_level(values)] * 6
    noise: npt.NDArray[np.float64] = 1 + 0.04 * numbers.standard_normal(30)
    trail = [level * float(factor) for level, factor in zip(levels, noise, strict=True)]
    return (*trail[:11], None, *trail[12:])


def _level(summary: Summary) -> float:
    if summary.true_ratio is not None:
        return summary.true_ratio
    return summary.distinct if summary.mean is None else summary.mean


def _alerts(subject: Subject, now: _Now, scores: Sequence[Score]) -> tuple[Alert, ...]:
    if now.status not in ("firing", "resolving"):
        return ()
    return (report_alerts.drift(subject, scores, now.start_ms, now.start_ms + INTERVAL_MS),)
