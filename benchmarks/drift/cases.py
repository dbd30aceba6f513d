"""Measures one case of the table: verdicts of the real monitor on generated features. Worker processes import it."""

from collections import Counter
from dataclasses import dataclass
from statistics import median

import polars as pl

from benchmarks.measuring.streams import Shape, as_text, shape_of, windows
from reports.alerting.features.feature_monitor import FeatureMonitor, Limits
from reports.alerting.observations import RowProfiles
from reports.profiling.profile import Profile
from reports.records import Alert, Score, Subject

STEP = 300_000
CALM, CHANGED, SINCE = 96, 36, 24
"""Numbers of windows without and with drift, and the window at which drift begins."""
FEWEST = 60
"""Fewest entities to evaluate in this benchmark; the default is two hundred."""


@dataclass(frozen=True, slots=True)
class Case:
    """One cell of the table."""

    shape: str
    rows: int
    change: str
    features: int


def judged(case: Case) -> dict[str, object]:
    """Returns the result of a case: shares of scores over their threshold, features that fired, windows to an alert."""
    shape, over, looks = shape_of(case.shape), Counter[str](), Counter[str]()
    first: list[int] = []
    for feature in range(case.features):
        scores, alerts = course(shape, case, feature)
        looks.update(name(score) for score in scores)
        over.update(name(score) for score in scores if score.over)
        first += sorted((alert.at_ms // STEP - begins(case)) for alert in alerts if alert.state == "firing")[:1]
    return {
        "shape": case.shape,
        "rows": case.rows,
        "change": case.change,
        "looks_over_percent": {measure: round(100 * over[measure] / looks[measure], 2) for measure in sorted(looks)},
        "features_fired_percent": round(100 * len(first) / case.features, 1),
        "windows_to_alert": median(first) if first and case.change != "none" else None,
    }


def course(shape: Shape, case: Case, feature: int) -> tuple[list[Score], list[Alert]]:
    """Returns the scores and alerts of one feature: all without a change, else only those since the change."""
    texts = shape.name == "categories"
    judge = FeatureMonitor(subject_of(shape, texts), (), Limits(min_rows=FEWEST))
    scores: list[Score] = []
    alerts: list[Alert] = []
    many = CALM if case.change == "none" else CHANGED
    for window, drawn in enumerate(windows(shape, case.rows, many, feature, case.change, begins(case))):
        values = drawn.last()
        profile = Profile("text" if texts else "number", rules=0)
        profile.add(pl.Series(as_text(values)) if texts else pl.Series(values, nan_to_null=True), ())
        judge.take(RowProfiles(shape.name, {window * STEP: profile}), window * STEP)
        report, changed_alerts = judge.close(window * STEP, (window + 1) * STEP)
        if window >= begins(case):
            scores += report.scores
            alerts += changed_alerts
    return scores, alerts


def begins(case: Case) -> int:
    """Returns the first window that counts."""
    return 0 if case.change == "none" else SINCE


def subject_of(shape: Shape, texts: bool) -> Subject:
    """Returns a feature whose definition describes its population."""
    figures = {"null_ratio": 0.0} | ({} if texts else {"mean": shape.mean, "std_dev": shape.std, "p95": shape.p95})
    kind = "STRING" if texts else "DOUBLE"
    return Subject(
        feature=shape.name,
        version=1,
        fingerprint="",
        entity_type="user",
        value_type=kind,
        owner="",
        window_ms=STEP,
        baseline=figures,
    )


def name(score: Score) -> str:
    """Returns the name of a measure and of its reference."""
    return f"{score.against} {score.measure}"
