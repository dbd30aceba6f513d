"""One case of the table: what the real monitor says of some made-up features. Processes of their own import it."""

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
"""Windows without drift; windows with, and from which on."""
FEWEST = 60
"""Entities that are judged here; by default fewer than two hundred are not."""


@dataclass(frozen=True, slots=True)
class Case:
    """One cell of the table."""

    shape: str
    rows: int
    change: str
    features: int


def judged(case: Case) -> dict[str, object]:
    """What the judges of a case say."""
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
    """Scores and alerts of one feature: all of them without a change, else those since it."""
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
    """The window from which on it counts."""
    return 0 if case.change == "none" else SINCE


def subject_of(shape: Shape, texts: bool) -> Subject:
    """A feature whose definition says what its population is like."""
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
    """A measure and what it is against."""
    return f"{score.against} {score.measure}"
