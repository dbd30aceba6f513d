"""Tests the sentence and the order, on made intervals with known content."""

from collections.abc import Sequence

import msgspec
import numpy as np
import pytest

from reports.incidents import Incident, IncidentKind
from reports.records import STATUSES, Alert, FeatureReport, Score, Status, Summary
from reports.verdict import clearest_change, interval_of, ordered, verdict, weight
from tests.support.factories.quality.report_statuses import STATUS_OF
from tests.support.factories.quality.reports import (
    INTERVAL_MS,
    START_MS,
    made_feature,
    made_interval,
    made_source,
    subjects,
)
from tests.support.generators.seeds import rng_of

EACH = [subject.feature for subject in subjects()]


def plain(name: str, status: Status = "ok", **fields: object) -> FeatureReport:
    """Returns a feature about which only a little is known."""
    report = FeatureReport(
        subject=msgspec.structs.replace(subjects()[0], feature=name, baseline={}),
        start_ms=START_MS,
        end_ms=START_MS + INTERVAL_MS,
        closed=True,
        status=status,
        note="",
        summary=Summary(rows=1000, mean=138.0),
    )
    replaced: FeatureReport = msgspec.structs.replace(report, **fields)
    return replaced


def score(value: float, threshold: float = 0.1) -> Score:
    return Score(measure="psi", against="reference", score=value, threshold=threshold, n=1000, over=value > threshold)


def alert(name: str, rule: str = "drift", onset_ms: int = START_MS, windows: int = 1, score: float = 0.2) -> Alert:
    return Alert(
        key=name, feature=name, source="", rule=rule, detail="", state="firing", onset_ms=onset_ms, at_ms=START_MS,
        windows=windows, score=score, threshold=0.1, n=1000, summary="", owner="", group="",
    )  # fmt: skip


def firing(
    name: str, mean: float = 138.0, rule: str = "drift", onset_ms: int = START_MS, **more: object
) -> FeatureReport:
    fields = {
        "summary": Summary(rows=1000, mean=mean),
        "reference": Summary(rows=1000, mean=100.0),
        "scores": (score(0.2),),
        "alerts": (alert(name, rule, onset_ms),),
    }
    return plain(name, "firing", **(fields | more))


def test_drift_is_told_with_since_when_and_what_is_worst() -> None:
    others = [plain(f"f{number}") for number in range(39)]
    drifted = [firing("spend", scores=(score(0.9),)), firing("a"), firing("b", onset_ms=START_MS + 60_000)]
    assert verdict([*others, *drifted]) == "3 of 42 features drifted since 14:05 UTC; worst spend, mean +38 %"


def test_an_onset_of_another_day_is_told_with_the_day() -> None:
    assert "since 2025-12-31 14:05 UTC;" in verdict([firing("a", onset_ms=START_MS - 86_400_000)])


@pytest.mark.parametrize(
    ("features", "said"),
    [
        ((), "No reports yet: the first interval has not closed"),
        ((plain("a"),), "The only feature is as expected"),
        ((plain("a"), plain("b")), "All 2 features are as expected"),
        ((plain("a", "warming_up"), plain("b", "warming_up")), "No drift detection yet: all 2 features are warming up"),
        (
            (plain("a", "too_few_rows"), plain("b", "too_few_rows")),
            "Too few rows to detect drift: all 2 features are short of rows",
        ),
        ((plain("a", "stale"),), "No feature has new values: the only feature is stale"),
        (
            (plain("a", "no_baseline"), plain("b", "no_baseline")),
            "No drift detection yet: all 2 features are without a baseline",
        ),
        (
            (plain("a"), plain("b", "pending"), plain("c", "stale")),
            "1 of 3 features is as expected; 1 pending, 1 stale",
        ),
        ((plain("a", "pending"), plain("b", "stale")), "None of 2 features is firing: 1 pending, 1 stale"),
        (
            (plain("a", "too_few_rows"), plain("b", "stale")),
            "None of 2 features has a drift score: 1 stale, 1 too few rows",
        ),
        ((firing("a", rule="violations"), plain("b")), "1 of 2 features violates its rules since 14:05 UTC"),
        (
            (firing("a", rule="violations"), firing("b", rule="violations"), firing("c", rule="freshness")),
            "1 of 3 features is late since 14:05 UTC; 2 violate their rules since 14:05 UTC",
        ),
        (
            (firing("a"), firing("b", rule="violations")),
            "1 of 2 features drifted since 14:05 UTC; worst a, mean +38 %; 1 violates its rules since 14:05 UTC",
        ),
    ],
)
def test_other_states_are_told_as_they_are(features: Sequence[FeatureReport], said: str) -> None:
    assert verdict(features) == said


