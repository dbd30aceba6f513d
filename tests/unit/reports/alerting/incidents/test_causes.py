"""Tests what a feature's note says of a cause: while it lasts, and while its traces are in the window."""

import pytest

from reports.alerting.incidents.causes.causes import Cause, Causes
from reports.alerting.incidents.causes.lineage import FeatureLineage, Lineage

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
ONSET = 1_767_276_300_000  # 14:05 UTC
LINEAGE = Lineage(
    {
        "quick": FeatureLineage("a@example.com", {"orders": frozenset({"amount"})}, window_ms=5 * MINUTE),
        "slow": FeatureLineage("a@example.com", {"orders": frozenset({"amount"})}, window_ms=30 * DAY),
    }
)


def causes(end_ms: int | None) -> Causes:
    return Causes(LINEAGE, 2 * MINUTE, [Cause("c", "standstill", "", ONSET, end_ms)])


def note(known: Causes, feature: str, at_ms: int) -> str:
    explanation = known.explain(feature, at_ms)
    return "" if explanation is None else explanation.note


def test_a_lasting_cause_names_its_beginning() -> None:
    expected = "not checked during the standstill of the pipeline since 14:05 UTC"
    assert note(causes(None), "slow", ONSET + HOUR) == expected


@pytest.mark.parametrize(("feature", "minutes"), [("quick", 1 + 5 + 2), ("slow", 1 + 10 + 2)])
def test_an_ended_cause_names_when_its_traces_end(feature: str, minutes: int) -> None:
    """A window of 5 min holds them for 5 min; a longer one for ten times as long as the cause lasted."""
    known = causes(ONSET + MINUTE)
    expected = f"not checked until 14:{5 + minutes:02} UTC: its window contains the standstill of the pipeline"
    assert note(known, feature, ONSET + 2 * MINUTE) == f"{expected} (from 14:05 UTC, 1 min)"
    assert note(known, feature, ONSET + minutes * MINUTE - 1) != ""
    assert note(known, feature, ONSET + minutes * MINUTE) == ""


def test_the_end_on_another_day_has_its_date() -> None:
    assert "until 2026-01-02 12:07 UTC" in note(causes(ONSET + 2 * HOUR), "slow", ONSET + 3 * HOUR)
