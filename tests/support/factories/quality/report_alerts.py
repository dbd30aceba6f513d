"""The alerts of made reports."""

from collections.abc import Sequence

from reports.records import Alert, Score, Subject


def drift(subject: Subject, scores: Sequence[Score], start_ms: int, end_ms: int) -> Alert:
    """Returns the alert on the worst score of a feature, over its threshold since three intervals before this one."""
    worst = max(scores, key=lambda score: score.score / score.threshold)
    onset_ms = start_ms - 3 * (end_ms - start_ms)
    return Alert(
        key=f"{subject.feature}:drift:{onset_ms}",
        feature=subject.feature,
        source=subject.source,
        rule="drift",
        detail=worst.measure,
        state="firing",
        onset_ms=onset_ms,
        at_ms=end_ms,
        windows=4,
        score=worst.score,
        threshold=worst.threshold,
        n=worst.n,
        summary=f"{subject.feature} drifted: {worst.measure} {worst.score:.2f} over {worst.threshold:.2f}",
        owner=subject.owner,
        group=f"{subject.entity_type}:drift",
    )


def silence(source: str, since_ms: int, end_ms: int) -> Alert:
    """Returns the alert on a source without events since a time."""
    return Alert(
        key=f"source:{source}:silence:{since_ms}",
        feature="",
        source=source,
        rule="silence",
        detail="",
        state="firing",
        onset_ms=since_ms,
        at_ms=end_ms,
        windows=1,
        score=(end_ms - since_ms) / 1000,
        threshold=900.0,
        n=0,
        summary="no event for 20 min, usually one within 15 min",
        owner="",
        group="silence",
    )