def test_a_silent_source_is_told() -> None:
    silent = made_source("orders", silent=True)
    assert verdict([plain("a")], [silent]) == "orders: no event for 20 min, usually one within 15 min since 13:50 UTC"
    assert verdict([], [silent]).startswith("orders: no event for 20 min")
    assert verdict([firing("a")], [silent]).startswith("orders: no event for 20 min")


def incident(kind: IncidentKind, headline: str, onset_ms: int = 0) -> Incident:
    return Incident(
        id=headline,
        kind=kind,
        state="firing",
        source="orders",
        onset_ms=onset_ms,
        at_ms=9,
        peak_ms=9,
        headline=headline,
    )


def test_incidents_lead_and_causes_lead_them() -> None:
    some = [incident("drift", "d", 1), incident("silence", "s", 3), incident("standstill", "p", 2)]
    assert verdict([firing("a")], [], some) == "p. s. d"
    assert verdict([firing("a")], [], [*some, incident("freshness", "f", 4)]) == "p. s. d. 1 more incident"
    assert verdict([plain("a")], [], some[:1], "The pipeline has been stalled since 12:00 UTC.") == (
        "The pipeline has been stalled since 12:00 UTC. d"
    )
    over = msgspec.structs.replace(some[0], state="resolved")
    assert verdict([plain("a")], [], [over]) == "The only feature is as expected"


@pytest.mark.parametrize(
    ("now", "before", "said"),
    [
        (Summary(rows=9, mean=50.0), Summary(rows=9, mean=100.0), "mean -50 %"),
        (Summary(rows=9, mean=5.0), Summary(rows=9, mean=0.0), "mean +5"),
        (Summary(rows=9, mean=-5.0), Summary(rows=9, mean=5.0), "mean -10"),
        (Summary(rows=9, mean=99.9), Summary(rows=9, mean=100.0), "mean +0 %"),
        (Summary(rows=9, true_ratio=0.24), Summary(rows=9, true_ratio=0.02), "true 2 % to 24 %"),
        (Summary(rows=9, mean=5.0), None, ""),
        (Summary(rows=0), Summary(rows=9, mean=5.0), ""),
    ],
)
def test_what_moved(now: Summary, before: Summary | None, said: str) -> None:
    assert clearest_change(plain("a", summary=now, reference=before)) == said


def test_a_text_that_moved_is_shown_harmless() -> None:
    report = made_feature("user_last_device")
    name = "\u202e\x00" + "x" * 500
    bins = msgspec.structs.replace(report.bins, labels=(name, *report.bins.labels[1:]))
    sentence = clearest_change(msgspec.structs.replace(report, bins=bins))
    assert sentence.startswith("??xxx")
    assert len(sentence) < 50


def test_the_order_is_by_status_then_severity_times_persistence() -> None:
    seed = 20_260_101
    numbers = rng_of(seed)
    features = [
        plain(
            f"f{number}",
            numbers.choice(np.array(STATUSES)).item(),
            scores=(score(float(numbers.random())),),
            alerts=(alert(f"f{number}", windows=int(numbers.integers(1, 9)), score=0.0),),
        )
        for number in range(200)
    ]
    wanted = sorted(
        features,
        key=lambda report: (
            STATUSES.index(report.status),
            -(report.scores[0].score / 0.1 * report.alerts[0].windows),
            report.subject.feature,
        ),
    )
    assert ordered(features) == wanted


def test_a_long_incident_weighs_more_than_a_short_one_of_the_same_size() -> None:
    assert weight(firing("a", alerts=(alert("a", windows=4),))) == 4 * weight(firing("b"))


def test_an_interval_is_its_parts_in_order_with_their_verdict() -> None:
    interval = made_interval(silent="logins")
    built = interval_of(interval.start_ms, interval.end_ms, interval.features[::-1], interval.sources[::-1])
    assert [feature.subject.feature for feature in built.features] == EACH
    assert [source.source for source in built.sources] == ["logins", "orders"]
    fires = sum(status == "firing" for status in STATUS_OF.values())
    cause = "logins: no event for 20 min, usually one within 15 min since 13:50 UTC; "
    assert built.verdict.startswith(f"{cause}{fires} of {len(EACH)} features drifted since 13:50 UTC; worst ")
